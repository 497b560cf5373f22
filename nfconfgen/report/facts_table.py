"""The table of facts: what each queue of each site offers."""

from __future__ import annotations

from collections.abc import Sequence

from nfconfgen.facts.gather import Gathered
from nfconfgen.facts.model import SitePools
from nfconfgen.facts.rows import Row
from nfconfgen.plan.plan_table import aligned
from nfconfgen.profile.model import Profile, Site

_HEADING = (
    "site",
    "queue",
    "state",
    "environment",
    "on",
    "instance",
    "vCPUs",
    "data sheet",
    "memory",
    "a task can have",
    "at once",
    "known",
)
_NUMBERS = frozenset({6, 7, 8, 9, 10})


def rows(profile: Profile, gathered: Gathered, now: str) -> list[Row]:
    """All rows in the order of the profile."""
    return [
        row
        for site in profile.sites
        for row in site.executor.rows(site, _pools(site, gathered), gathered.of(site), now)
    ]


def _pools(site: Site, gathered: Gathered) -> SitePools:
    """The queues of the site, and those of its task classes."""
    return tuple(pool for seen in site.seen for pool in gathered.facts[seen.key])


def lines(table: Sequence[Row]) -> list[str]:
    """The rows as a table."""
    return aligned([_HEADING, *map(_cells, table)], right=_NUMBERS)


def _cells(row: Row) -> Sequence[str]:
    if row.environment is None:
        return (row.site, row.queue, row.state, *["-"] * 8, "its nodes are unknown")
    too_large = "; needs more vCPUs than the environment's maximum" if row.at_once == 0 else ""
    return (
        row.site,
        row.queue,
        row.state,
        row.environment,
        row.on,
        _machine(row),
        str(row.cpus),
        f"{row.nominal_mib} MiB" if row.nominal_mib else "-",
        f"{row.memory_mib} MiB",
        f"{row.ask_mib} MB",
        "-" if row.at_once is None else str(row.at_once),
        row.how + too_large,
    )


def _machine(row: Row) -> str:
    """The machine type, with its GPUs and its architecture unless that is x86_64."""
    gpus = ", ".join(f"{count} {name}" for name, count in (row.gpus or {}).items()) if row.nominal_mib else ""
    special = ", ".join(filter(None, (gpus, row.architecture if row.architecture != "x86_64" else "")))
    return f"{row.instance_type} ({special})" if special else str(row.instance_type)
