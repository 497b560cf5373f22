"""Several processes as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from nfconfgen.runs.observed import CAUSES, Correlation, Observed, gathered


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
        memory_bins=gathered(one for each in some for one in each.memory_bins),
        unknown_memory=sum(each.unknown_memory for each in some),
        time_bins=gathered(one for each in some for one in each.time_bins),
        cpu_bins=gathered(one for each in some for one in each.cpu_bins),
        asked=max(some, key=lambda each: asked[each.asked]).asked,
        asked_kinds=len(asked),
        attempts=_counts(each.attempts for each in some),
        unresolved_memory=_unresolved(each.unresolved_memory for each in some),
        unresolved_time=_unresolved(each.unresolved_time for each in some),
        allocated_gib_h=sum(each.allocated_gib_h for each in some),
        used_gib_h=sum(each.used_gib_h for each in some),
        # when each of them began is of use, not when all did
        first_submit_ms=None,
        first_end_ms=None,
        read_bytes=sum(each.read_bytes for each in some),
        written_bytes=sum(each.written_bytes for each in some),
        # how much one process needs for what it reads is no evidence for another
        input_memory=Correlation(),
        members=tuple(some),
    )


def _counts(some: Iterable[Mapping[int, int]]) -> dict[int, int]:
    found: Counter[int] = Counter()
    for each in some:
        found.update(each)
    return {number: found[number] for number in sorted(found)}


def _unresolved(some: Iterable[tuple[int, float]]) -> tuple[int, float]:
    counts, bounds = zip(*some, strict=True)
    return sum(counts), max(bounds)
