"""What each queue of each site offers, as rows: for people and for machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nfconfgen.executors.awsbatch.facts.region import RegionFacts
from nfconfgen.facts.gather import Gathered
from nfconfgen.facts.model import Pool, Shape
from nfconfgen.facts.staleness import age_text, known_to
from nfconfgen.plan.admission import Need
from nfconfgen.plan.placement import ask_mib, most_memory_mib
from nfconfgen.plan.table import aligned, shape_gpus
from nfconfgen.profile.model import Profile, Site, Slurm
from nfconfgen.profile.units import time_text

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


@dataclass(frozen=True, slots=True)
class Row:
    """One instance type in one compute environment of one queue, or one kind of node of one partition (of which
    `environment` tells the time limit); None where that is not known.

    `ask_mib` is the most to ask for, `at_once` how many instances the environment's maximum of vCPUs allows,
    which is how many tasks of a whole instance run at once.
    """

    site: str
    queue: str
    state: str
    environment: str | None = None
    kind: str | None = None
    image: str | None = None
    max_vcpus: int | None = None
    instance_type: str | None = None
    cpus: int | None = None
    nominal_mib: int | None = None
    memory_mib: int | None = None
    ask_mib: int | None = None
    at_once: int | None = None
    source: str | None = None
    time: str | None = None
    ami: str | None = None
    agent: str | None = None
    gpus: Mapping[str, int] | None = None
    architecture: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def rows(profile: Profile, gathered: Gathered) -> list[Row]:
    """All rows, in the order of the profile."""
    return [row for site in profile.sites for row in _site(site, gathered)]


def _site(site: Site, gathered: Gathered) -> Iterator[Row]:
    if isinstance(site.settings, Slurm):
        for pool in gathered.facts[site.name]:
            yield from _partition(site.name, pool)
        return
    for queue in site.queues:
        yield from _queue(site, queue.value, gathered)


def _partition(site: str, pool: Pool) -> Iterator[Row]:
    """A row for each kind of node; the partition's limits hold for all of them."""
    if not pool.known:
        yield Row(site, pool.name, "unknown")
    elif pool.closed and not (pool.shapes or pool.down):
        yield Row(site, pool.name, "closed")
    for shape in (*pool.shapes, *pool.down):
        state = "down" if shape in pool.down else "closed" if pool.closed else "up"
        most = most_memory_mib(replace(pool, shapes=(shape,)), Need(1, 1))
        yield Row(
            site=site,
            queue=pool.name,
            state=state,
            environment=f"at most {time_text(pool.time_s)}" if pool.time_s is not None else "no time limit",
            kind=shape_gpus(shape) if shape.gpus else "nodes",
            instance_type=shape.name,
            cpus=shape.cpus,
            memory_mib=shape.memory_mib,
            ask_mib=most,
            source=shape.source,
            time=shape.time or None,
            gpus=shape.gpus,
        )


def _queue(site: Site, queue: str, gathered: Gathered) -> Iterator[Row]:
    known = known_to(site, gathered)
    if known is None or queue not in known.queues:
        yield Row(site.name, queue, "unknown")
        return
    for environment in known.queues[queue]:
        shapes = known.shapes(environment)
        # of Fargate's many sizes the largest says enough
        for shape in shapes[-1:] if known.pool(queue).fixed else shapes:
            yield _row(site.name, queue, environment, shape, known)


def _row(site: str, queue: str, environment: str, shape: Shape, known: RegionFacts) -> Row:
    facts = known.environments[environment]
    sheet = known.instance_types.get(shape.name)
    reading = known.measured.get(shape.name, {}).get(shape.image)
    return Row(
        site=site,
        queue=queue,
        state="enabled",
        environment=environment,
        kind=facts.kind,
        image=facts.image,
        max_vcpus=facts.max_vcpus,
        instance_type=shape.name,
        cpus=shape.cpus,
        nominal_mib=sheet.memory_mib if sheet else None,
        memory_mib=shape.memory_mib,
        ask_mib=ask_mib(shape.memory_mib, known.pool(queue)),
        at_once=facts.max_vcpus // shape.cpus,
        source=shape.source,
        time=shape.time or None,
        ami=shape.image or None,
        agent=reading.agent or None if reading else None,
        gpus=shape.gpus,
        architecture=shape.architecture or None,
    )


def lines(table: Sequence[Row], now: str) -> list[str]:
    """The rows as a table, with ages."""
    cells = [_HEADING, *(_cells(row, now) for row in table)]
    return aligned(cells, right=frozenset({6, 7, 8, 9, 10}))


def _cells(row: Row, now: str) -> Sequence[str]:
    if row.environment is None:
        return (
            row.site,
            row.queue,
            row.state,
            "-",
            "-",
            "-",
            "-",
            "-",
            "-",
            "-",
            "-",
            "nothing is known of its nodes",
        )
    if row.source == "configured" and row.time:
        known = f"Slurm was asked {age_text(row.time, now)}"
    else:
        known = _told(row, now)
    if row.source == "fixed":
        known = "the largest of the sizes that Fargate has"
    if row.at_once == 0:
        known += "; needs more vCPUs than the environment's maximum"
    return (
        row.site,
        row.queue,
        row.state,
        row.environment,
        {"EC2": "on demand", "SPOT": "Spot", "FARGATE": "Fargate", "FARGATE_SPOT": "Fargate Spot"}.get(
            str(row.kind), str(row.kind)
        ),
        _instance(row),
        str(row.cpus),
        f"{row.nominal_mib} MiB" if row.nominal_mib else "-",
        f"{row.memory_mib} MiB",
        f"{row.ask_mib} MB",
        "-" if row.at_once is None else str(row.at_once),
        known,
    )


def _instance(row: Row) -> str:
    """Its type, with what makes it another kind of machine."""
    gpus = ", ".join(f"{count} {name}" for name, count in (row.gpus or {}).items()) if row.nominal_mib else ""
    special = ", ".join(filter(None, (gpus, row.architecture if row.architecture != "x86_64" else "")))
    return f"{row.instance_type} ({special})" if special else str(row.instance_type)


def _told(row: Row, now: str) -> str:
    return f"{row.source} {age_text(row.time, now)} on {row.ami}" if row.time else f"{row.source}; AMI: {row.image}"
