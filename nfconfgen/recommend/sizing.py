"""The request of each process for which a run is expected to reserve the least, with a bound on its second tries.

A request that is too small loses the whole time of the task at that request, and the next try asks for more; one that
is too large reserves memory that is not used. Second tries are a budget of the whole run: they are spent where one of
them saves most.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from nfconfgen.recommend.prediction import Prediction

Attempts = Callable[[float, int], float]
"""What the n-th try asks for (from 1) if the first one asks for this."""

BEYOND_LARGEST = 2.0
"""No request is more than twice the largest task: where that is too little, a second try has as much again."""

MARGIN = 0.9
"""The part of the budget that is planned with: the choice favours the processes whose needs were underestimated, the
more so the more of them may fail."""

MOST_OF_ONE = 4.0
"""No process has a chance of a second try that is more than so many times that of the run, if its tasks allow it."""

MOST_FAILING = 0.75
"""No request is worth trying that fails more often, however cheap a run with it seems to be."""

ENOUGH_TASKS = 5
HEAD = 1.2
"""With fewer tasks, a request is at least a fifth more than the largest of them, as they are too little evidence."""

ATTENTION = 0.01
"""A second try costs at least this part of what a task of the run reserves: somebody has to look at it."""

_STEPS = tuple(math.log(BEYOND_LARGEST) / 1.3**step for step in range(24))
"""Beyond the largest task, as logarithms of ratios: from twice as much to a thousandth more."""

_TRIES = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """A request, what a task of the process is expected to reserve with it (amount × seconds, all tries), and how
    many tries of it fail."""

    amount: float
    reserved: float
    failures: float


def doubled(amount: float, attempt: int) -> float:
    return float(amount * 2 ** (attempt - 1))


def choices(
    prediction: Prediction, most: float | None, rounded: Callable[[float], float], attempts: Attempts = doubled
) -> list[Choice]:
    """The requests that are worth a look, ascending: each need that was seen, and some beyond the largest, up to
    `most` (None: unknown)."""
    largest = prediction.values[-1]
    amounts = {rounded(value) for value in (*prediction.values, *(largest * math.exp(step) for step in _STEPS))}
    if most is not None:
        within = {amount for amount in amounts if amount <= most}
        amounts = {most, *within} if most < max(amounts) else within
    return [choice(prediction, amount, attempts) for amount in sorted(amounts)]


def choice(prediction: Prediction, amount: float, attempts: Attempts = doubled) -> Choice:
    """What is to be expected of this request."""
    reserved, failures = amount * prediction.total_s, 0.0
    for attempt in range(1, _TRIES):
        tasks, seconds = prediction.more_than(attempts(amount, attempt))
        if tasks <= 0:
            break
        reserved += attempts(amount, attempt + 1) * seconds
        failures += tasks
    return Choice(amount, reserved / prediction.tasks, failures / prediction.tasks)


@dataclass(frozen=True, slots=True)
class Options:
    """The choices of a process (ascending), how many tasks it has, and the largest need that was seen."""

    choices: Sequence[Choice]
    tasks: int
    largest: float

    def within(self, chance: float) -> Options:
        """Those with at most this chance of a second try; if none has, those that hold all that was seen."""
        least = HEAD * self.largest if self.tasks < ENOUGH_TASKS else 0.0
        allowed = [each for each in self.choices if each.failures <= chance and each.amount >= least]
        return replace(
            self,
            choices=allowed
            or [each for each in self.choices if each.amount >= max(least, self.largest)]
            or self.choices[-1:],
        )

    def cheapest(self, price: float) -> Choice:
        """The best one where each failed try costs so much in addition."""
        return min(self.choices, key=lambda each: each.reserved + price * each.failures)


def chosen(processes: Mapping[str, Options], chance: float) -> dict[str, Choice]:
    """The choice for each process with which the run reserves the least, with at most this share of second tries.

    A second try is worth avoiding as long as that reserves less than 1 / `chance` tasks do; where too few tasks were
    seen, there may be more of them.
    """
    processes = {name: options.within(min(MOST_OF_ONE * chance, MOST_FAILING)) for name, options in processes.items()}
    worth = {name: options.cheapest(0.0).reserved / chance for name, options in processes.items()}
    tasks = max(1, sum(options.tasks for options in processes.values()))
    mean = sum(options.tasks * options.cheapest(0.0).reserved for options in processes.values()) / tasks
    budget, least = max(0.5, MARGIN - 2 * chance) * chance * tasks, ATTENTION * mean

    def of(price: float) -> dict[str, Choice]:
        return {name: options.cheapest(min(price, max(least, worth[name]))) for name, options in processes.items()}

    def failing(found: Mapping[str, Choice]) -> float:
        return sum(each.failures * processes[name].tasks for name, each in found.items())

    low, high = least, max(worth.values(), default=0.0)
    if failing(of(low)) <= budget:
        return of(low)
    for _ in range(60):
        price = (low + high) / 2
        low, high = (price, high) if failing(of(price)) > budget else (low, price)
    found = of(high)
    return _spent(found, processes, budget - failing(found))


def _spent(found: dict[str, Choice], processes: Mapping[str, Options], left: float) -> dict[str, Choice]:
    """The choices with what is left of the budget spent where it saves most: single steps are too large for it."""
    better = sorted(
        (
            (found[name].reserved - each.reserved) / max(1e-12, each.failures - found[name].failures),
            name,
            each.amount,
            each,
        )
        for name, options in processes.items()
        for each in options.choices
        if each.reserved < found[name].reserved
    )
    for _, name, _, each in reversed(better):
        more = processes[name].tasks * (each.failures - found[name].failures)
        if each.reserved < found[name].reserved and more <= left:
            found, left = {**found, name: each}, left - more
    return found
