"""The queue of tasks with the pipeline's own numbers: the plan's choice as an expression on `task`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nfconfgen.facts.model import Pool
from nfconfgen.plan import placement
from nfconfgen.plan.admission import Need, has_gpus
from nfconfgen.plan.attempts import routed
from nfconfgen.plan.model import SitePlan
from nfconfgen.profile.model import Accelerator
from nfconfgen.render import groovy
from nfconfgen.render.groovy import Code

_MEMORY = "(task.memory ?: 1.MB)"
"""A task that sets no memory gets the default of the job definition or the partition."""

_GPUS = "(task.accelerator?.request ?: 0)"


def routing(plan: SitePlan) -> Code:
    """The queue of a task with the pipeline's own numbers: the first that holds it; if queues are an escalation, from
    the queue of this attempt on."""
    by_size = routed(plan.pools)
    pools = [pool for pool in plan.pools if not pool.closed] if by_size else list(plan.pools)
    if not pools:
        return groovy.quote(plan.pools[0].name if plan.pools else "")
    choices, otherwise = _by_size(pools) if by_size else _by_attempt(pools)
    while choices and choices[-1][0] == otherwise:
        choices.pop()
    expression = groovy.quote(otherwise)
    for name, conditions in reversed(choices):
        expression = Code(f"{' && '.join(conditions)} ? {groovy.quote(name)} : {expression}")
    return Code(f"{{ {expression} }}") if choices else expression


def requeued(plan: SitePlan, gpus: Accelerator | None) -> Code | None:
    """The queue of a task to which a label adds time or GPUs, since the queue of the task's other labels may have
    neither. None: there is only one queue, none has the GPUs, or on AWS Batch every instance has them."""
    if len(plan.pools) == 1:
        return None
    having = [
        replace(pool, shapes=tuple(shape for shape in pool.shapes if has_gpus(shape, gpus))) for pool in plan.pools
    ]
    pools = tuple(pool for pool in having if pool.shapes and not pool.closed)
    if not routed(plan.pools) and pools == plan.pools:
        return None
    return routing(replace(plan, pools=pools)) if pools else None


def routing_note(plan: SitePlan) -> str:
    """The comment on `routing`."""
    whose = f"the pipeline's own numbers{' for processes not named below' if plan.task_plans else ''}"
    if len(plan.pools) == 1:
        return whose
    if routed(plan.pools):
        return f"{whose}: the first partition that holds a task, the shortest time limit first"
    first = "first queue that holds a task" if any(pool.shapes for pool in plan.pools) else "first queue"
    return f"{whose}: the {first}, then the next one with each attempt"


Choices = list[tuple[str, list[str]]]
"""Queues, each with its conditions."""


def _by_attempt(pools: Sequence[Pool]) -> tuple[Choices, str]:
    # without any GPU the directive has no effect
    some = any(shape.gpu_count() for pool in pools for shape in pool.shapes)
    return [
        (pool.name, [f"task.attempt <= {attempt}", *_instance(pool), *(_gpus(pool) if some else [])])
        for attempt, pool in enumerate(pools[:-1], start=1)
    ], pools[-1].name


def _by_size(pools: Sequence[Pool]) -> tuple[Choices, str]:
    """As in `task_plan`: a partition that charges more CPUs than requested only if no other holds the task."""
    as_asked = [(pool.name, _node(pool, raised=False)) for pool in pools]
    raised = [(pool.name, _node(pool, raised=True)) for pool in pools if pool.memory_per_cpu_mib is not None]
    # a task that fits nowhere is refused soonest by the largest partition
    last = max(pools, key=lambda pool: (placement.most_memory_mib(pool, Need(1, 1)) or 0, _longest_s(pool)))
    # a partition whose nodes are all down holds nothing
    return [(name, conditions) for name, conditions in [*as_asked, *raised] if conditions], last.name


def _longest_s(pool: Pool) -> float:
    return float("inf") if pool.time_s is None else pool.time_s


def _instance(pool: Pool) -> list[str]:
    """The conditions under which some instance of the pool holds a task."""
    if pool.largest is None:
        return []
    memory_mib = placement.ask_mib(pool.largest.memory_mib, pool)
    return [f"task.cpus <= {pool.largest.cpus}", f"{_MEMORY} <= {groovy.memory(memory_mib)}"]


def _gpus(pool: Pool) -> list[str]:
    """The conditions under which some instance of the pool has the GPUs of a task; none if the GPUs are unknown."""
    if pool.largest is None or any(shape.gpus is None for shape in pool.shapes):
        return []
    sizes = {(shape.gpu_count() or 0, shape.cpus, placement.ask_mib(shape.memory_mib, pool)) for shape in pool.shapes}
    # sizes that no other one exceeds in everything
    largest = [one for one in sizes if one[0] and not any(one != other and _within(one, other) for other in sizes)]
    if not largest:
        return [f"{_GPUS} == 0"]
    if len(largest) == 1 and largest[0][1:] == (pool.largest.cpus, placement.ask_mib(pool.largest.memory_mib, pool)):
        return [f"{_GPUS} <= {largest[0][0]}"]
    held = [
        f"{_GPUS} <= {count} && task.cpus <= {cpus} && {_MEMORY} <= {groovy.memory(mib)}"
        for count, cpus, mib in sorted(largest)
    ]
    return [f"({' || '.join([f'{_GPUS} == 0', *(f'({one})' for one in held)])})"]


def _within(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True))


def _node(pool: Pool, *, raised: bool) -> list[str]:
    """The conditions under which some node of the partition holds a task: with the CPUs that it requests, or
    `raised`. Empty: none does."""
    if not pool.shapes:
        return []
    sizes = [f"task.cpus <= {cpus} && {memory}" for cpus, memory in _sizes(pool, raised=raised)]
    held = [sizes[0]] if len(sizes) == 1 else [f"({' || '.join(f'({size})' for size in sizes)})"]
    held += _bounds(pool, raised=raised)
    if pool.time_s is not None:
        held.append(f"(task.time ?: 1.min) <= {groovy.duration(pool.time_s)}")
    return held


def _sizes(pool: Pool, *, raised: bool) -> Iterator[tuple[int, str]]:
    """CPUs and the condition on memory of the shapes that no other one exceeds in both, within the pool's limits."""
    found = set()
    tightest = pool.tightest("cpus")
    for shape in pool.shapes:
        most_mib = placement.most_memory_mib(replace(pool, shapes=(shape,)), Need(1, 1))
        cpus = min(shape.cpus, tightest.most) if tightest is not None else shape.cpus
        found.add((cpus, most_mib or shape.memory_mib, shape.cpus, shape.memory_mib))
    for cpus, mib, node_cpus, node_mib in sorted(found):
        if any((c, m) != (cpus, mib) and c >= cpus and m >= mib for c, m, _, _ in found):
            continue
        held = f"{_MEMORY} <= {groovy.memory(mib)}"
        if pool.by_cpu and pool.whole_nodes:
            # a job alone on a node has all its CPUs, and memory for each of them
            held += f" && {_MEMORY}.toMega().intdiv(task.cpus) * {node_cpus} <= {node_mib}"
        elif pool.by_cpu and raised:
            held += f" && {_granted(pool)} <= {node_cpus}"
        yield cpus, held


def _bounds(pool: Pool, *, raised: bool) -> Iterator[str]:
    for bound in pool.bounds:
        if bound.what == "cpus" and bound.least:
            yield f"{_granted(pool)} >= {bound.most}"
        elif bound.what == "memory" and bound.least:
            yield f"{_MEMORY} >= {groovy.memory(bound.most)}"
        elif bound.what == "cpus" and raised and not bound.as_asked:
            yield f"{_granted(pool)} <= {bound.most}"
    most_mib = pool.memory_per_cpu_mib
    if most_mib is not None and not raised:
        # within this `admission.raised_cpus` leaves the CPUs unchanged
        by_cpu = f"< {groovy.memory(most_mib + 1)} * task.cpus"
        yield f"{_MEMORY} {by_cpu if pool.by_cpu else f'<= {groovy.memory(most_mib)} * (2 * task.cpus - 1)'}"


def _granted(pool: Pool) -> str:
    """The CPUs of the task as raised by `admission.raised_cpus`."""
    most = pool.memory_per_cpu_mib
    if most is None:
        return "task.cpus"
    if pool.by_cpu:
        return f"({_MEMORY}.toMega().intdiv(task.cpus) + {most - 1}).intdiv({most}) * task.cpus"
    return f"({_MEMORY}.toMega() + {most - 1}).intdiv({most}).intdiv(task.cpus) * task.cpus"
