"""The attempts of a task: escalation over the queues, growth of memory, and where growth ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nfconfgen.facts.model import Pool
from nfconfgen.plan import placement
from nfconfgen.plan.admission import Need, charged_cpus
from nfconfgen.plan.model import Attempt, Request
from nfconfgen.plan.route import route, with_cpus
from nfconfgen.profile.model import Fit, Site, TaskClass
from nfconfgen.profile.retry_settings import Added, Growth

UNSET_ATTEMPTS = 3
"""Attempts that are planned if the profile does not set a number."""


def first_need(task: TaskClass, memory_mib: int) -> Need:
    """What the first attempt needs."""
    return Need(
        task.cpus.value,
        memory_mib,
        task.time_s.value if task.time_s else None,
        task.gpus,
    )


def attempts_of(
    first: Need, pools: Sequence[Pool], site: Site, *, sets_cpus: bool = True
) -> tuple[Attempt, ...] | None:
    """The attempts of a task on this site, given the need of the first; None if no pool open to it holds it. Without
    `sets_cpus` the pipeline's number holds, and does not grow."""
    if not sets_cpus:
        site = replace(site, retry=replace(site.retry, cpus="same"))
    usable = [pool for pool in open_to(first, pools, site) if placement.can_place(pool, with_cpus(first, pool))]
    if not usable:
        return None
    # if the pipeline sets the number, plan enough attempts to show each queue of an escalation and the growth
    steps = len({pool.name for pool in usable}) if site.choice == "next" else 1
    attempts = site.retry.attempts or max(UNSET_ATTEMPTS, steps)
    placed, wanted = [], first
    for number in range(1, attempts + 1):
        wanted = _wanted(number, first, wanted, pools, usable, site)
        placed.append(_placed(number, first, wanted, pools, usable, site))
    return tuple(placed)


def open_to(first: Need, pools: Sequence[Pool], site: Site) -> Sequence[Pool]:
    """The pools that a task may go to on its first attempt: with rules, the one that they name."""
    if site.choice != "rules":
        return pools
    named = route(site, pools, first, 1)
    way = (named.name, named.options) if named is not None else None
    return [pool for pool in pools if (pool.name, pool.options) == way]


def _wanted(
    number: int, first: Need, before: Need, pools: Sequence[Pool], usable: Sequence[Pool], site: Site
) -> Need:
    """What the attempt needs, grown. CPUs and time stop at the most that a queue gives, and where no queue holds them
    together with the rest they stay at what the attempt before had; memory ends at the largest machine."""
    retry = site.retry
    cpus = min(grown(first.cpus, number, retry.cpus), max(map(_most_cpus, usable)))
    wanted = replace(first, memory_mib=grown(first.memory_mib, number, retry.memory), cpus=max(first.cpus, int(cpus)))
    if first.time_s is not None:
        most_s = max(_least(pool.time_s, pool.limits.time_s) for pool in usable)
        wanted = replace(wanted, time_s=int(min(grown(first.time_s, number, retry.time), most_s)))
    as_before = replace(wanted, time_s=before.time_s, cpus=before.cpus)
    options = (wanted, replace(wanted, time_s=before.time_s), replace(wanted, cpus=before.cpus))
    return next((each for each in options if route(site, pools, each, number) is not None), as_before)


def _most_cpus(pool: Pool) -> float:
    """The most CPUs of one task; infinite if that is unknown."""
    bound = pool.tightest("cpus")
    broadest = max((shape.cpus for shape in pool.shapes), default=None)
    return _least(bound.most if bound is not None else None, pool.limits.cpus, broadest)


def _least(*amounts: int | None) -> float:
    return min((amount for amount in amounts if amount is not None), default=float("inf"))


def _placed(
    number: int, first: Need, wanted: Need, pools: Sequence[Pool], usable: Sequence[Pool], site: Site
) -> Attempt:
    """The attempt on the queue that Nextflow chooses for it, which sees what it asks for there."""
    pool = route(site, pools, wanted, number) or _roomiest(usable, wanted)
    found = _attempt(number, pool, first, wanted, site.settings.fit)
    # a whole machine may be more than the queue of this attempt is for; without memory, Nextflow chooses no queue
    for _ in pools if site.settings.asks_memory else ():
        asked = replace(wanted, cpus=found.request.cpus, memory_mib=found.request.memory_mib)
        chosen = route(site, pools, asked, number) or pool
        if chosen == pool:
            break
        pool = chosen
        found = _attempt(number, pool, first, wanted, site.settings.fit)
    return found


def _roomiest(pools: Sequence[Pool], wanted: Need) -> Pool:
    """Where growth ends: the last of the pools with the most memory."""
    return max(reversed(pools), key=lambda pool: _most_mib(pool, wanted) or 0)


def grown(amount: int, attempt: int, growth: Growth) -> int:
    """The amount of this attempt without any limits."""
    if isinstance(growth, Added):
        return amount + growth.amount * (attempt - 1)
    factors = {"attempt": attempt, "double": 1 << (attempt - 1), "same": 1}
    return amount * factors[growth]


def _most_mib(pool: Pool, need: Need) -> int | None:
    most_mib = placement.most_memory_mib(pool, need)
    if pool.given_per_cpu_mib is None or not pool.shapes:
        return most_mib
    cpus = max(shape.cpus for shape in pool.shapes)
    return min(most_mib or cpus * pool.given_per_cpu_mib, cpus * pool.given_per_cpu_mib)


def _attempt(number: int, pool: Pool, first: Need, wanted: Need, how: Fit) -> Attempt:
    need = with_cpus(wanted, pool)
    most_mib = _most_mib(pool, wanted)
    capped = most_mib is not None and not placement.can_place(pool, need)
    if most_mib is not None and capped:
        # rounding a whole instance down must not go below the need of the first attempt
        need = with_cpus(replace(wanted, memory_mib=max(most_mib, first.memory_mib)), pool)
    placed = placement.place(pool, need, how)
    request = Request(pool.name, placed.cpus, placed.memory_mib, need.time_s, pool.options)
    asked = replace(need, cpus=placed.cpus, memory_mib=placed.memory_mib)
    granted = charged_cpus(pool, asked)
    capped_from_mib = wanted.memory_mib if capped else None
    return Attempt(number, request, placed.shape, placed.per_shape, capped_from_mib, granted, pool.part)
