"""Adds up the rows of one process."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import mul
from typing import cast

from nfconfgen.runs.observed import CAUSES, Cause, Correlation, Observed, Request
from nfconfgen.runs.traces.field_values import Kinds, Numbers, zeroed
from nfconfgen.runs.traces.histogram import Histogram
from nfconfgen.runs.traces.tries import Tries

_MIB = 1 << 20
_GIB_HOUR = (1 << 30) * 3_600_000
"""In bytes times milliseconds."""
_MOST_KINDS = 2000


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed try, with what it used and asked for; None: unknown."""

    cause: Cause
    exit_code: int | None
    attempt: int | None
    peak_bytes: int | None
    memory_bytes: int | None
    realtime_ms: int | None
    time_ms: int | None


@dataclass(slots=True)
class Tally:
    """Bounded, however many rows there are."""

    tasks: int = 0
    unknown_memory: int = 0
    memory: Histogram = field(default_factory=Histogram)
    time: Histogram = field(default_factory=Histogram)
    cpu: Histogram = field(default_factory=Histogram)
    failures: Counter[Cause] = field(default_factory=Counter)
    exit_codes: Counter[int] = field(default_factory=Counter)
    attempts: Counter[int] = field(default_factory=Counter)
    """0: unknown."""
    requests: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """Texts of attempt, cpus, memory, time and disk."""
    bounds: dict[tuple[Cause, int], list[int]] = field(default_factory=dict)
    """By cause and attempt how many tries failed, and the largest of their lower bounds (bytes, ms)."""
    first_submit_ms: int | None = None
    first_end_ms: int | None = None
    allocated: int = 0
    used: int = 0
    read_bytes: int = 0
    written_bytes: int = 0
    sums: list[float] = field(default_factory=lambda: [0.0] * 6)

    def add_moments(self, submit_ms: int | None, end_ms: int | None) -> None:
        """The first ones of some tasks."""
        self.first_submit_ms = _earlier(self.first_submit_ms, submit_ms)
        self.first_end_ms = _earlier(self.first_end_ms, end_ms)

    def add_tries(self, request: tuple[str, ...], times: int, realtime_ms: int, kinds: Kinds) -> None:
        """Completed and failed tries with one request, and the sum of their realtimes."""
        if request in self.requests or len(self.requests) < _MOST_KINDS:
            self.requests[request] += times
        attempt, _, memory, *_ = request
        self.attempts[kinds.attempt[attempt] or 0] += times
        self.allocated += (kinds.size[memory] or 0) * realtime_ms

    def add_completed(self, tries: Tries) -> None:
        peaks, realtimes = tries.peaks, tries.realtimes
        self.tasks += len(peaks)
        weights = zeroed(realtimes)
        known, weights_of_known = _known(_without_zeros(peaks), weights)
        self.unknown_memory += len(peaks) - len(known)
        self.memory.add([-(-peak // _MIB) for peak in known], weights_of_known)
        self.used += sum(map(mul, known, weights_of_known))
        times, weights_of_times = _known(realtimes, weights)
        self.time.add([-(-ms // 1000) for ms in times], weights_of_times)
        self.cpu.add(*_known(tries.per_cents, weights))
        self.read_bytes += sum(zeroed(tries.reads))
        self.written_bytes += sum(zeroed(tries.writes))
        self._correlate(_without_zeros(tries.reads), _without_zeros(peaks))

    def _correlate(self, reads: Numbers, peaks: Numbers) -> None:
        if None in reads or None in peaks:
            pairs = [pair for pair in zip(reads, peaks, strict=True) if None not in pair]
            reads, peaks = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        x, y = (list(map(math.log, cast("Sequence[int]", values))) for values in (reads, peaks))
        more = (len(x), sum(x), sum(y), sum(map(mul, x, x)), sum(map(mul, y, y)), sum(map(mul, x, y)))
        self.sums = [one + other for one, other in zip(self.sums, more, strict=True)]

    def add_failure(self, failure: Failure) -> None:
        self.failures[failure.cause] += 1
        code = failure.exit_code
        if code is not None and (code in self.exit_codes or len(self.exit_codes) < _MOST_KINDS):
            self.exit_codes[code] += 1
        if failure.attempt is None or failure.cause not in ("memory", "time"):
            return
        of_memory = failure.cause == "memory"
        asked, used = (
            (failure.memory_bytes, failure.peak_bytes) if of_memory else (failure.time_ms, failure.realtime_ms)
        )
        found = self.bounds.setdefault((failure.cause, failure.attempt), [0, 0])
        found[0] += 1
        found[1] = max(found[1], asked or 0, used or 0)

    def observed(self, process: str, kinds: Kinds) -> Observed:
        first = _first_requests(self.requests, kinds)
        n, *sums = self.sums
        return Observed(
            process=process,
            tasks=self.tasks,
            failures={cause: self.failures[cause] for cause in CAUSES},
            exit_codes=_sorted(self.exit_codes),
            memory_bins=self.memory.as_bins(),
            unknown_memory=self.unknown_memory,
            time_bins=self.time.as_bins(),
            cpu_bins=self.cpu.as_bins(divisor=100),
            asked=max(first, key=lambda request: first[request], default=Request()),
            asked_kinds=len(first),
            attempts=_sorted(self.attempts, least=1),
            unresolved_memory=self._unresolved("memory", _MIB),
            unresolved_time=self._unresolved("time", 1000),
            allocated_gib_h=self.allocated / _GIB_HOUR,
            used_gib_h=self.used / _GIB_HOUR,
            first_submit_ms=self.first_submit_ms,
            first_end_ms=self.first_end_ms,
            read_bytes=self.read_bytes,
            written_bytes=self.written_bytes,
            input_memory=Correlation(int(n), *sums),
        )

    def _unresolved(self, cause: Cause, unit: int) -> tuple[int, float]:
        """Failures without a later attempt, and their largest lower bound."""
        left = [
            (missing, bound / unit)
            for (why, attempt), (failed, bound) in self.bounds.items()
            if why == cause and (missing := failed - self.attempts[attempt + 1]) > 0
        ]
        return sum(missing for missing, _ in left), max((bound for _, bound in left), default=0.0)


def _earlier(one: int | None, other: int | None) -> int | None:
    return min(one, other) if one is not None and other is not None else one or other


def _first_requests(requests: Mapping[tuple[str, ...], int], kinds: Kinds) -> Counter[Request]:
    """Of first attempts, and of those whose attempt is unknown."""
    found: Counter[Request] = Counter()
    for (attempt, *asked), times in requests.items():
        if (kinds.attempt[attempt] or 1) == 1:
            cpus, memory, time, disk = asked
            found[
                Request(
                    kinds.count[cpus],
                    _rounded_up(kinds.size, memory, _MIB),
                    _rounded_up(kinds.duration, time, 1000),
                    _rounded_up(kinds.size, disk, _MIB),
                )
            ] += times
    return found


def _rounded_up(kind: Mapping[str, int | None], text: str, unit: int) -> int | None:
    value = kind[text]
    return -(-value // unit) if value else None


def _sorted(counts: Mapping[int, int], least: int | None = None) -> dict[int, int]:
    return {number: counts[number] for number in sorted(counts) if least is None or number >= least}


def _without_zeros(values: Numbers) -> Numbers:
    """Unknown for 0."""
    return [value or None for value in values] if 0 in values else values


def _known(values: Numbers, weights: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    """The values that are known, with their weights."""
    if None not in values:
        return cast("Sequence[int]", values), weights
    pairs = [(value, weight) for value, weight in zip(values, weights, strict=True) if value is not None]
    return [value for value, _ in pairs], [weight for _, weight in pairs]
