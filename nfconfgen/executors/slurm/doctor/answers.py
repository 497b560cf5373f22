"""Parses the output of the further script: jobs, preemption, folders. Pure.

Text of others (names of jobs, reasons) is in the last column, so that it cannot shift the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from nfconfgen.executors.slurm.doctor.model import Folder, Job, Preemption
from nfconfgen.executors.slurm.facts.values import (
    NO_LIMIT,
    config_of,
    mib_of,
    names_of,
    record_of,
    time_of,
    tres,
)

JOB_FORMAT = "%i|%A|%P|%a|%q|%l|%C|%D|%m|%S|%V|%v|%r|%j"
QOS_FORMAT = "name,preempt,preemptmode"


def jobs_of(text: str, details: str, clock: str) -> tuple[Job, ...]:
    """The waiting jobs in `JOB_FORMAT`, with the sizes in the records of some, which hold for all of their kind."""
    sizes = {record["JobId"]: _size(record) for record in map(_record, details.splitlines()) if "JobId" in record}
    found = [_job(row, _moment(clock)) for row in _rows(text, JOB_FORMAT.count("|") + 1)]
    of_kind = {_kind(job): sizes[job.number] for job in found if job.number in sizes}
    return tuple(_sized(job, of_kind.get(_kind(job), {})) for job in found)


def _rows(text: str, columns: int) -> Iterator[list[str]]:
    """The lines of a table; the last column may hold its separator."""
    rows = (line.split("|", columns - 1) for line in text.splitlines())
    return (row for row in rows if len(row) == columns)


def _kind(job: Job) -> tuple[object, ...]:
    return job.reason, job.partitions, job.account, job.qos, job.time_s, job.cpus, job.nodes, job.minimum


def _record(line: str) -> dict[str, str]:
    """The keys of a job. Its own name may hold anything, also what looks like a key; only its user is misled then."""
    return dict([word.split("=", 1) for word in reversed(line.split()) if "=" in word])


def _size(record: Mapping[str, str]) -> dict[str, int]:
    """What it asks for: TRES up to 22.05, ReqTRES since."""
    with suppress(ValueError):
        return tres(record.get("ReqTRES") or record.get("TRES", ""))
    return {}


def _sized(job: Job, size: Mapping[str, int]) -> Job:
    gpus = size.get("gres/gpu", 0)
    return replace(job, memory_mib=size.get("mem", 0), cpus=size.get("cpu", job.cpus), gpus=gpus)


def _job(row: list[str], now: datetime | None) -> Job:
    doubts: list[str] = []  # what cannot be read is left out
    job_id, number, partitions, account, qos, limit, cpus, nodes, minimum, starts, submitted, reservation, *_ = row
    return Job(
        job_id,
        number,
        row[-1],
        row[-2],
        tuple(partitions.split(",")),
        _name(account),
        _name(qos),
        time_of(limit, doubts),
        mib_of(cpus, doubts) or 0,
        mib_of(nodes.partition("-")[0], doubts) or 1,
        waited_s=-(_seconds_until(submitted, now) or 0),
        starts_in_s=_seconds_until(starts, now),
        reservation=_name(reservation),
        minimum=minimum,
    )


def _name(text: str) -> str:
    return "" if text in NO_LIMIT else text


def _moment(text: str) -> datetime | None:
    """A time of the cluster, in its own zone."""
    with suppress(ValueError):
        return datetime.fromisoformat(text.strip()).replace(tzinfo=None)
    return None


def _seconds_until(text: str, now: datetime | None) -> int | None:
    moment = _moment(text)
    return int((moment - now).total_seconds()) if moment is not None and now is not None else None


def reservations_of(text: str, clock: str) -> dict[str, int]:
    """Seconds until each reservation begins, 0 once it has."""
    records = map(record_of, text.splitlines())
    return {
        record["ReservationName"]: max(_seconds_until(record.get("StartTime", ""), _moment(clock)) or 0, 0)
        for record in records
        if "ReservationName" in record
    }


def most_jobs_of(config: str) -> int | None:
    return mib_of(config_of(config).get("MaxJobCount", ""), [])


def preemption_of(config: str, partitions: str, qos: str) -> Preemption | None:
    """Who preempts whom; None if the cluster preempts nobody."""
    keys = config_of(config)
    kind = keys.get("PreemptType", "preempt/none")
    if kind == "preempt/none":
        return None
    modes, tiers, preempts = {"": _mode(keys.get("PreemptMode", ""))}, {}, {}
    for record in map(record_of, partitions.splitlines()):
        if name := record.get("PartitionName"):
            modes[f"partition {name}"] = _mode(record.get("PreemptMode", ""))
            tiers[name] = mib_of(record.get("PriorityTier", ""), []) or 0
    for name, others, mode in _rows(qos, 3):
        modes[f"QOS {name}"] = _mode(mode)
        preempts[name] = names_of(others)
    return Preemption(kind == "preempt/qos", modes, tiers, preempts)


def _mode(text: str) -> str:
    """GANG only says how suspended jobs take turns, and `cluster` that the mode of the cluster holds."""
    found = [part for part in text.upper().split(",") if part not in ("GANG", "CLUSTER", "WITHIN", "(NULL)", "")]
    return found[0] if found else ""


def folder_of(text: str) -> Folder | None:
    """The output of `look`; None if it is incomplete, as that of a file system that hangs."""
    first, _, rest = text.partition("\n")
    table, found, at = rest.partition("at ")
    words = first.split()
    if len(words) != 3 or not found:
        return None
    kind, size, free, inodes, free_inodes = _last_row(table)
    return Folder(
        at.strip("\n"),
        exists=words[0] == "yes",
        is_folder=words[1] == "folder",
        writable=words[2] == "yes",
        kind=kind,
        free_mib=_mib(free),
        size_mib=_mib(size),
        # some file systems create them as needed, and report none at all
        free_inodes=_number(free_inodes) if _number(inodes) else None,
    )


def _last_row(table: str) -> list[str]:
    lines: Iterator[list[str]] = (line.split() for line in reversed(table.splitlines()))
    return next((words for words in lines if len(words) == 5), [""] * 5)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _mib(kib: str) -> int | None:
    number = _number(kib)
    return None if number is None else number // 1024


def one_machine(nodes: str, name: str) -> bool:
    """Whether all nodes are the machine of this name, as on a cluster of one."""
    hosts = {record_of(line).get("NodeHostName", "").partition(".")[0] for line in nodes.splitlines() if line.strip()}
    return hosts == {name.strip().partition(".")[0]}
