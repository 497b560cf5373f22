"""The attempts of one task class: escalation over the queues, growth of memory, and where growth ends."""

from __future__ import annotations

from collections.abc import Sequence

from nfconfgen.facts.model import Pool
from nfconfgen.plan import fit
from nfconfgen.plan.fit import Need
from nfconfgen.plan.model import Ladder, Request, Step
from nfconfgen.profile.model import Fit, Growth, Retry, TaskClass


def ladder(task: TaskClass, memory_mib: int, pools: Sequence[Pool], how: Fit, retry: Retry) -> Ladder | None:
    """All attempts of a task that begins with so much memory; None if no pool holds the first.

    It starts on the first pool that holds it and moves on by one with each attempt, past pools that would not
    hold it at all; the last one takes the rest.
    """
    first = Need(task.cpus.value, memory_mib)
    usable = [pool for pool in pools if fit.can_place(pool, first)]
    if not usable:
        return None
    time_s = task.time_s.value if task.time_s else None
    steps = tuple(
        _step(attempt, usable[min(attempt, len(usable)) - 1], first, how, retry.memory, time_s)
        for attempt in range(1, retry.attempts + 1)
    )
    return Ladder(task, steps)


def grown_mib(memory_mib: int, attempt: int, growth: Growth) -> int:
    """The memory of this attempt, were there no limits."""
    factors: dict[Growth, int] = {"attempt": attempt, "double": 1 << (attempt - 1), "same": 1}
    return memory_mib * factors[growth]


def _step(attempt: int, pool: Pool, first: Need, how: Fit, growth: Growth, time_s: int | None) -> Step:
    wanted_mib = grown_mib(first.memory_mib, attempt, growth)
    need = Need(first.cpus, wanted_mib)
    most_mib = fit.most_memory_mib(pool, first.cpus)
    capped = most_mib is not None and not fit.can_place(pool, need)
    if most_mib is not None and capped:
        # the rounding of a whole instance must not take it below what the first attempt needs
        need = Need(first.cpus, max(most_mib, first.memory_mib))
    placed = fit.place(pool, need, how)
    request = Request(pool.name, placed.cpus, placed.memory_mib, time_s)
    return Step(attempt, request, placed.shape, placed.per_shape, wanted_mib if capped else None)
