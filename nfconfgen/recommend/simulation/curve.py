"""A number over time, in bounded memory however long and busy the time is."""

from __future__ import annotations

Points = tuple[tuple[float, int], ...]
"""A step function: from each time on (seconds, ascending), this value."""

MOST = 256
"""The largest number of points of a curve."""


class Curve:
    """The largest value in each of at most `MOST` intervals of equal width; the width doubles as time passes."""

    def __init__(self) -> None:
        self.peak = 0
        self._width = 1.0
        self._largest: list[int] = []
        self._since = 0.0
        self._value = 0

    def at(self, time_s: float, value: int) -> None:
        """From now on, this is the value. Times must not decrease; of several values at one time, the last counts."""
        self._hold(time_s)
        self._value = value

    def points(self, until_s: float) -> Points:
        """The curve up to this time, where it becomes 0."""
        self._hold(until_s)
        found: list[tuple[float, int]] = [(0.0, 0)]
        for number, value in enumerate(self._largest):
            if value != found[-1][1]:
                found.append((number * self._width, value))
        if found[-1][1]:
            found.append((max(until_s, found[-1][0]), 0))
        return tuple(found[1:] if len(found) > 1 and found[1][0] == 0 else found)

    def _hold(self, until_s: float) -> None:
        """The value lasted until then."""
        if until_s <= self._since:
            return
        while until_s > MOST * self._width:
            self._width *= 2
            halves = [*self._largest, 0]
            self._largest = [max(halves[at : at + 2]) for at in range(0, len(self._largest), 2)]
        first, last = int(self._since / self._width), int(until_s / self._width)
        if until_s > last * self._width:
            last += 1
        self._largest += [0] * (last - len(self._largest))
        for number in range(first, last):
            self._largest[number] = max(self._largest[number], self._value)
        self.peak = max(self.peak, self._value)
        self._since = until_s
