"""The machines that are worth having, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nfconfgen.plan.admission import Need
from nfconfgen.plan.plan_table import aligned, registered
from nfconfgen.profile.units import cpus_text, memory_text, time_text
from nfconfgen.recommend.where.ranked_machines import Machine, TooSmall, machines_for
from nfconfgen.recommend.where.worth_having import Worth
from nfconfgen.terminal.visible import visible
from nfconfgen.wording import counted, listed, plural

MOST = 3


def lines(found: Sequence[Worth], where: str, machines: str, prices: str = "") -> Iterator[str]:
    """What is worth having in `where` (a region); `machines` is the word for them in the plural (`instance types`),
    `prices` where they come from (`prices of 2026-11-20`; empty: none are known). Nothing if nothing was found."""
    if not found:
        return
    by = prices or "without prices by the vCPUs and GiB that a task takes"
    yield f"{machines} worth having in {where}, {by}:"
    for each in found:
        yield ""
        yield from _of(each, machines)


def fleet(each: Worth, tasks: int, within_s: float, start_s: float) -> str:
    """`1,222 tasks within 2h: 29 c5.2xlarge`, by the mean time of its tasks, if a machine starts within `start_s`
    seconds; empty if no machine or no time is known."""
    best = each.ranking.best
    if best is None or each.task_s is None:
        return ""
    needed = machines_for(tasks, each.task_s, best.tasks, within_s, start_s)
    wanted = f"{tasks:,} {plural(tasks, 'task')} within {time_text(round(within_s))}"
    if needed is None:
        return f"{wanted}: not possible, a machine starts in {time_text(round(start_s))}, and a task takes longer"
    return f"{wanted}: {needed:,} {best.shape.name}"


def _of(each: Worth, machines: str) -> Iterator[str]:
    took = f", {time_text(max(1, round(each.task_s)))}" if each.task_s else ""
    yield f"{visible(each.process)}: {_asked(each.need)}{took}"
    yield from _table(each.ranking.first, each, machines)
    if each.later is not None and each.later != each.need:
        yield f"second tries: {_asked(each.later)}"
        yield from _table(each.ranking.later, each, machines)
    small = each.ranking.just_too_small
    if small:
        yield "too small, although they seem to do:"
        alike: dict[tuple[int, int, int, int], list[TooSmall]] = {}
        for one in small:
            key = (one.shape.cpus, one.shape.whole_mib, one.shape.memory_mib, one.memory_mib)
            alike.setdefault(key, []).append(one)
        yield from (f"  {_why(some, each.need)}" for some in list(alike.values())[:MOST])


def _table(some: Sequence[Machine], each: Worth, machines: str) -> Iterator[str]:
    if not some:
        yield f"  none of the {machines} holds it"
        return
    yield from (f"  {line}" for line in aligned([_cells(one, each) for one in some[:MOST]], frozenset({1})))


def _cells(one: Machine, each: Worth) -> Sequence[str]:
    queues = each.queues.get(one.shape.name, ())
    return (
        registered(one.shape),
        f"{one.shape.cpus} vCPUs",
        counted(one.tasks, "task"),
        _cost(one),
        f"in {', '.join(queues)}" if queues else "in none of the queues",
    )


def _cost(one: Machine) -> str:
    """`$0.0162 a task` where it is alone, `$0.0041 a task, alone $0.0162`; without prices what a task takes."""
    if one.usd_per_hour is None:
        return f"{one.task_vcpus:.3g} vCPUs, {one.task_gib:.3g} GiB a task"
    if one.alone_usd is None or one.filled_usd is None:
        return f"${one.usd_per_hour:.4g} an hour"
    alone = f", alone ${one.alone_usd:.3g}" if one.tasks > 1 else ""
    return f"${one.filled_usd:.3g} a task{alone}"


def _why(alike: Sequence[TooSmall], need: Need) -> str:
    """`c5.xlarge: nominally 8192 MiB, but it registers 7476 MiB (estimated): …`, for machines of the same size."""
    small = alike[0]
    shape = small.shape
    text = (
        f"{shape.name}: nominally {shape.whole_mib} MiB, but it registers {shape.memory_mib} MiB ({shape.origin}), "
        f"so a request for {memory_text(small.memory_mib)} never starts there"
    )
    if small.over is not None:
        text += f"; {small.over:.0%} of the tasks used more than it has"
    if small.cpus_too:
        text += f"; {cpus_text(shape.cpus)} instead of {need.cpus}"
    if len(alike) > 1:
        text += f"; the same holds for {listed(each.shape.name for each in alike[1:])}"
    return text


def _asked(need: Need) -> str:
    return f"{cpus_text(need.cpus)}, {memory_text(need.memory_mib)}"
