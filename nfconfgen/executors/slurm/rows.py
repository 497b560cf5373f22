"""The rows that `nfconfgen facts` shows for a site on Slurm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nfconfgen.facts.model import Pool, Shape
from nfconfgen.facts.rows import Row
from nfconfgen.facts.staleness import age_text
from nfconfgen.plan.admission import Need
from nfconfgen.plan.placement import most_memory_mib
from nfconfgen.plan.table import shape_gpus
from nfconfgen.profile.units import time_text


def of_partition(site: str, pool: Pool, now: str) -> Iterator[Row]:
    """A row for each kind of node; the partition's limits hold for all of them."""
    if not pool.known:
        yield Row(site, pool.name, "unknown")
    elif pool.closed and not (pool.shapes or pool.down):
        yield Row(site, pool.name, "closed")
    for shape in (*pool.shapes, *pool.down):
        yield _row(site, pool, shape, now)


def _row(site: str, pool: Pool, shape: Shape, now: str) -> Row:
    kind = shape_gpus(shape) if shape.gpus else "nodes"
    return Row(
        site=site,
        queue=pool.name,
        state="down" if shape in pool.down else "closed" if pool.closed else "up",
        environment=f"at most {time_text(pool.time_s)}" if pool.time_s is not None else "no time limit",
        kind=kind,
        instance_type=shape.name,
        cpus=shape.cpus,
        memory_mib=shape.memory_mib,
        ask_mib=most_memory_mib(replace(pool, shapes=(shape,)), Need(1, 1)),
        source=shape.source,
        time=shape.time or None,
        gpus=shape.gpus,
        on=kind,
        how=f"Slurm was asked {age_text(shape.time, now)}" if shape.time else shape.source,
    )
