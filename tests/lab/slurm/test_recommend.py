"""What `recommend` makes of a real run: its trace goes into the profile, and the next run reserves less."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.cli import nfconfgen
from tests.lab.nextflow.launch import require as require_nextflow

from .cluster import Cluster
from .runs import Planned, build, call, rebuild

COMMENTS = ("# what the pipeline needs", "# by guess", "# a report is small", "# as nf-core does it")
PROFILE = """\
nfconfgen: 1
pipeline: {name: sized, run: "@folder@/main.nf"}
tasks:                          # what the pipeline needs
  default: {cpus: 1, memory: 2 GB, time: 10m}
  processes:
    ALIGN: {memory: 4 GB}       # by guess
    REPORT: {memory: 200 MB}    # a report is small
# as nf-core does it
retry: {attempts: 3, exit_codes: [104, 130-145, 175], lost: true, otherwise: finish, memory: double}
sites:
  slurm:
    executor: slurm
    queues: [short]
    account: lab
    submission: {queue_size: 20, poll_interval: 1s, queue_stat_interval: 2s, exit_read_timeout: 10s}
    work_dir: "@folder@/work"
"""
# one that asks for less than it needs waits until Slurm sees it, also on a slow machine
PIPELINE = """
process COUNT {
    tag "$mib"
    input: val mib
    script: "python3 $projectDir/hold.py $mib ${task.memory.toMega()}"
}
process ALIGN {
    tag "$mib"
    input: val mib
    script: "python3 $projectDir/hold.py $mib ${task.memory.toMega()}"
}
process REPORT {
    tag "$mib"
    input: val mib
    script: "python3 $projectDir/hold.py $mib ${task.memory.toMega()}"
}
workflow {
    COUNT(Channel.of(@count@))
    ALIGN(Channel.of(@align@))
    REPORT(Channel.of(@report@))
}
"""
HOLD = """\
import sys, time
mib, asked = map(int, sys.argv[1:])
held = bytearray(mib << 20)
time.sleep(3 if mib < asked else 100)
"""
NEEDS_MIB = {
    "count": range(40, 100, 3),
    "align": [*range(110, 167, 3), 290],
    "report": range(140, 164, 2),
}
"""The sample with the largest need stands alone, as it often does."""
UNITS_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
UNITS_GB = {"MB": 1 / 1024, "GB": 1}


@dataclass(frozen=True, slots=True)
class Try:
    """A row of the trace, in the units in which Nextflow writes it where nobody asks for others."""

    task: str
    number: int
    status: str
    memory_gb: float
    time_s: float

    @property
    def reserved_gb_h(self) -> float:
        return self.memory_gb * self.time_s / 3600


def test_the_next_run_reserves_less(slurm: Cluster, tmp_path: Path) -> None:
    require_nextflow()
    folder = tmp_path / "sized"
    needs = {f"@{name}@": ", ".join(map(str, mib)) for name, mib in NEEDS_MIB.items()}
    pipeline = re.sub("@[a-z]+@", lambda found: needs[found[0]], PIPELINE)
    with slurm.shared():
        plan = build(folder, PROFILE, pipeline)
        (folder / "nextflow.config").unlink()
        (folder / "hold.py").write_text(HOLD)
        first = run(folder)
        recommend(folder, first)
        new_plan = rebuild(folder)
        second = run(folder)
    before, after = tries(first), tries(second)
    text = (folder / "profile.yml").read_text()
    print("\n".join(figures(before, after, plan, new_plan)), text, sep="\n\n")
    assert (
        completed(before)
        == completed(after)
        == {f"{name.upper()} ({mib})" for name, some in NEEDS_MIB.items() for mib in some}
    )
    assert reserved(after) < reserved(before) * 2 / 3
    # no more of them fail than the default of --second-tries allows
    assert len(after) <= len(before) * 1.05
    assert all(comment in text for comment in COMMENTS)
    # by its own run, it would hardly be changed
    for process in recommend(folder, second)["processes"]:
        asked, ask = process["asked"]["memory_mib"], process["ask"]["memory_mib"]
        assert abs(ask - asked) < 0.25 * asked, process


def run(folder: Path) -> Path:
    """The trace of a run of all tasks, which the launch script asks for."""
    there = {*folder.glob("trace-*.txt")}
    started = call(folder, "--fresh")
    assert started.returncode == 0, started.stdout
    (trace,) = {*folder.glob("trace-*.txt")} - there
    return trace


def recommend(folder: Path, trace: Path) -> Any:
    """What is recommended, once it is written."""
    ended = nfconfgen("recommend", folder / "profile.yml", trace, "--write", "--format", "json")
    assert ended.code == 0, ended
    report = json.loads(ended.out)
    assert report["findings"] == []
    return report["recommended"]


def tries(trace: Path) -> list[Try]:
    with trace.open() as rows:
        return [_try(row) for row in csv.DictReader(rows, delimiter="\t")]


def _try(row: Mapping[str, str]) -> Try:
    number, unit = row["memory"].split()
    time_s = sum(float(amount) * UNITS_S[each] for amount, each in re.findall(r"([\d.]+)(ms|s|m|h)", row["realtime"]))
    if row["status"] != "COMPLETED":
        # who is killed leaves no time of its own
        start, complete = (datetime.fromisoformat(row[name]) for name in ("start", "complete"))
        time_s = (complete - start).total_seconds()
    return Try(row["name"], int(row["attempt"]), row["status"], float(number) * UNITS_GB[unit], time_s)


def completed(some: Sequence[Try]) -> set[str]:
    return {each.task for each in some if each.status == "COMPLETED"}


def reserved(some: Sequence[Try]) -> float:
    """In GB·h, by all tries."""
    return sum(each.reserved_gb_h for each in some)


def figures(
    before: Sequence[Try],
    after: Sequence[Try],
    plan: Mapping[str, Sequence[Planned]],
    new_plan: Mapping[str, Sequence[Planned]],
) -> Iterator[str]:
    """What documentation may quote."""
    yield f"reserved: {reserved(before):.3f} GB·h before, {reserved(after):.3f} GB·h after"
    yield f"tries: {len(before)} before, {len(after)} after"
    for name in map(str.upper, NEEDS_MIB):
        asked, ask = ((found.get(name) or found[""])[0].request.memory_mib for found in (plan, new_plan))
        yield f"{name}: {asked} MiB before, {ask} MiB after"
