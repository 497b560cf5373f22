"""The rows that `nfconfgen facts` shows for a site on AWS Batch."""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.executors.awsbatch.facts.region import DECLARED, Environment, RegionFacts
from nfconfgen.facts.model import Pool, Shape
from nfconfgen.facts.rows import Row
from nfconfgen.facts.staleness import age_text
from nfconfgen.plan.placement import ask_mib

_ON = {"EC2": "on demand", "SPOT": "Spot", "FARGATE": "Fargate", "FARGATE_SPOT": "Fargate Spot"}


def of_queue(site: str, queue: str, known: RegionFacts | None, now: str) -> Iterator[Row]:
    """A row for each instance type of each compute environment."""
    if known is None or queue not in known.queues:
        yield Row(site, queue, "unknown")
        return
    pool = known.pool(queue)
    for name in known.queues[queue]:
        shapes = known.shapes(name)
        # Fargate has many sizes, so only the largest is shown
        for shape in shapes[-1:] if pool.fixed_sizes else shapes:
            yield _row(site, pool, name, shape, known, now)


def _row(site: str, pool: Pool, name: str, shape: Shape, known: RegionFacts, now: str) -> Row:
    environment = known.environments[name]
    sheet = known.instance_types.get(shape.name)
    reading = known.measured.get(shape.name, {}).get(shape.image)
    return Row(
        site=site,
        queue=pool.name,
        state="declared" if pool.declared else "enabled",
        environment=name.removeprefix(DECLARED),
        kind=environment.kind,
        image=environment.image,
        max_vcpus=environment.max_vcpus,
        instance_type=shape.name,
        cpus=shape.cpus,
        nominal_mib=sheet.memory_mib if sheet else None,
        memory_mib=shape.memory_mib,
        ask_mib=ask_mib(shape.memory_mib, pool),
        at_once=environment.max_vcpus // shape.cpus,
        source=shape.source,
        time=shape.time or None,
        ami=shape.image or None,
        agent=reading.agent or None if reading else None,
        gpus=shape.gpus,
        architecture=shape.architecture or None,
        fair_share=pool.fair_share,
        on=_ON.get(environment.kind, environment.kind),
        how=_how(shape, environment, now) + ("; fair share" if pool.fair_share else ""),
    )


def _how(shape: Shape, environment: Environment, now: str) -> str:
    if shape.source == "fixed":
        return "the largest size of Fargate"
    if shape.source == "measured":
        return f"measured {age_text(shape.time, now)} on {shape.image}"
    reserved = f"; {environment.reserved_mib} MiB reserved by user data" if environment.reserved_mib else ""
    if shape.time:
        return f"{shape.source} {age_text(shape.time, now)} on {shape.image}{reserved}"
    return f"{shape.source}; AMI: {environment.image}{reserved}"
