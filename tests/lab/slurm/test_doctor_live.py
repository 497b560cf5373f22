"""`nfconfgen doctor` on the lab: one explanation for each planted kind of waiting job, none on a quiet cluster."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nfconfgen.executors.slurm.doctor.reasons import word_of
from tests.cli import Ended, nfconfgen
from tests.lab.slurm.cluster import Cluster
from tests.lab.slurm.jobs import job, until

PROFILE = """\
nfconfgen: 1
pipeline: {name: p}
tasks: {default: {memory: 4 GB, time: 3h}}
sites:
  lab:
    executor: slurm
    cluster: lab
    account: lab
    queues: [short, long]
    work_dir: %s
"""


@dataclass(frozen=True, slots=True)
class Planted:
    """sbatch's options, the reason that Slurm gives the job, the level of its finding and words in it."""

    options: str
    reason: str
    level: str
    words: str

    def submit(self, slurm: Cluster) -> str:
        options = ("--parsable", f"--job-name=plant {self.reason}", "--output=/dev/null", *self.options.split())
        return slurm.ask("sbatch", *options, "--wrap", "true").strip()


KINDS = (
    Planted("-p short -t 5:00:00", "PartitionTimeLimit", "error", "it asks for 5h, and MaxTime of short is 4h"),
    Planted("-p long --mem=50000M", "MaxMemPerLimit", "error", "50000 MB, and MaxMemPerNode of long is 48000 MB"),
    Planted(
        "-p himem --qos=big -c 26 --mem=1000M",
        "QOSMaxCpuPerJobLimit",
        "error",
        "26 cpus, and MaxTRESPerJob of QOS big is 24",
    ),
    Planted("-p himem --qos=big --mem=110G", "QOSMaxMemoryPerJob", "error", "ask for at most 102400 MB"),
    Planted("-p long --qos=short -t 5:00:00", "QOSMaxWallDurationPerJobLimit", "error", "MaxWall of QOS short is 4h"),
    Planted("--qos=minq", "QOSMinCpuNotSatisfied", "error", "ask for at least 4"),
    Planted("--qos=grp -c 8", "QOSGrpCpuLimit", "error", "8 cpus, and GrpTRES of QOS grp is 6"),
    Planted("--qos=peruser -c 8", "QOSMaxCpuPerUserLimit", "error", "MaxTRESPerUser of QOS peruser is 6"),
    Planted("--qos=pernode -c 8", "QOSMaxCpuPerNode", "error", "MaxTRESPerNode of QOS pernode is 4"),
    Planted("-A small -c 8", "AssocMaxCpuPerJobLimit", "error", "MaxTRESPerJob of account small is 4"),
    Planted("-A small --mem=10G", "AssocMaxMemPerJob", "error", "MaxTRESPerJob of account small is 8 GB"),
    Planted("-A small --mem=1G -t 2:00:00", "AssocMaxWallDurationPerJobLimit", "error", "timelimit=60"),
    Planted("-p sick --mem=100G", "NodesUnavailable", "warning", "every node that could hold it is down, drained"),
    Planted("-p pdown", "PartitionDown", "warning", "partition pdown is DOWN"),
    Planted("-p closed", "AccountNotAllowed", "error", "account lab may not use partition closed"),
    Planted("-p noqos", "QOSNotAllowed", "error", "QOS normal may not be used in partition noqos"),
    Planted("--hold", "JobHeldUser", "warning", "scontrol release"),
    Planted("--begin=now+2days", "BeginTime", "note", "starttime=now"),
    Planted("-p long --reservation=nfconfgen", "Reservation", "warning", "reservation nfconfgen begins in 1h"),
)


@contextmanager
def reserved(slurm: Cluster) -> Iterator[None]:
    """A reservation that has not begun."""
    times = ("starttime=now+2hours", "duration=60")
    slurm.ask("scontrol", "create", "reservation", "reservationname=nfconfgen", *times, "users=root", "nodes=ht1")
    try:
        yield
    finally:
        slurm.ask("scontrol", "delete", "reservationname=nfconfgen")


def waits(slurm: Cluster, number: str, reason: str) -> bool:
    return word_of(job(slurm, number)["Reason"]) == reason


@contextmanager
def planted(slurm: Cluster, kinds: Sequence[Planted] = KINDS) -> Iterator[dict[str, Planted]]:
    """Jobs of these kinds by their number, once Slurm has its reason for each; cancelled at the end."""
    found: dict[str, Planted] = {}
    try:
        for kind in kinds:
            found[kind.submit(slurm)] = kind
        for number, kind in found.items():
            until(partial(waits, slurm, number, kind.reason), f"job {number} waits for {kind.reason}")
        yield found
    finally:
        slurm.ask("scancel", "--quiet", *found)
        until(lambda: not slurm.ask("squeue", "-h", "-o", "%i").split(), "an empty queue")


def doctor(folder: Path, *options: str, text: str = PROFILE, **more: str) -> Ended:
    profile = folder / "p.yml"
    profile.write_text(text.replace("%s", str(folder / "work")), "utf-8")
    return nfconfgen(
        "doctor", profile, *options, environment={**os.environ, "NFCONFGEN_SLURM": "on", **more}, alone=True
    )


def findings(ended: Ended) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(ended.out)["findings"]
    return found


def test_each_planted_kind_is_explained_once(slurm: Cluster, tmp_path: Path) -> None:
    with slurm.alone():
        slurm.enforce("NO")
        with reserved(slurm), planted(slurm) as jobs:
            ended = doctor(tmp_path, "--format", "json")
    assert ended.code == 1, ended
    found = findings(ended)
    assert {finding["rule"] for finding in found} == {"job-waits"}
    assert len(found) == len(jobs) == len(KINDS) >= 15
    for number, kind in jobs.items():
        (finding,) = [finding for finding in found if f"job {number} (plant {kind.reason})" in finding["message"]]
        assert finding["level"] == kind.level, finding
        assert kind.words in f"{finding['message']}: {finding['advice']}", finding
        assert finding["advice"], finding
    lines = PROFILE.splitlines()
    for finding in found:
        at = lines[int(finding["line"]) - 1][int(finding["column"]) - 1 :]
        where = finding["message"].partition("waits in ")[2].partition(" ")[0]
        assert at.startswith(where if where in ("short", "long") else "lab:"), finding


def test_a_quiet_cluster_has_nothing_to_explain(slurm: Cluster, tmp_path: Path) -> None:
    with slurm.alone():
        slurm.enforce("NO")
        until(lambda: not slurm.ask("squeue", "-h", "-o", "%i").split(), "an empty queue")
        ended = doctor(tmp_path)
    assert (ended.code, ended.out) == (0, ""), ended
    assert ended.err.splitlines()[-1].endswith(" checks on 2 queues: all in order")


def test_jobs_that_wait_for_their_turn_need_no_explanation(slurm: Cluster, tmp_path: Path) -> None:
    """Two fill the node, one waits for them, one depends on it."""
    with slurm.alone():
        slurm.enforce("NO")
        options = ("--parsable", "--output=/dev/null", "-p", "ht", "--mem=1000M", "-c", "8", "-t", "10")
        numbers: list[str] = []
        try:
            numbers += [slurm.ask("sbatch", *options, "--wrap", "sleep 300").strip() for _ in range(2)]
            numbers.append(slurm.ask("sbatch", *options, "-d", f"afterok:{numbers[0]}", "--wrap", "true").strip())
            until(lambda: job(slurm, numbers[0])["JobState"] == "RUNNING", "the first job runs")
            until(lambda: job(slurm, numbers[1])["Reason"] in ("Resources", "Priority"), "the second one waits")
            ended = doctor(tmp_path)
        finally:
            slurm.ask("scancel", "--quiet", *numbers)
    assert (ended.code, ended.out) == (0, ""), ended


def test_many_jobs_of_a_kind_are_one_finding(slurm: Cluster, tmp_path: Path) -> None:
    held = Planted("--hold", "JobHeldUser", "warning", "")
    with slurm.alone():
        slurm.enforce("NO")
        with planted(slurm, [held] * 5) as jobs:
            slurm.ask("scontrol", "hold", next(reversed(jobs)))  # as root, so that an administrator holds it
            ended = doctor(tmp_path)
    first, second = ended.findings()
    assert "4 jobs (" in first + second
    assert "job-waits" in first
    assert "an administrator holds it" in first + second


def test_a_dependency_that_cannot_be_met(slurm: Cluster, tmp_path: Path) -> None:
    with slurm.alone():
        slurm.enforce("NO")
        options = ("--parsable", "--output=/dev/null")
        failed = slurm.ask("sbatch", *options, "--wrap", "exit 1").strip()
        until(lambda: job(slurm, failed)["JobState"] == "FAILED", "a job that fails")
        lost = Planted(f"-d afterok:{failed}", "DependencyNeverSatisfied", "error", "")
        with planted(slurm, [lost]):
            ended = doctor(tmp_path)
    assert ended.code == 1
    assert "so it never starts (Slurm: DependencyNeverSatisfied)" in ended.out


def test_a_full_limit_is_not_beyond_it(slurm: Cluster, tmp_path: Path) -> None:
    """Two jobs that each fit into what the QOS allows in all."""
    with slurm.alone():
        slurm.enforce("NO")
        options = ("--parsable", "--output=/dev/null", "--qos=grp", "-c", "4", "-t", "10", "--wrap", "sleep 300")
        numbers: list[str] = []
        try:
            numbers += [slurm.ask("sbatch", *options).strip() for _ in range(2)]
            until(lambda: job(slurm, numbers[1])["Reason"] == "QOSGrpCpuLimit", "the second one waits")
            time.sleep(1)
            ended = doctor(tmp_path)
        finally:
            slurm.ask("scancel", "--quiet", *numbers)
    assert ended.code == 0, ended
    assert "warning: job" in ended.out
    assert "would have more CPUs than its QOS allows in all (Slurm: QOSGrpCpuLimit)" in ended.out


def test_as_an_ordinary_user(slurm: Cluster, tmp_path: Path) -> None:
    """Who has no account here and may write nothing there; the jobs of others are not reported."""
    (tmp_path / "bin").mkdir()
    shell = tmp_path / "bin/bash"
    shell.write_text('#!/bin/sh\nexec runuser -u nobody -- /bin/bash "$@"\n')
    shell.chmod(0o755)
    path = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
    with slurm.alone():
        slurm.enforce("NO")
        with planted(slurm, [Planted("--hold", "JobHeldUser", "warning", "")]):
            ended = doctor(tmp_path, "--format", "json", **path)
    found = findings(ended)
    assert {finding["rule"] for finding in found} == {"no-access", "folder"}
    assert "account lab is not one of yours" in found[0]["message"]
    assert f"{tmp_path}/work cannot be created: you may not write to " in found[-1]["message"]


def test_partitions_that_cannot_be_used(slurm: Cluster, tmp_path: Path) -> None:
    """The plan's findings from live facts."""
    queues = "[short, pdown, pdrain, closed, nowhere]"
    with slurm.alone():
        slurm.enforce("NO")
        ended = doctor(tmp_path, "--format", "json", text=PROFILE.replace("[short, long]", queues))
    assert ended.code == 1
    rules = {finding["rule"]: finding["message"] for finding in findings(ended)}
    assert set(rules) == {"no-access", "no-queue"}
    assert len(findings(ended)) == 4
    assert any("partition pdown is DOWN" in finding["message"] for finding in findings(ended))
