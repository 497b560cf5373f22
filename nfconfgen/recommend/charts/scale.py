"""Scales of charts: where a value lies, in percent of the width or height, and which values are labelled."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_LOG_FROM = 8.0
"""A scale is logarithmic if its values differ by more than this factor."""
_MOST_TICKS = 5
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_TIME_STEPS = (1, 5, 15, 30, *(_MINUTE * n for n in (1, 2, 5, 10, 20, 30)), *(_HOUR * n for n in (1, 2, 3, 6, 12)))


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    """Percent from the low end."""
    label: str
    anchor: str
    """The alignment of text that stays within the chart, as in SVG: start, middle, end."""


@dataclass(frozen=True, slots=True)
class Scale:
    low: float
    high: float
    log: bool = False

    def at(self, value: float) -> float:
        """Percent from the low end, between 0 and 100."""
        if self.log:
            share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return round(100 * min(1.0, max(0.0, share)), 2)

    def tick(self, value: float, label: str) -> Tick:
        at = self.at(value)
        return Tick(at, label, "start" if at < 8 else "end" if at > 92 else "middle")


def memory_scale(values: Sequence[float]) -> Scale:
    """One for all of these (MiB), with some room around them."""
    low, high = max(1.0, min(values)), max(1.0, *values)
    if high > _LOG_FROM * low:
        return Scale(low / 1.25, high * 1.25, log=True)
    return Scale(0.0, high * 1.08)


def memory_ticks(scale: Scale) -> tuple[Tick, ...]:
    if scale.log:
        first = math.ceil(math.log2(scale.low))
        last = math.floor(math.log2(scale.high))
        every = next(step for step in range(1, 99) if (last - first) // step < _MOST_TICKS)
        values = [2.0**power for power in range(first + (-first) % every, last + 1, every)]
    else:
        step = 2.0 ** math.ceil(math.log2(scale.high / _MOST_TICKS))
        values = list(_multiples(step, scale.high))
    return tuple(scale.tick(value, _memory_label(value)) for value in values)


def time_ticks(scale: Scale) -> tuple[Tick, ...]:
    """For seconds from 0."""
    days = (_DAY * 10**power * n for power in range(9) for n in (1, 2, 5))
    step = next(step for step in (*_TIME_STEPS, *days) if scale.high / step <= _MOST_TICKS + 1)
    unit, word = next(
        (size, word) for size, word in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (1, "s")) if step >= size
    )
    return tuple(scale.tick(value, f"{value / unit:,.0f} {word}") for value in _multiples(step, scale.high))


def count_ticks(scale: Scale, most: int) -> tuple[Tick, ...]:
    """For whole numbers from 0, which has no tick itself."""
    steps = (10**power * n for power in range(12) for n in (1, 2, 5))
    step = next(step for step in steps if scale.high / step < most + 1)
    return tuple(scale.tick(value, f"{value:,.0f}") for value in _multiples(step, scale.high) if value)


def _multiples(step: float, most: float) -> Iterator[float]:
    yield from (step * number for number in range(int(most / step + 1e-9) + 1))


def _memory_label(mib: float) -> str:
    unit, size = next(((unit, size) for unit, size in (("TB", 1024**2), ("GB", 1024)) if mib >= size), ("MB", 1))
    return f"{mib / size:g} {unit}"
