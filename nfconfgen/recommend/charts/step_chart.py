"""Numbers over time, as steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nfconfgen.recommend.charts.scale import Scale, Tick, count_ticks, time_ticks
from nfconfgen.recommend.simulation.curve import Points

SIZE = 1000
"""Of the paths, in both directions; they are stretched to the chart's size."""


@dataclass(frozen=True, slots=True)
class Steps:
    """A path and its style: `curve q0` … for lines, `area` for one that is filled."""

    style: str
    path: str


@dataclass(frozen=True, slots=True)
class StepChart:
    curves: tuple[Steps, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


def step_chart(curves: Sequence[tuple[str, Points]], end_s: float, most: float, y_most: int = 3) -> StepChart:
    """The chart of these curves with their styles, up to a time and a value that several charts may share."""
    x, y = Scale(0.0, max(1.0, end_s)), Scale(0.0, max(1.0, most) * 1.15)
    steps = [Steps(style, _path(points, x, y)) for style, points in curves]
    return StepChart(tuple(steps), time_ticks(x), count_ticks(y, y_most))


def _path(points: Sequence[tuple[float, int]], x: Scale, y: Scale) -> str:
    """Horizontal and vertical lines alone, from the lower left corner to the lower end of the last step."""
    found, was = [f"M0 {SIZE}"], (0, SIZE)
    for time_s, value in points:
        across, down = round(x.at(time_s) / 100 * SIZE), round(SIZE - y.at(value) / 100 * SIZE)
        if across != was[0]:
            found.append(f"H{across}")
        if down != was[1]:
            found.append(f"V{down}")
        was = (across, down)
    return "".join(found)
