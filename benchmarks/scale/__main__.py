"""How build and check grow with a profile: 250, 500 and 1,000 processes on 20 sites.

python -m benchmarks.scale [ROUNDS]
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SITES, IMAGES, PROCESSES = 20, 40, (250, 500, 1000)
MOST_BUILD_S, MOST_CHECK_S, MOST_MIB = 3.0, 0.3, 300
MOST_GROWTH = 2.3
"""Of twice the processes; 2 is linear, and the rest is what a measurement on a shared machine is off by."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Medians of whole processes, and the most memory any of them used."""

    build_s: float
    check_s: float
    changed_s: float
    memory_mib: float


def profile_text(processes: int) -> str:
    """240 different requests, 40 images; half of the sites Slurm, half AWS Batch."""
    lines = ["nfconfgen: 1", 'pipeline: {name: large, nextflow: ">=24.04"}', "tasks:"]
    lines += ["  default: {cpus: 2, memory: 4 GB, time: 1h}", "  processes:"]
    lines += [
        f"    STEP_{n}: {{cpus: {1 + n % 16}, memory: {1 + n % 60} GB, time: {1 + n % 4}h, "
        f"container: lab/tool:{n % IMAGES}}}"
        for n in range(processes)
    ]
    lines.append("sites:")
    for n in range(SITES // 2):
        lines.append(
            f"  slurm{n}: {{executor: slurm, cluster: lab, queues: [short], work_dir: /scratch/{n}, "
            "container: {engine: apptainer}}"
        )
        lines.append(
            f"  batch{n}: {{executor: awsbatch, region: eu-west-1, queues: [rnaseqSmall, rnaseqLarge, rnaseqHimem], "
            f"fit: request, work_dir: s3://lab/{n}}}"
        )
    return "\n".join(lines) + "\n"


def lock_text() -> str:
    """The facts of the examples: what was measured there is what these sites stand on."""
    salmon, rnaseq = (json.loads((ROOT / f"profiles/{name}.lock.json").read_text()) for name in ("salmon", "rnaseq"))
    cluster = salmon["facts"]["slurm"]["slurm"]
    return json.dumps({**rnaseq, "outputs": {}, "facts": {**rnaseq["facts"], "slurm": {"lab": cluster}}})


def taken(processes: int, rounds: int) -> Taken:
    with tempfile.TemporaryDirectory() as name:
        profile = Path(name) / "large.yml"
        profile.write_text(profile_text(processes))
        profile.with_suffix(".lock.json").write_text(lock_text())
        builds, checks, changes = [], [], []
        most = 0.0
        for number in range(rounds + 1):
            for folder in ("conf", "launch"):
                shutil.rmtree(profile.parent / folder, ignore_errors=True)
            build_s, build_mib = _run("build", profile, "--offline", "-q", "--force")
            check_s, check_mib = _run("check", profile, "-q")
            text = profile.read_text()
            profile.write_text(text.replace("cpus: 2,", "cpus: 3,", 1))
            changed_s, changed_mib = _run("check", profile, "-q", code=1)
            profile.write_text(text)
            most = max(most, build_mib, check_mib, changed_mib)
            if number:
                builds.append(build_s)
                checks.append(check_s)
                changes.append(changed_s)
        return Taken(statistics.median(builds), statistics.median(checks), statistics.median(changes), most)


def _run(command: str, profile: Path, *options: str, code: int = 0) -> tuple[float, float]:
    """Seconds and MiB of one process."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "nfconfgen", command, str(profile), *options],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != code:
        raise SystemExit(f"nfconfgen {command} ended with {process.returncode}")
    return took, usage.ru_maxrss / 1024


def _lines(all_of_them: dict[int, Taken]) -> Iterator[str]:
    yield "| processes × sites | build, s | check unchanged, s | check, profile changed, s | most memory, MiB |"
    yield "|---|--:|--:|--:|--:|"
    for processes, one in all_of_them.items():
        seconds = f"{one.build_s:.2f} | {one.check_s:.2f} | {one.changed_s:.2f}"
        yield f"| {processes} × {SITES} | {seconds} | {one.memory_mib:.0f} |"


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    all_of_them = {processes: taken(processes, rounds) for processes in PROCESSES}
    print("\n".join(_lines(all_of_them)))
    largest = all_of_them[PROCESSES[-1]]
    growth = [all_of_them[b].build_s / all_of_them[a].build_s for a, b in pairwise(PROCESSES)]
    kept = largest.build_s < MOST_BUILD_S and largest.check_s < MOST_CHECK_S and largest.memory_mib < MOST_MIB
    kept = kept and max(growth) <= MOST_GROWTH
    promise = (
        f"build under {MOST_BUILD_S:g} s, check unchanged under {MOST_CHECK_S:g} s, under {MOST_MIB} MiB, linear"
    )
    ratios = ", ".join(f"{ratio:.2f}" for ratio in growth)
    print(f"{rounds} rounds, {os.cpu_count()} cores; twice the processes take {ratios} times as long to build")
    print(f"promise {'kept' if kept else 'missed'}: {promise}")
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
