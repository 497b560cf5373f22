"""Parses QOS, associations and what is used up of their limits. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from nfconfgen.executors.slurm.facts.accounting import Association, Ceilings
from nfconfgen.executors.slurm.facts.values import count_of, names_of, time_s, tres

_QOS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "flags": ("flags", names_of),
    "maxwall": ("wall_s", time_s),
    "maxtres": ("job", tres),
    "maxtrespernode": ("node", tres),
    "maxtrespu": ("user", tres),
    "maxtrespa": ("per_account", tres),
    "grptres": ("group", tres),
    "mintres": ("least", tres),
    "maxtresmins": ("job_minutes", tres),
    "grptresrunmins": ("running", tres),
}
_ASSOCIATION = {
    key: _QOS[key]
    for key in (
        "maxwall",
        "maxtres",
        "maxtrespernode",
        "grptres",
        "maxtresmins",
        "grptresrunmins",
    )
}
_QOS_COUNTS = ("grpjobs", "grpsubmit", "maxjobspa", "maxjobspu", "maxsubmitpa", "maxsubmitpu")
_ASSOCIATION_COUNTS = ("grpjobs", "grpsubmit", "maxjobs", "maxsubmit")
_WHO = ("cluster", "account", "user", "partition", "parentname", "qos", "defaultqos")
QOS_COLUMNS = ("name", *_QOS, *_QOS_COUNTS)
ASSOC_COLUMNS = (*_WHO, *_ASSOCIATION, *_ASSOCIATION_COUNTS)
QOS_FORMAT, ASSOC_FORMAT = ",".join(QOS_COLUMNS), ",".join(ASSOC_COLUMNS)
"""The columns to query; all of them exist since Slurm 17.11: https://slurm.schedmd.com/sacctmgr.html."""


UsedUp = tuple[Mapping[str, str], tuple[str, ...]]
"""A record of `scontrol show assoc_mgr`, and what is used up of its limits."""


def qos_of(text: str, used_up: Sequence[UsedUp], doubts: list[str]) -> dict[str, Ceilings]:
    """The limits of each QOS."""
    spent = {record["QOS"].partition("(")[0]: found for record, found in used_up if "QOS" in record}
    rows = ((row["name"], row) for row in _rows(text, QOS_COLUMNS))
    return {
        name: _ceilings(row, _QOS, _QOS_COUNTS, spent.get(name, ()), f"QOS {name[:40]}", doubts)
        for name, row in sorted(rows, key=lambda named: named[0])
    }


def associations_of(
    text: str, used_up: Sequence[UsedUp], cluster: str, user: str, doubts: list[str]
) -> tuple[Association, ...]:
    """Those of the user and of all accounts."""
    spent = {
        (record["Account"], record.get("UserName", "").partition("(")[0]): found
        for record, found in used_up
        if "Account" in record
    }
    found = {}
    for row in _rows(text, ASSOC_COLUMNS):
        if row["cluster"] != cluster or row["user"] not in ("", user):
            continue
        account = row["account"]
        used = spent.get((account, row["user"]), ())
        ceilings = _ceilings(row, _ASSOCIATION, _ASSOCIATION_COUNTS, used, f"account {account[:40]}", doubts)
        of_user = bool(row["user"])
        found[account, of_user, row["partition"]] = Association(
            account, of_user, row["partition"], names_of(row["qos"]), row["defaultqos"], ceilings, row["parentname"]
        )
    return tuple(found[key] for key in sorted(found))


def _rows(text: str, columns: Sequence[str]) -> Iterator[dict[str, str]]:
    for line in text.splitlines():
        cells = line.split("|")
        if len(cells) >= len(columns):
            yield dict(zip(columns, cells, strict=False))


def _ceilings(
    row: Mapping[str, str],
    columns: Mapping[str, tuple[str, Callable[[str], object]]],
    counts: Sequence[str],
    spent: tuple[str, ...],
    whose: str,
    doubts: list[str],
) -> Ceilings:
    try:
        limits = {field: read(row[column]) for column, (field, read) in columns.items()}
        jobs = {column: count_of(row[column]) for column in counts if row[column]}
    except ValueError:
        doubts.append(f"the limits of {whose} cannot be read")
        return Ceilings()
    return replace(Ceilings(counts=jobs, spent=spent), **limits)  # type: ignore[arg-type]  # each by its own reader


_LIMIT = re.compile(r"([a-z/][a-z0-9/:_.-]*)=([0-9]+)\(([0-9]+)\)", re.IGNORECASE)
_WALL = re.compile(r"([0-9.]+)\(([0-9.]+)\)")


def used_up_of(usage: str) -> Iterator[UsedUp]:
    """Each record of which a limit on all that was ever used is reached, and on what; `wall` for the time of all
    jobs. Written as limit(used), N for no limit."""
    for line in usage.splitlines():
        record = dict(reversed([word.split("=", 1) for word in reversed(line.split()) if "=" in word]))
        minutes = _LIMIT.findall(record.get("GrpTRESMins", ""))
        found = [name for name, limit, used in minutes if int(used) >= int(limit)]
        wall = _WALL.fullmatch(record.get("GrpWall", ""))
        if wall is not None and float(wall[2]) >= float(wall[1]):
            found.append("wall")
        if found:
            yield record, tuple(sorted(found))
