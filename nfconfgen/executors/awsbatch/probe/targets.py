"""The instance types that a probe starts, and the job that reaches each of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nfconfgen.executors.awsbatch.facts.region import RegionFacts
from nfconfgen.facts.model import Shape
from nfconfgen.plan.model import SitePlan
from nfconfgen.plan.placement import whole_mib

_FEW = 4
TINY = (1, 128)
"""vCPUs and MiB of the job that reaches the only type of a queue."""


@dataclass(frozen=True, slots=True)
class Target:
    """An instance type to measure on a queue. A job of `cpus` and `memory_mib` reaches it: no smaller type of the
    queue holds such a job, and Batch starts the smallest that does. `share_identifier` is that of the site."""

    region: str
    queue: str
    environment: str
    instance_type: str
    cpus: int
    memory_mib: int
    share_identifier: str = ""


def depends_on(plan: SitePlan) -> dict[str, set[str]]:
    """The instance types that the plan of a site depends on, by queue. If it depends on none of a queue, all types of
    a queue with few, else the largest."""
    found: dict[str, set[str]] = {pool.name: set() for pool in plan.every_pool}
    for task_plan in plan.task_plans:
        for attempt in task_plan.attempts:
            if attempt.shape is not None:
                found[attempt.request.queue].add(attempt.shape.name)
    for pool in plan.every_pool:
        if not found[pool.name] and pool.largest is not None:
            few = len(pool.shapes) <= _FEW
            found[pool.name] = {shape.name for shape in pool.shapes} if few else {pool.largest.name}
    return found


def targets(known: RegionFacts, region: str, queue: str, types: Iterable[str], *, again: bool) -> list[Target]:
    """The targets on a queue: those of these types that are not measured yet, or with `again` all of them."""
    wanted = set(types)
    found: dict[str, Target] = {}
    for environment in known.queues.get(queue, ()):
        maximum = known.environments[environment].max_vcpus
        for shape in known.shapes(environment):
            settled = shape.source == "fixed" or (shape.source == "measured" and not again)
            if shape.name in wanted and shape.cpus <= maximum and not settled:
                cpus, memory_mib = _size(shape, known.pool(queue).shapes)
                target = Target(region, queue, environment, shape.name, cpus, memory_mib)
                found.setdefault(shape.name, target)
    return list(found.values())


def _size(shape: Shape, shapes: Iterable[Shape]) -> tuple[int, int]:
    """vCPUs and MiB of the smallest job that only this type and larger ones hold."""
    smaller = [other for other in shapes if other.name != shape.name and other.size < shape.size]
    if not smaller:
        return TINY
    return shape.cpus, whole_mib(shape.memory_mib)


def cost_text(found: Iterable[Target], minutes: int) -> str:
    """The message about what a probe starts, and the most instance-minutes that it uses."""
    types = [target.instance_type for target in found]
    listed = ", ".join(f"{target.instance_type} on {target.queue}" for target in found) if types else "nothing"
    return f"starts {listed}: at most {len(types)} × {minutes} = {len(types) * minutes} instance-minutes"
