"""The attempts of a task: escalation over the queues, growth of memory, and where growth ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nfconfgen.facts.model import Pool
from nfconfgen.plan import placement
from nfconfgen.plan.admission import Need, raised_cpus
from nfconfgen.plan.model import Attempt, Request
from nfconfgen.profile.model import Fit, Growth, Retry, TaskClass

UNSET_ATTEMPTS = 3
"""Attempts that are planned if the profile does not set a number."""


def first_need(task: TaskClass, memory_mib: int) -> Need:
    """What the first attempt needs."""
    return Need(
        task.cpus.value,
        memory_mib,
        task.time_s.value if task.time_s else None,
        task.accelerator.value if task.accelerator else None,
    )


def attempts_of(first: Need, pools: Sequence[Pool], how: Fit, retry: Retry) -> tuple[Attempt, ...] | None:
    """All attempts of a task, given the need of the first; None if no pool holds that.

    On routed pools (`routed`), each attempt goes to the first that holds it. Else a task starts on the first pool
    that holds it and moves on by one with each attempt, past pools that cannot hold it; the last gets the rest.
    """
    usable = [pool for pool in pools if placement.can_place(pool, _with_cpus(first, pool))]
    if not usable:
        return None
    by_size = routed(pools)
    found = []
    # if the pipeline sets the number, plan enough attempts to show each queue and the growth
    attempts = retry.attempts or max(UNSET_ATTEMPTS, len(usable))
    for attempt in range(1, attempts + 1):
        wanted = replace(first, memory_mib=grown_mib(first.memory_mib, attempt, retry.memory))
        pool = _routed_to(usable, wanted) if by_size else usable[min(attempt, len(usable)) - 1]
        found.append(_attempt(attempt, pool, first, wanted, how))
    return tuple(found)


def routed(pools: Sequence[Pool]) -> bool:
    """Whether requests choose their pool by size, as they do among known partitions: none costs more than another, so
    a task that fits a short one has no reason to leave it."""
    return any(pool.by_size for pool in pools)


def grown_mib(memory_mib: int, attempt: int, growth: Growth) -> int:
    """The memory of this attempt without any limits."""
    factors: dict[Growth, int] = {"attempt": attempt, "double": 1 << (attempt - 1), "same": 1}
    return memory_mib * factors[growth]


def _routed_to(pools: Sequence[Pool], wanted: Need) -> Pool:
    """The first pool that holds it, preferably without raising its CPUs; else the one with the most memory."""
    holding = [pool for pool in pools if placement.can_place(pool, _with_cpus(wanted, pool))]
    as_asked = (pool for pool in holding if raised_cpus(pool, wanted) == wanted.cpus)
    return (
        next(as_asked, None) or next(iter(holding), None) or max(pools, key=lambda pool: _most_mib(pool, wanted) or 0)
    )


def _with_cpus(need: Need, pool: Pool) -> Need:
    """The need with as many CPUs as its memory takes, if memory comes with the CPUs."""
    if pool.given_per_cpu_mib is None:
        return need
    return replace(need, cpus=max(need.cpus, -(-need.memory_mib // pool.given_per_cpu_mib)))


def _most_mib(pool: Pool, need: Need) -> int | None:
    most_mib = placement.most_memory_mib(pool, need)
    if pool.given_per_cpu_mib is None or not pool.shapes:
        return most_mib
    cpus = max(shape.cpus for shape in pool.shapes)
    return min(most_mib or cpus * pool.given_per_cpu_mib, cpus * pool.given_per_cpu_mib)


def _attempt(number: int, pool: Pool, first: Need, wanted: Need, how: Fit) -> Attempt:
    need = _with_cpus(wanted, pool)
    most_mib = _most_mib(pool, wanted)
    capped = most_mib is not None and not placement.can_place(pool, need)
    if most_mib is not None and capped:
        # rounding a whole instance down must not go below the need of the first attempt
        need = _with_cpus(replace(wanted, memory_mib=max(most_mib, first.memory_mib)), pool)
    placed = placement.place(pool, need, how)
    request = Request(pool.name, placed.cpus, placed.memory_mib, need.time_s)
    granted = raised_cpus(pool, replace(need, cpus=placed.cpus, memory_mib=placed.memory_mib))
    return Attempt(
        number, request, placed.shape, placed.per_shape, wanted.memory_mib if capped else None, granted_cpus=granted
    )
