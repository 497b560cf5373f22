"""Further notes on processes, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nfconfgen.recommend.proposal import FEW_TASKS, Proposal
from nfconfgen.runs.observed import Observed, quantile
from nfconfgen.terminal.visible import visible

EXPLAINED = 0.6
"""The part of the variance of memory from which on the input is worth a note."""
_GROWS, _MOST = 0.2, 3.0
_NEAR = 0.9


def notes(found: Sequence[Proposal]) -> Iterator[str]:
    """Where the input explains the memory, where it may follow the request, and what was not measured."""
    for each in found:
        for one in each.observed.each:
            yield from (f"{visible(one.process)}: {text}" for text in (*_by_input(one), *_by_request(one)))
        yield from (f"{visible(each.process)}: {text}" for text in _unmeasured(each))


def _by_input(each: Observed) -> Iterator[str]:
    line = each.input_memory
    if line.n < FEW_TASKS or line.r_squared is None or line.slope is None:
        return
    if line.r_squared >= EXPLAINED and _GROWS <= line.slope <= _MOST:
        yield (
            f"what a task reads explains {line.r_squared:.0%} of how much memory differs (input to the power of "
            f"{line.slope:.1f}); a config cannot see that, so a run with larger files needs its own trace"
        )


def _by_request(each: Observed) -> Iterator[str]:
    asked, bins = each.asked.memory_mib, each.memory_bins
    if asked and bins and quantile(bins, 0.5) >= _NEAR * asked and bins[-1].value <= asked:
        yield "half of its tasks use nearly all that they ask for; a tool that takes what it gets would do with less"


def _unmeasured(each: Proposal) -> Iterator[str]:
    if each.memory is None and each.observed.tasks:
        yield "no peak was measured, so nothing is proposed for its memory"
