"""Runs of the real Nextflow on the lab's Slurm: what was planned, what Nextflow says, what Slurm's records say."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema

from tests.cli import nfconfgen
from tests.conftest import ROOT
from tests.lab.nextflow import launch
from tests.lab.nextflow.launch import Parser

from .cluster import Cluster

TIMEOUT_S = 400
RECORD_TIMEOUT_S = 60
"""Slurm's records may come ten seconds after the job."""
QUICK = "{poll_interval: 1s, queue_stat_interval: 2s, exit_read_timeout: 10s}"
TRACE = """
trace {
    raw = true
    overwrite = true
}
"""
"""Its fields are those of the generated config."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it is planned, or as a record has it; `memory_mib` and `time_s` are None where none is made."""

    partition: str
    cpus: int
    memory_mib: int | None
    time_s: int | None


@dataclass(frozen=True, slots=True)
class Record:
    """What Slurm's accounting keeps of a job."""

    asked: Asked
    allocated_cpus: int
    qos: str
    account: str
    state: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a task: what Nextflow's trace says of it, and Slurm's record of its job."""

    process: str
    tag: str
    number: int
    status: str
    exit: str
    launched: Asked
    record: Record
    folder: Path


@dataclass(frozen=True, slots=True)
class Planned:
    """A request of the plan, and the CPUs that Slurm makes of it according to the plan."""

    request: Asked
    granted_cpus: int


@dataclass(frozen=True, slots=True)
class Run:
    """A run that has ended; `plan` holds the attempts of each task class, by its name (default: empty)."""

    code: int
    output: str
    plan: Mapping[str, Sequence[Planned]]
    attempts: Sequence[Attempt]


def build(folder: Path, profile: str, pipeline: str) -> dict[str, list[Planned]]:
    """Builds the profile, whose site is called slurm, with facts of the live cluster: the plan, by process."""
    folder.mkdir()
    (folder / "main.nf").write_text(pipeline)
    # not by `-c`: under the v2 parser of Nextflow 25.04 the last such file alone says which profiles there are
    (folder / "nextflow.config").write_text(TRACE)
    (folder / "profile.yml").write_text(profile.replace("@folder@", str(folder)).replace("@quick@", QUICK))
    return rebuild(folder)


def rebuild(folder: Path) -> dict[str, list[Planned]]:
    """Builds the profile that is there."""
    environment = {name: value for name, value in os.environ.items() if name != "NFCONFGEN_SLURM"}
    built = nfconfgen("build", folder / "profile.yml", "--format", "json", environment=environment, alone=True)
    assert built.code == 0, built
    report = json.loads(built.out)
    jsonschema.validate(report, json.loads((ROOT / "schemas/report.schema.json").read_text()))
    assert [finding for finding in report["findings"] if finding["rule"] != "cpus-raised"] == []
    (site,) = report["plan"]
    return {task["name"] or "": [_planned(step) for step in task["attempts"]] for task in site["tasks"]}


def run(slurm: Cluster, folder: Path, plan: Mapping[str, list[Planned]], parser: Parser = "v1") -> Run:
    """Starts what `build` has written, and waits for its end."""
    started = call(folder, "-with-trace", "trace.txt", NXF_SYNTAX_PARSER=parser)
    return Run(started.returncode, started.stdout, plan, _attempts(slurm, folder))


def call(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The run script with these words, once it has ended; all that is printed is in stdout."""
    return subprocess.run(
        ["launch/run-slurm.sh", *words],
        cwd=folder,
        env=launch.on_the_path(folder / "home") | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def _planned(step: Mapping[str, Any]) -> Planned:
    return Planned(Asked(step["queue"], step["cpus"], step["memory_mib"], step["time_s"]), step["granted_cpus"])


def _attempts(slurm: Cluster, folder: Path) -> list[Attempt]:
    with (folder / "trace.txt").open() as trace:
        rows = list(csv.DictReader(trace, delimiter="\t"))
    records = _records(slurm, [row["native_id"] for row in rows])
    return [
        Attempt(
            row["process"],
            row["tag"],
            int(row["attempt"]),
            row["status"],
            row["exit"],
            Asked(row["queue"], int(row["cpus"]), _whole(row["memory"], 1 << 20), _whole(row["time"], 1000)),
            records[row["native_id"]],
            next((folder / "work").glob(f"{row['hash']}*")),
        )
        for row in rows
    ]


def _whole(text: str, unit: int) -> int | None:
    if text == "-":
        return None
    number, rest = divmod(int(text), unit)
    assert rest == 0, text
    return number


def _records(slurm: Cluster, jobs: Sequence[str]) -> dict[str, Record]:
    fields = "JobIDRaw,Partition,ReqCPUS,AllocCPUS,ReqMem,TimelimitRaw,QOS,Account,State"
    deadline = time.monotonic() + RECORD_TIMEOUT_S
    while True:
        printed = slurm.ask("sacct", "-X", "-P", "-n", "--units=M", "-j", ",".join(jobs), "-o", fields)
        found = {line.split("|")[0]: _record(line) for line in printed.splitlines()}
        late = [job for job in jobs if job not in found or found[job].state in {"PENDING", "RUNNING"}]
        if not late:
            return found
        assert time.monotonic() < deadline, f"Slurm has no record of the end of {late}:\n{printed}"
        time.sleep(1)


def _record(line: str) -> Record:
    _, partition, cpus, allocated, memory, minutes, qos, account, state = line.split("|")
    memory_mib = float(memory.removesuffix("M"))
    assert memory_mib == int(memory_mib), line
    # a job without a limit has none in the record until it has run for a while, then a year
    time_s = 365 * 86400 if minutes == "UNLIMITED" else int(minutes) * 60
    asked = Asked(partition, int(cpus), int(memory_mib), time_s)
    return Record(asked, int(allocated), qos, account, state)
