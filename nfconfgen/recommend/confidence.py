"""How sure one can be of a chance that was counted."""

from __future__ import annotations

import math

_Z = 1.6449
"""The quantile of the normal distribution for 95 %, one-sided."""


def most_likely(events: int, of: int) -> float:
    """The chance of an event that is hardly exceeded, with a confidence of 95 %, if it was seen in so many of these
    cases: the upper end of the score interval (Wilson, 1927, doi:10.1080/01621459.1927.10502953)."""
    share, z2 = events / of, _Z * _Z
    middle = share + z2 / (2 * of)
    half = _Z * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return min(1.0, (middle + half) / (1 + z2 / of))
