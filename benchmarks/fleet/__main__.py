"""Calls, time and memory of `nfconfgen build` on AWS accounts of growing size, each answer taking 50 ms.

python -m benchmarks.fleet        the AWS double plays the accounts; needs the test requirements
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.lab.aws.client import Double, running
from tests.lab.aws.scenario import Scenario, fleet, salmon

LATENCY_MS = 50
MOST_S = 15.0
MOST_MIB = 512
SIZES = ((3, 6, 20, 6), (60, 120, 400, 25), (300, 900, 5000, 25), (300, 900, 5000, 900))


@dataclass(frozen=True, slots=True)
class Result:
    """One account: how it was read, and what that took."""

    queues: int
    environments: int
    instances: int
    occupied: int
    calls: int
    at_most: int
    seconds: float
    own_s: float
    peak_mib: float

    @property
    def good(self) -> bool:
        return self.calls <= self.at_most and self.seconds < MOST_S and self.peak_mib < MOST_MIB


def measure(double: Double, size: tuple[int, int, int, int]) -> Result:
    queues, environments, instances, occupied = size
    scenario = fleet(queues=queues, environments=environments, instances=instances, occupied=occupied)
    double.load(scenario)
    double.latency(LATENCY_MS)
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "profile.yml"
        profile.write_text(_profile(scenario), encoding="utf-8")
        command = [sys.executable, "-m", "nfconfgen", "build", str(profile), "--quiet"]
        began = time.monotonic()
        process = subprocess.Popen(command, env=double.env(), stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"nfconfgen ended with {process.returncode}")
    calls = sum(double.calls().values())
    return Result(*size, calls, _at_most(scenario), seconds, used.ru_utime + used.ru_stime, _mib(used))


def _mib(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / 1024


def _hundreds(count: int) -> int:
    return -(-count // 100)


def _at_most(scenario: Scenario) -> int:
    """One call a hundred of everything, and two for each hundred instances of a cluster that has some."""
    clusters = [len(environment.hosts) for environment in scenario.environments if environment.hosts]
    types = {name for environment in scenario.environments for name in environment.instance_types}
    return (
        _hundreds(len(scenario.queues))
        + 2 * _hundreds(len(scenario.environments))
        + _hundreds(len(types))
        + sum(2 * _hundreds(hosts) for hosts in clusters)
    )


def _profile(scenario: Scenario) -> str:
    queues = ", ".join(queue.name for queue in scenario.queues)
    return (
        "nfconfgen: 1\npipeline: {name: fleet}\ntasks: {default: {memory: 1 GB}}\n"
        f"sites: {{aws: {{executor: awsbatch, region: {scenario.region}, queues: [{queues}], "
        "work_dir: 's3://fleet-bucket/work'}}\n"
    )


def _lines(results: list[Result]) -> Iterator[str]:
    heading = ("queues", "environments", "instances", "clusters", "calls", "at-most", "seconds", "own-CPU-s", "MiB")
    yield f"| {' | '.join(heading)} |"
    yield "|--:" * len(heading) + "|"
    for r in results:
        yield (
            f"| {r.queues} | {r.environments} | {r.instances} | {r.occupied} | {r.calls} | {r.at_most} "
            f"| {r.seconds:.1f} | {r.own_s:.1f} | {r.peak_mib:.0f} |"
        )


def main() -> int:
    with running(salmon()) as double:
        results = [measure(double, size) for size in SIZES]
    print("\n".join(_lines(results)))
    print(f"each answer takes {LATENCY_MS} ms; promised: under {MOST_S:.0f} s and {MOST_MIB} MiB")
    return 0 if all(result.good for result in results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
