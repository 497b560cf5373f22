"""How much memory the tasks of a process needed, and the requests that are compared with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nfconfgen.recommend.charts.scale import Scale, Tick, memory_scale, memory_ticks
from nfconfgen.runs.observed import Bin

BARS = 60
HEIGHT = 100
"""Of the bars, in the units of their paths; these are 1000 units wide, and stretched to the chart's size."""
_LEAST = 4
"""The height of a bar for a single task of many."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A line in the chart. `kind`: its style; `labels` of several lines of one kind share a row."""

    kind: str
    mib: float
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    kind: str
    at: float
    label: str
    row: int
    anchor: str
    """Which side of the line the label is at: start is right of it, end left of it."""


@dataclass(frozen=True, slots=True)
class MemoryChart:
    """`held`, `over`: paths of the bars of tasks that the proposal holds, and of those above it."""

    held: str
    over: str
    lines: tuple[Line, ...]
    rows: int
    ticks: tuple[Tick, ...]


def memory_chart(bins: Sequence[Bin], marks: Sequence[Mark], proposed_mib: float | None) -> MemoryChart:
    """The chart of these peaks (at least one) and requests, all in MiB."""
    scale = memory_scale([*(each.value for each in bins), *(mark.mib for mark in marks)])
    held, over = [0] * BARS, [0] * BARS
    for each in bins:
        bar = min(BARS - 1, int(scale.at(each.value) / 100 * BARS))
        (held if proposed_mib is None or each.value <= proposed_mib else over)[bar] += each.count
    most = max(one + other for one, other in zip(held, over, strict=True))
    below = [_height(count, most) for count in held]
    above = [_height(count, most) for count in over]
    lines = tuple(_lines(scale, marks))
    rows = max((line.row for line in lines), default=-1) + 1
    return MemoryChart(_bars(below, [0] * BARS), _bars(above, below), lines, rows, memory_ticks(scale))


def _height(count: int, most: int) -> int:
    return max(_LEAST, round(count / most * HEIGHT)) if count else 0


def _bars(heights: Sequence[int], below: Sequence[int]) -> str:
    """A path with a rectangle for each bar, on top of what is below."""
    found = []
    for number, (height, base) in enumerate(zip(heights, below, strict=True)):
        if height:
            left, right = (round(1000 * edge / BARS) for edge in (number, number + 1))
            bottom = HEIGHT - base
            found.append(f"M{left + 1} {bottom}V{max(0, bottom - height)}H{right - 1}V{bottom}z")
    return "".join(found)


def _lines(scale: Scale, marks: Sequence[Mark]) -> list[Line]:
    kinds = list(dict.fromkeys(mark.kind for mark in marks))
    found = []
    for mark in marks:
        at = scale.at(mark.mib)
        found.append(Line(mark.kind, at, mark.label, kinds.index(mark.kind), "start" if at < 50 else "end"))
    return found
