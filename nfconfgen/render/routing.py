"""The queue of a task as an expression on what it asks for: the plan's rule (plan/route.py), for Nextflow to decide.

`task` has every value that Nextflow submits, also those that the pipeline sets, after `resourceLimits`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nfconfgen.facts.model import Pool, Shape
from nfconfgen.plan.admission import whole_amount
from nfconfgen.plan.model import SitePlan
from nfconfgen.plan.route import NOWHERE, Arm, arms
from nfconfgen.profile.queue_model import QueueBound, QueueRule
from nfconfgen.render import charged, groovy
from nfconfgen.render.charged import GPU_TYPE, GPUS, MEMORY
from nfconfgen.render.groovy import Code


def routing(plan: SitePlan) -> Code:
    """The queue of each task of a site, by whatever its size was set; a closure has one line for each queue."""
    written = next((queue.text for queue in plan.site.queues if queue.text is not None), None)
    if written is not None:
        return groovy.directive(written)
    timed, timeless = (arms(plan.site, plan.pools, timed=timed, waiting=True) for timed in (True, False))
    if timed == timeless:
        lines = _lines(plan, timed, "(task.time ?: 1.min)")
    else:
        inner = (_lines(plan, timed, "task.time"), _lines(plan, timeless, ""))
        lines = ["task.time ? (", *indented(inner[0]), ") : (", *indented(inner[1]), ")"]
    if len(lines) == 1 and lines[0].startswith("'"):
        return Code(lines[0])
    return Code("\n".join(["{", *indented(lines), "}"]))


def any_known(pools: Sequence[Pool]) -> bool:
    """Whether the machines of any of these queues are known."""
    return any(pool.known for pool in pools)


def indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _lines(plan: SitePlan, tried: Sequence[Arm], time: str) -> list[str]:
    """`time` is the time of a task in the expression; empty: it sets none."""
    gpus = _Gpus.of(plan.pools)
    found = [(arm.pool.name, _conditions(arm, gpus, time)) for arm in tried]
    choices = [(name, held) for name, held in found if held is not None]
    if not gpus.some and any_known(plan.pools) and plan.site.choice != "rules":
        guard = [f"{GPUS} > 0 ? {groovy.quote(NOWHERE)} :"]
    else:
        guard = []
    return [*guard, *(_next(choices) if plan.site.choice == "next" else _first(choices))]


Choices = Sequence["tuple[str, Sequence[str]]"]
"""Queues, each with its conditions; none: nothing is known about it."""


def _first(choices: Choices) -> list[str]:
    """The first whose conditions hold."""
    lines: list[str] = []
    for name, held in choices:
        if not held:
            return [*lines, groovy.quote(name)]
        lines.append(f"{' && '.join(held)} ? {groovy.quote(name)} :")
    return [*lines, groovy.quote(NOWHERE)]


def _next(choices: Choices) -> list[str]:
    """The n-th of those whose conditions hold on attempt n; the last for all later attempts."""
    if len(choices) == 1:
        return _first(choices)
    lists = []
    for name, held in choices:
        listed = f"[{groovy.quote(name)}]"
        lists.append(f"({' && '.join(held)} ? {listed} : [])" if held else listed)
    plus = [f"{part} +" for part in lists[:-1]]
    nowhere = [f" ?: [{groovy.quote(NOWHERE)}]"] if all(held for _, held in choices) else [""]
    return ["((", *indented([*plus, lists[-1]]), f").take(task.attempt){nowhere[0]}).last()"]


@dataclass(frozen=True, slots=True, order=True)
class _Size:
    """What a task may ask for on this machine; all that the machine has; and its GPUs by type (None: unknown)."""

    cpus: int
    memory_mib: int
    node_cpus: int
    node_mib: int
    gpus: tuple[tuple[str, int], ...] | None

    def within(self, other: _Size) -> bool:
        """Whether the other one is at least as large in everything."""
        sizes = (self.cpus, self.memory_mib, self.node_cpus, self.node_mib)
        others = (other.cpus, other.memory_mib, other.node_cpus, other.node_mib)
        if not all(one <= two for one, two in zip(sizes, others, strict=True)):
            return False
        if self.gpus is None or other.gpus is None:
            return other.gpus is None
        has = dict(other.gpus)
        return all(count <= has.get(name, 0) for name, count in self.gpus)


def _size(shape: Shape, pool: Pool) -> _Size:
    cpus, memory = pool.tightest("cpus"), pool.tightest("memory")
    # before 24.04 Nextflow does not cap at the limits of the profile; later a task never exceeds them here
    return _Size(
        _least(pool.limits.cpus, shape.cpus, cpus.most if cpus is not None else None),
        _least(pool.limits.memory_mib, shape.memory_mib, memory.most if memory is not None else None),
        shape.cpus,
        shape.memory_mib,
        None if shape.gpus is None else tuple(sorted(shape.gpus.items())),
    )


def _least(limit: int | None, *others: int | None) -> int:
    """The least amount; the limit if another is the same, as tasks are capped at what the profile has."""
    return min(amount for amount in (limit, *others) if amount is not None)


def _conditions(arm: Arm, gpus: _Gpus, time: str) -> list[str] | None:
    """The conditions under which the arm takes a task. None: it takes none. Empty: it takes every one."""
    pool, raised = arm.pool, not arm.as_asked
    if arm.rule is not None:
        return conditions(arm.rule)
    if not pool.known:
        return []
    if not pool.shapes:
        return None
    found = {_size(shape, pool) for shape in pool.shapes}
    # those that no other one exceeds in everything
    largest = sorted(one for one in found if not any(one != other and one.within(other) for other in found))
    sizes = [" && ".join(_held(one, pool, gpus, raised=raised)) for one in largest]
    held = [f"{GPUS} > 0"] if arm.for_gpus else []
    held += sizes if len(sizes) == 1 else [f"({' || '.join(f'({size})' for size in sizes)})"]
    # the scheduler may choose any machine that holds the task, so none of these may be beyond a limit
    beyond = [shape for shape in pool.shapes if _is_beyond(shape, pool)]
    if len(beyond) == len(pool.shapes):
        return None
    held += [f"!({' && '.join(_held(_size(shape, pool), pool, gpus, raised=raised))})" for shape in beyond]
    held += charged.conditions(pool, time, raised=raised)
    if pool.time_s is not None:
        # Slurm counts in minutes, and rounds up
        most_s = max(pool.time_s // 60 * 60, 1)
        if not time and pool.default_time_s is not None and pool.default_time_s > most_s:
            return None
        if time:
            held.append(f"{_or_default(time, pool)} <= {groovy.duration(most_s)}")
    return held


def _or_default(time: str, pool: Pool) -> str:
    """The time of a task, or that which it gets if it sets none."""
    if time == "task.time" or pool.default_time_s is None:
        return time
    return f"(task.time ?: {groovy.duration(pool.default_time_s)})"


def _is_beyond(shape: Shape, pool: Pool) -> bool:
    """Whether a task that has all of this machine is beyond a limit."""
    bounds = [bound for bound in pool.bounds if charged.of_whole_nodes(bound, pool)]
    return any(bound.excludes(whole_amount(bound, shape)) for bound in bounds)


def conditions(rule: QueueRule) -> list[str]:
    """The bounds of a rule."""
    return [text for bound in rule.when for text in _bound(bound)]


def _bound(bound: QueueBound) -> Iterator[str]:
    """The parsers disagree about null in comparisons, so a value that may be unset is tested first."""
    values = {"memory": groovy.memory_bound, "memory_per_cpu": groovy.memory, "time": groovy.duration}
    tasks = {"gpus": GPUS, "memory_per_cpu": "task.memory"}
    task = tasks.get(bound.what, f"task.{bound.what}")
    if bound.what in values:
        yield task
    value = values[bound.what](bound.value) if bound.what in values else str(bound.value)
    # multiplied, as a quotient would be rounded to whole bytes
    yield f"{task} {bound.operator} {value}{' * task.cpus' if bound.what == 'memory_per_cpu' else ''}"


def _held(size: _Size, pool: Pool, gpus: _Gpus, *, raised: bool) -> Iterator[str]:
    yield f"task.cpus <= {size.cpus}"
    yield from _memory(size, pool)
    if pool.by_cpu and raised and pool.memory_per_cpu_mib is not None and not pool.whole_nodes:
        yield f"{charged.raised_cpus(pool)} <= {size.node_cpus}"
    yield from gpus.held(size.gpus)


def _memory(size: _Size, pool: Pool) -> Iterator[str]:
    if not pool.by_cpu and pool.memory != "ignored":
        yield f"{MEMORY} <= {groovy.memory_bound(size.memory_mib)}"
        return
    if pool.limits.memory_mib is not None:
        yield f"{MEMORY} <= {groovy.memory_bound(pool.limits.memory_mib)}"
    if pool.memory == "compared":
        yield f"{charged.each_mib(pool)} <= {size.node_mib}"
    elif pool.memory == "reserved":
        yield f"{charged.memory_mib(pool, size.node_cpus)} <= {size.node_mib}"


@dataclass(frozen=True, slots=True)
class _Gpus:
    """The GPUs of all machines of a site. `typed`: they have several types, so the type that a task asks for counts;
    `folded`: in any case."""

    some: bool
    typed: bool
    folded: bool

    @staticmethod
    def of(pools: Sequence[Pool]) -> _Gpus:
        shapes = [shape for pool in pools for shape in (*pool.shapes, *pool.down)]
        types = {name.casefold() for shape in shapes for name in shape.gpus or () if name}
        folded = not any(pool.configured for pool in pools)
        return _Gpus(any(shape.gpus is None or shape.gpus for shape in shapes), len(types) > 1, folded)

    def held(self, gpus: tuple[tuple[str, int], ...] | None) -> Iterator[str]:
        """The condition under which a machine with these has the GPUs of a task."""
        if gpus is None or not self.some:
            return
        total = sum(count for _, count in gpus)
        if not total:
            yield f"{GPUS} == 0"
        elif not self.typed:
            yield f"{GPUS} <= {total}"
        else:
            parts = [f"{GPUS} == 0", f"!{GPU_TYPE} && {GPUS} <= {total}"]
            parts += [f"{self._is(name)} && {GPUS} <= {count}" for name, count in gpus if name]
            yield f"({' || '.join(parts)})"

    def _is(self, name: str) -> str:
        if self.folded:
            return f"{GPU_TYPE}?.toLowerCase() == {groovy.quote(name.lower())}"
        return f"{GPU_TYPE} == {groovy.quote(name)}"
