"""Rows of a trace as values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

from nfconfgen.runs.traces.field_values import LONGEST_MS, MISSING, Kinds, Numbers, zeroed

Unreadable = Callable[[str, str, int], None]
"""Reports a column, a text in it that cannot be read, and how many such texts there are."""

REQUEST = ("attempt", "cpus", "memory", "time", "disk")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one process by columns."""

    columns: Mapping[str, Sequence[str]]
    size: int
    unreadable: Unreadable

    def texts(self, name: str) -> Sequence[str]:
        return self.columns.get(name) or ("-",) * self.size

    def read(self, name: str, read: Callable[[Sequence[str]], list[int | None]]) -> list[int | None]:
        """The values of a column; None: unknown."""
        texts = self.columns.get(name)
        if texts is None:
            return [None] * self.size
        values = read(texts)
        if None in values:
            unreadable = [text for text, value in zip(texts, values, strict=True) if value is None]
            unreadable = [text for text in unreadable if text not in MISSING]
            if unreadable:
                self.unreadable(name, unreadable[0], len(unreadable))
        return values


@dataclass(frozen=True, slots=True)
class Tries:
    """Completed and failed tries of one process, in columns."""

    statuses: Sequence[str]
    exits: Sequence[str]
    asked: tuple[Sequence[str], ...]
    """Texts in the columns attempt, cpus, memory, time and disk."""
    peaks: Numbers
    """In bytes, as all sizes."""
    realtimes: Numbers
    """In ms."""
    per_cents: Numbers
    """Of one core."""
    reads: Numbers
    writes: Numbers

    def where(self, chosen: Sequence[bool]) -> Tries:
        """Those that are chosen."""
        numbers = (self.peaks, self.realtimes, self.per_cents, self.reads, self.writes)
        return Tries(
            tuple(compress(self.statuses, chosen)),
            tuple(compress(self.exits, chosen)),
            tuple(tuple(compress(texts, chosen)) for texts in self.asked),
            *(tuple(compress(values, chosen)) for values in numbers),
        )

    def requests(self) -> Iterator[tuple[str, ...]]:
        """What each of them asked for."""
        return zip(*self.asked, strict=True)

    def by_request(self) -> dict[tuple[str, ...], tuple[int, int]]:
        """The number of tries with each request, and the sum of their realtimes in ms."""
        size = len(self.statuses)
        if all(texts.count(texts[0]) == size for texts in self.asked):
            return {next(self.requests()): (size, sum(zeroed(self.realtimes)))}
        counts = Counter(self.requests())
        sums = dict.fromkeys(counts, 0)
        for request, realtime in zip(self.requests(), self.realtimes, strict=True):
            sums[request] += realtime or 0
        return {request: (times, sums[request]) for request, times in counts.items()}


def read_tries(table: Table, kinds: Kinds) -> Tries:
    """The rows of a table. What has no meaning in its column is reported."""
    return Tries(
        statuses=table.columns["status"],
        exits=table.texts("exit"),
        asked=tuple(map(table.texts, REQUEST)),
        peaks=table.read("peak_rss", kinds.size.all),
        realtimes=_realtimes(table, kinds),
        per_cents=table.read("%cpu", kinds.per_cent.each),
        reads=table.read("rchar", kinds.total.all),
        writes=table.read("wchar", kinds.total.all),
    )


def _realtimes(table: Table, kinds: Kinds) -> list[int | None]:
    """In ms; where it is missing or 0, from start to completion, or else the duration, which includes waiting."""
    values = table.read("realtime", kinds.duration.all)
    if None not in values and 0 not in values:
        return values
    starts, ends = (table.read(name, kinds.moment.all) for name in ("start", "complete"))
    durations = table.read("duration", kinds.duration.all)
    return [
        value or _span(start, end, duration if value is None else value)
        for value, start, end, duration in zip(values, starts, ends, durations, strict=True)
    ]


def _span(start: int | None, end: int | None, otherwise: int | None) -> int | None:
    return end - start if start and end and 0 <= end - start <= LONGEST_MS else otherwise
