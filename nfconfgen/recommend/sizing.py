"""The request of each process for which a run is expected to reserve the least, with a bound on its second tries.

A request that is too small loses the whole time of the task at that request, and the next try asks for more; one that
is too large reserves memory that is not used. Second tries are a budget of the whole run: they are spent where one of
them saves most.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from nfconfgen.plan.attempts import grown
from nfconfgen.profile.retry_settings import Growth
from nfconfgen.recommend.prediction import Prediction

Attempts = Callable[[float, int], float]
"""What the n-th try asks for (from 1) if the first one asks for this."""

BEYOND_LARGEST = 10.0
"""No request is more than so many times the largest task, and that only of tasks that hardly take any time."""

MARGIN = 0.92
"""The part of the budget that is planned with: the choice favours the processes whose needs were underestimated, the
more so the more of them may fail."""

MOST_OF_ONE = 15.0
"""No process has a chance of a second try that is more than so many times that of the run, if its tasks allow it."""

MOST_FAILING = 0.75
"""No request is worth trying that fails more often, however cheap a run with it seems to be."""

ENOUGH_TASKS = 5
"""With fewer tasks, a request is at least the largest of them: they are too little evidence for less."""

ATTENTION = 0.01
"""A second try costs at least this part of what a task of the run reserves: somebody has to look at it."""

SPARE = 0.0005
"""What one process may reserve in addition, as a part of the run, so that its request is not a tiny one."""

_STEPS = tuple(math.log(BEYOND_LARGEST) / 1.3**step for step in range(28))
"""Beyond the largest task, as logarithms of ratios: down to a thousandth more."""

_PARTS = (0.25, 0.5, 0.75)
_WIDE = 1.01
"""Requests between two needs are worth a look if these differ by more."""

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


def attempts_by(growth: Growth) -> Attempts:
    """What the tries ask for with this growth."""
    return lambda amount, attempt: float(grown(int(amount), attempt, growth))


def choices(
    prediction: Prediction, most: float, rounded: Callable[[float], float], attempts: Attempts = doubled
) -> list[Choice]:
    """The requests that are worth a look, ascending: each need that was seen, some between them, and some beyond the
    largest, up to `most`."""
    values = prediction.values
    wide = [(low, high) for low, high in pairwise(values) if high > _WIDE * low]
    between = [low + part * (high - low) for low, high in wide for part in _PARTS]
    beyond = [values[-1] * math.exp(step) for step in _STEPS]
    amounts = {rounded(value) for value in (*values, *between, *beyond)}
    if most < max(amounts):
        amounts = {most, *(amount for amount in amounts if amount <= most)}
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
        holding = [each for each in self.choices if each.amount >= self.largest] or self.choices[-1:]
        wanted = self.choices if self.tasks >= ENOUGH_TASKS else holding
        return replace(self, choices=[each for each in wanted if each.failures <= chance] or holding)

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


def generous(found: Mapping[str, Choice], processes: Mapping[str, Options], small: float) -> dict[str, Choice]:
    """The choices with those below `small` raised towards it, where that is next to nothing for the run: tiny needs
    vary by what an interpreter or a library takes, of which the tasks that were seen may show nothing."""
    spare = SPARE * sum(processes[name].tasks * each.reserved for name, each in found.items())

    def raised(name: str, each: Choice) -> Choice:
        more = [
            one
            for one in processes[name].choices
            if each.amount < one.amount <= small and processes[name].tasks * (one.reserved - each.reserved) <= spare
        ]
        return more[-1] if more else each

    return {name: raised(name, each) for name, each in found.items()}
