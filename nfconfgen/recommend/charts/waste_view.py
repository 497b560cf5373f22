"""Memory that is reserved and not used, by process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nfconfgen.recommend.charts.words import amount
from nfconfgen.recommend.proposal import MIB_S, Proposal
from nfconfgen.wording import counted

_MOST = 20
_LEAST_SHARE = 0.002


@dataclass(frozen=True, slots=True)
class WasteBar:
    """GB·h as text, and in percent of the longest bar."""

    name: str
    before: str
    after: str
    before_percent: float
    after_percent: float


def waste_view(found: Sequence[Proposal]) -> list[WasteBar]:
    """The largest first; those that waste next to nothing, or are too many, are one bar at the end."""
    wasted = [(each.process, *_wasted(each)) for each in found if each.reserved_before]
    wasted.sort(key=lambda each: (-each[1], each[0]))
    total = sum(each[1] for each in wasted)
    own = [each for each in wasted[:_MOST] if max(each[1:]) >= _LEAST_SHARE * total]
    rest = wasted[len(own) :]
    if len(rest) == 1:
        own, rest = wasted, []
    if rest:
        name = f"{counted(len(rest), 'other process', 'other processes')}"
        own = [*own, (name, sum(each[1] for each in rest), sum(each[2] for each in rest))]
    longest = max((max(each[1:]) for each in own), default=0.0) or 1.0
    return [
        WasteBar(
            name, amount(before), amount(after), round(100 * before / longest, 2), round(100 * after / longest, 2)
        )
        for name, before, after in own
    ]


def _wasted(each: Proposal) -> tuple[float, float]:
    """Before and after, in GB·h."""
    before = each.reserved_before / MIB_S - each.observed.used_gib_h
    return max(0.0, before), max(0.0, before - each.saved / MIB_S)
