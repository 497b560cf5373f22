"""The queue of an attempt: the first that holds it, the next one with each attempt, or what the rules of a site say.

The config has the same rule as an expression on `task` (render/routing.py), so that it also holds for what the
pipeline sets itself. Both go through the same list of arms, or of rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from nfconfgen.facts.model import Pool, Shape
from nfconfgen.plan import placement
from nfconfgen.plan.admission import Need, raised_cpus
from nfconfgen.profile.model import Site
from nfconfgen.profile.queue_model import Options, QueueBound, QueueRule, overriding

NOWHERE = "no-queue-holds-this-task"
"""The queue of a task that no queue holds. It does not exist: sbatch and AWS Batch refuse it at once, where the
largest queue might let the task wait indefinitely."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A queue, or those of its machines for which it stands in this place of the list. `rule`: the profile decides
    which tasks go there, not the machines. `as_asked`: only for tasks whose CPUs are not raised there. `for_gpus`:
    only for tasks with GPUs. `waits`: the machines are out of service, so a task would wait for them."""

    pool: Pool
    rule: QueueRule | None = None
    as_asked: bool = False
    for_gpus: bool = False
    waits: bool = False

    def takes(self, need: Need) -> bool:
        """Whether a task of this size goes here, if no arm before this one takes it; not of an arm with a rule."""
        if self.for_gpus and not _gpus(need):
            return False
        asked = with_cpus(need, self.pool)
        as_asked = raised_cpus(self.pool, asked) == asked.cpus
        return placement.can_place(self.pool, asked) and (as_asked or not self.as_asked)


def route(site: Site, pools: Sequence[Pool], need: Need, attempt: int, *, waiting: bool = False) -> Pool | None:
    """The queue of this attempt; None if none takes it (with `waiting`, not even after its machines are back)."""
    if site.choice == "rules":
        return _by_rules(site, pools, need, attempt)
    tried = arms(site, pools, timed=need.time_s is not None, waiting=waiting)
    taking: dict[str, Pool] = {}
    for arm in tried:
        if arm.pool.name not in taking and arm.takes(need):
            taking[arm.pool.name] = arm.pool
            if site.choice != "next":
                break
    if not taking:
        return None
    chosen = list(taking.values())[min(attempt, len(taking)) - 1 if site.choice == "next" else 0]
    return next(pool for pool in pools if (pool.name, pool.part) == (chosen.name, chosen.part))


def _by_rules(site: Site, pools: Sequence[Pool], need: Need, attempt: int) -> Pool | None:
    """The queue of the first rule whose bounds hold, with the options of the rules up to it; of several at once, that
    which holds the task."""
    options: Options = ()
    queue = None
    for rule in site.rules:
        if all(_holds(bound, need, attempt) for bound in rule.when):
            options, queue = overriding(options, rule.options), rule.queue
        if queue is not None:
            break
    if queue is None and site.queues and not site.pinned:
        return None
    ways = [pool for pool in pools if pool.options == options and (queue is None or pool.name == queue.value)]
    if len(ways) == 1:
        return ways[0]
    return next((pool for pool in ways if placement.can_place(pool, with_cpus(need, pool))), next(iter(ways), None))


_RECENT = 16
_recent: list[tuple[Site, Sequence[Pool], tuple[bool, bool], list[Arm]]] = []


def arms(site: Site, pools: Sequence[Pool], *, timed: bool, waiting: bool = False) -> list[Arm]:
    """The queues in the order in which they are tried, for tasks that set a time or not; with `waiting`, followed by
    machines that are out of service."""
    # sorting the machines of a large cluster takes long, and all tasks of a site ask for the same
    for known_site, known_pools, how, found in _recent:
        if known_site is site and known_pools is pools and how == (timed, waiting):
            return found
    made = _arms(site, pools, timed=timed, waiting=waiting)
    _recent[_RECENT - 1 :] = []
    _recent.insert(0, (site, pools, (timed, waiting), made))
    return made


def _arms(site: Site, pools: Sequence[Pool], *, timed: bool, waiting: bool) -> list[Arm]:
    if site.choice == "rules":
        named = {pool.name: pool for pool in pools}
        queues = [(rule.queue.value, rule) for rule in site.rules if rule.queue is not None]
        return [Arm(named[name], rule) for name, rule in queues if name in named]
    usable = [pool for pool in pools if not pool.closed]
    found = list(_chosen(usable) if site.choice == "auto" else map(Arm, usable))
    if waiting:
        found += [Arm(replace(pool, shapes=pool.down, down=()), waits=True) for pool in usable if pool.down]
        shut = [pool for pool in pools if pool.closed and all(fault.temporary for fault in pool.closed)]
        found += [
            Arm(replace(pool, shapes=(*pool.shapes, *pool.down), down=(), closed=()), waits=True) for pool in shut
        ]
    if not timed and site.choice != "next":
        # where a task of unknown length is safest
        found.sort(key=lambda arm: (arm.waits, -unset_time_s(arm.pool)))
    return found


def unset_time_s(pool: Pool) -> float:
    """How long a task that sets no time may run here."""
    return float("inf") if pool.unset_time_s is None else pool.unset_time_s


def unset_times_s(pools: Sequence[Pool]) -> dict[str, float]:
    """The same by the name of the queue; of several at once the shortest, as a task starts in any of them."""
    found: dict[str, float] = {}
    for pool in pools:
        found[pool.name] = min(found.get(pool.name, float("inf")), unset_time_s(pool))
    return found


def with_cpus(need: Need, pool: Pool) -> Need:
    """The need with as many CPUs as its memory takes, if memory comes with the CPUs."""
    if pool.given_per_cpu_mib is None:
        return need
    return replace(need, cpus=max(need.cpus, -(-need.memory_mib // pool.given_per_cpu_mib)))


def _gpus(need: Need) -> int:
    return need.gpus.count if need.gpus is not None else 0


def _holds(bound: QueueBound, need: Need, attempt: int) -> bool:
    """A bound on a value that the task does not set does not hold."""
    amounts = {"cpus": need.cpus, "memory": need.memory_mib, "time": need.time_s, "gpus": _gpus(need)}
    amount, most = amounts.get(bound.what, attempt), bound.value
    if bound.what == "memory_per_cpu":
        # multiplied, not divided, to be exact
        amount, most = need.memory_mib, bound.value * need.cpus
    if amount is None:
        return False
    compared = {"<=": amount <= most, "<": amount < most}
    return compared.get(bound.operator, amount > most if bound.operator == ">" else amount >= most)


def smallest_first(pool: Pool) -> tuple[bool, int, int, float, bool]:
    """The order of the queues that nfconfgen chooses among: those with GPUs alone last, then by the smallest machine,
    the time limit, and whether it is the default of the cluster."""
    smallest = min(pool.shapes, key=lambda shape: (bool(shape.gpus), shape.whole_mib, shape.cpus))
    return _order(pool, smallest)


def _order(pool: Pool, shape: Shape) -> tuple[bool, int, int, float, bool]:
    """Machines that differ by less than a GiB are of one size."""
    time_s = float("inf") if pool.time_s is None else pool.time_s
    return bool(shape.gpus), shape.whole_mib // 1024, shape.cpus, time_s, not pool.default


def _chosen(pools: Sequence[Pool]) -> Iterator[Arm]:
    """The queues in that order, each with its machines of one size. CPUs are raised, which is charged, only if
    nothing else holds the task."""
    single = [(_order(pool, shape), pool, shape) for pool in pools for shape in pool.shapes]
    only_gpus = {pool.name for pool in pools if pool.shapes and all(shape.gpus for shape in pool.shapes)}
    if len(only_gpus) == len(pools):
        only_gpus = set()
    groups = groupby(sorted(single, key=lambda one: one[0]), key=lambda one: one[1].name)
    ordered = [
        replace(members[0][1], shapes=tuple(shape for _, _, shape in members))
        for members in (list(group) for _, group in groups)
    ]
    for pool in ordered:
        yield Arm(pool, as_asked=pool.memory_per_cpu_mib is not None, for_gpus=pool.name in only_gpus)
    for pool in ordered:
        if pool.memory_per_cpu_mib is not None:
            yield Arm(pool, for_gpus=pool.name in only_gpus)
