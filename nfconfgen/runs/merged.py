"""Several processes as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from nfconfgen.runs.observed import CAUSES, Bin, Correlation, Observed


def merged(name: str, some: Sequence[Observed]) -> Observed:
    """One process of this name with all their tasks; what it asked for is what most of these did."""
    asked: Counter[object] = Counter()
    for each in some:
        asked[each.asked] += each.tasks
    return Observed(
        process=name,
        tasks=sum(each.tasks for each in some),
        failures={cause: sum(each.failures[cause] for each in some) for cause in CAUSES},
        exit_codes=_counts(each.exit_codes for each in some),
        memory_bins=_bins(some, lambda each: each.memory_bins),
        unknown_memory=sum(each.unknown_memory for each in some),
        time_bins=_bins(some, lambda each: each.time_bins),
        cpu_bins=_bins(some, lambda each: each.cpu_bins),
        asked=max(some, key=lambda each: asked[each.asked]).asked,
        asked_kinds=len(asked),
        attempts=_counts(each.attempts for each in some),
        unresolved_memory=_unresolved(each.unresolved_memory for each in some),
        unresolved_time=_unresolved(each.unresolved_time for each in some),
        allocated_gib_h=sum(each.allocated_gib_h for each in some),
        used_gib_h=sum(each.used_gib_h for each in some),
        first_submit_ms=_first(each.first_submit_ms for each in some),
        first_end_ms=_first(each.first_end_ms for each in some),
        read_bytes=sum(each.read_bytes for each in some),
        written_bytes=sum(each.written_bytes for each in some),
        # how much one process needs for what it reads says nothing about another
        input_memory=Correlation(),
        members=tuple(some),
    )


def _bins(some: Sequence[Observed], of: Callable[[Observed], Sequence[Bin]]) -> tuple[Bin, ...]:
    found: dict[float, Bin] = {}
    for one in (one for each in some for one in of(each)):
        same = found.get(one.value, Bin(one.value, 0, 0.0))
        found[one.value] = Bin(one.value, same.count + one.count, same.weight_s + one.weight_s)
    return tuple(found[value] for value in sorted(found))


def _counts(some: Iterable[Mapping[int, int]]) -> dict[int, int]:
    found: Counter[int] = Counter()
    for each in some:
        found.update(each)
    return {number: found[number] for number in sorted(found)}


def _unresolved(some: Iterable[tuple[int, float]]) -> tuple[int, float]:
    counts, bounds = zip(*some, strict=True)
    return sum(counts), max(bounds)


def _first(some: Iterable[int | None]) -> int | None:
    known = list(some)
    return None if None in known else min(moment for moment in known if moment is not None)
