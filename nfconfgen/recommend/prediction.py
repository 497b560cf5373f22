"""What the next task of a process needs, as far as that follows from what its tasks have needed.

Of n tasks that were seen, any is as likely as the next one to be the largest: the next one needs more than the j-th
largest with a chance of j / (n + 1), whatever the distribution. How much more than the largest, no
distribution-free rule gives; that is learned from how far apart the largest tasks are, of this process and of all
others of the runs. Between two tasks, any need is as likely as another.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from nfconfgen.runs.observed import Bin

START_S = 1.0
"""A task holds its request longer than its command runs, also where that takes less than can be measured."""

PRIOR_PROCESSES = 4
PRIOR_GAP = 0.1
"""Gaps between the largest tasks, as logarithms of ratios: what is believed of them before any was seen, as if by so
many processes whose two largest tasks differ by a tenth."""

_SHAPES = (0.5, 1.0, 2.0, 4.0)
_SCALES = tuple(PRIOR_GAP * 2 ** (step / 2) for step in range(-16, 9))


@dataclass(frozen=True, slots=True)
class Gaps:
    """The largest tasks of a process: how many there are above the one that they are compared with, and the sum of
    the logarithms of their ratios to it."""

    count: int
    total: float


@dataclass(frozen=True, slots=True)
class Tail:
    """How far beyond the largest task another one may be: the logarithm of the ratio has a Lomax distribution, which
    is what an exponential one becomes whose rate is uncertain."""

    shape: float
    scale: float

    def beyond(self, ratio: float) -> float:
        """The chance that one beyond the largest is beyond this multiple of it."""
        return float((self.scale / (self.scale + math.log(ratio))) ** self.shape)

    def given(self, gaps: Gaps) -> Tail:
        """That of a process with these gaps."""
        return Tail(self.shape + gaps.count, self.scale + gaps.total)


def gaps(bins: Sequence[Bin]) -> Gaps:
    """Those of the largest tasks of a process: half the square root of their number, at least one."""
    tasks = sum(each.count for each in bins)
    if tasks < 2:
        return Gaps(0, 0.0)
    wanted = min(tasks - 1, max(1, round(math.sqrt(tasks) / 2)))
    largest: list[float] = []
    for each in reversed(bins):
        largest += [each.value] * min(each.count, wanted + 1 - len(largest))
        if len(largest) > wanted:
            break
    return Gaps(wanted, sum(math.log(value / largest[-1]) for value in largest[:-1]))


def common_tail(seen: Iterable[Gaps]) -> Tail:
    """The most likely tail of all processes together, before one looks at a single process."""
    known = [each for each in seen if each.count]

    def likelihood(shape: float, scale: float) -> float:
        prior = math.log(shape) + shape * math.log(scale) - (shape + 1) * math.log(scale + PRIOR_GAP)
        return PRIOR_PROCESSES * prior + sum(
            math.lgamma(shape + each.count)
            - math.lgamma(shape)
            + shape * math.log(scale)
            - (shape + each.count) * math.log(scale + each.total)
            for each in known
        )

    return Tail(*max(((shape, scale) for shape in _SHAPES for scale in _SCALES), key=lambda way: likelihood(*way)))


@dataclass(frozen=True, slots=True)
class Prediction:
    """The needs of a process, ascending; how many tasks needed more than each, and their time in seconds. One task
    more is assumed, and `unfinished` ones that nothing held: these need more than the largest, after `tail`."""

    values: tuple[float, ...]
    above: tuple[float, ...]
    above_s: tuple[float, ...]
    tasks: float
    total_s: float
    extra: float
    extra_s: float
    tail: Tail

    def more_than(self, amount: float) -> tuple[float, float]:
        """How many of `tasks` need more than this, and their time in seconds, as expected."""
        at = bisect_left(self.values, amount)
        if at < len(self.values):
            if self.values[at] > amount:
                at -= 1
            return self._between(at, amount) if at >= 0 else (self.tasks, self.total_s)
        share = self.tail.beyond(amount / self.values[-1])
        return self.extra * share, self.extra_s * share

    def _between(self, at: int, amount: float) -> tuple[float, float]:
        """The task that is one more than was seen may need less than the next larger one that was."""
        tasks, seconds = self.above[at] + self.extra, self.above_s[at] + self.extra_s
        if amount == self.values[at]:
            return tasks, seconds
        of_next = self.above[at] - self.above[at + 1]
        if of_next <= 0:
            return tasks, seconds
        part = (amount - self.values[at]) / (self.values[at + 1] - self.values[at])
        return tasks - part, seconds - part * (self.above_s[at] - self.above_s[at + 1]) / of_next


def predicted(bins: Sequence[Bin], tail: Tail, unfinished: int = 0, at_least: float = 0.0) -> Prediction:
    """The prediction from the tasks of a process (one or more), and those that did not finish with `at_least`."""
    if at_least > bins[-1].value:
        bins = [*bins, Bin(at_least, 0, 0.0)]
    counts = list(accumulate(each.count for each in reversed(bins)))
    weights = list(accumulate(each.weight_s + each.count * START_S for each in reversed(bins)))
    tasks, total_s = counts[-1], weights[-1]
    found = gaps([each for each in bins if each.count])
    # those with the largest needs, whose time stands for that of the next one
    wanted = max(1, found.count)
    near = next(at for at, count in enumerate(counts) if count >= wanted)
    longest_s = weights[near] / counts[near]
    extra = 1 + unfinished
    return Prediction(
        tuple(each.value for each in bins),
        (*reversed(counts[:-1]), 0),
        (*reversed(weights[:-1]), 0.0),
        tasks + extra,
        total_s + extra * longest_s,
        extra,
        extra * longest_s,
        tail.given(found),
    )
