"""Counts integers in logarithmic bins, so that memory is bounded however many there are."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from nfconfgen.runs.observed import Bin

_EXACT = 512
# of the 52 bits behind the leading one of a double, these are left out: 8 stay, so a bin is at most 1/256 wide
_LEFT_OUT = 44


@dataclass(slots=True)
class Histogram:
    """By key of a bin: number of values, sum of weights, largest value."""

    bins: dict[int, list[int]] = field(default_factory=dict)

    def add(self, values: Sequence[int], weights: Iterable[int]) -> None:
        """Values from 0 to 2**53, each with a weight."""
        bins, known = self.bins, self.bins.get
        keys = values if not values or max(values) < _EXACT else _keys(values)
        for key, value, weight in zip(keys, values, weights, strict=True):
            found = known(key)
            if found is None:
                bins[key] = [1, weight, value]
                continue
            found[0] += 1
            found[1] += weight
            if value > found[2]:
                found[2] = value

    def as_bins(self, divisor: int = 1) -> tuple[Bin, ...]:
        """Ascending, values divided by this; weights are in ms."""
        return tuple(
            Bin(largest / divisor if divisor > 1 else largest, count, weight / 1000)
            for _, (count, weight, largest) in sorted(self.bins.items())
        )


def _keys(values: Sequence[int]) -> list[int]:
    """A value that has a bin of its own, or the exponent and first bits of its double, which sort like values."""
    doubles = memoryview(array("d", values)).cast("B").cast("Q")
    return [value if value < _EXACT else bits >> _LEFT_OUT for value, bits in zip(values, doubles, strict=True)]
