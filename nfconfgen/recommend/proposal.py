"""What each process should ask for, by what its tasks have used."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from nfconfgen.profile.model import Limits
from nfconfgen.recommend.confidence import most_likely
from nfconfgen.recommend.prediction import Prediction, common_tail, gaps, predicted
from nfconfgen.recommend.sizing import Attempts, Choice, Options, choice, choices, chosen, doubled, generous
from nfconfgen.runs.observed import Bin, Observed, gathered, quantile

NO_LIMITS = Limits()
MIB_S = 1024 * 3600
"""Of one GiB·h."""
LEAST_MIB = 100
"""No request is smaller."""
SMALL_MIB = 256
"""Nor is it smaller than this, if that is not felt in the run."""
SHELL_MIB = 20
"""A scheduler counts more than the peak in a trace, as Nextflow's script around the command is in the job, too: 17
MiB more on the Slurm of tests/lab."""
FEW_TASKS = 10
"""With fewer tasks the largest one is weak evidence about the next."""
TIME_FACTOR = 2.0
"""A time limit is at least so many times the longest task: it costs nothing but a later start."""
MOST_TIME_FACTOR = 4.0
"""Nor is it more, however unsure that is: a scheduler starts long jobs later, and not on every queue."""
LEAST_TIME_S = 3600
"""No limit is shorter: the time in a trace is that of the command alone, the limit also covers images and files."""
_MEMORY_STEPS_MIB = ((20_000, 10), (50_000, 50), (100_000, 100))
_TIME_STEPS_S = ((6 * 3600, 1800), (48 * 3600, 3600))
_CPU_TOLERANCE = 0.25
_USED_WELL = 0.75


@dataclass(frozen=True, slots=True)
class Memory:
    """A request of a process, and what is to be expected of it and of the one before, by its `needs`. `surely` is the
    chance of a second try that is not exceeded with a confidence of 95 %, by the tasks that were seen alone."""

    mib: int
    expected: Choice
    before: Choice | None
    surely: float
    needs: Prediction


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a process should ask for; None: unknown, or what it asks for is right. `few`: too few tasks
    were seen to be sure."""

    observed: Observed
    memory: Memory | None
    cpus: int | None
    time_s: int | None
    few: bool

    @property
    def process(self) -> str:
        return self.observed.process

    @property
    def reserved_before(self) -> float:
        """What its tasks reserve with the request before, in MiB·s; 0 if that is not known."""
        if self.memory is None or self.memory.before is None:
            return 0.0
        return self.observed.tasks * self.memory.before.reserved

    @property
    def reserved(self) -> float:
        """What its tasks reserve with the request that is proposed, in MiB·s; 0 if there is none."""
        return self.observed.tasks * self.memory.expected.reserved if self.memory is not None else 0.0

    @property
    def saved(self) -> float:
        """What its tasks reserve less than before, in MiB·s."""
        if self.memory is None or self.memory.before is None:
            return 0.0
        return self.observed.tasks * (self.memory.before.reserved - self.memory.expected.reserved)


@dataclass(frozen=True, slots=True)
class Total:
    """Of all processes whose requests can be compared: tasks, what they reserve with the requests before and after,
    and use (GiB·h), and the tries that fail."""

    processes: int
    tasks: int
    before_gib_h: float
    after_gib_h: float
    used_gib_h: float
    failing: float


def total(found: Iterable[Proposal]) -> Total | None:
    """None if nothing can be compared."""
    compared = [each for each in found if each.reserved_before]
    tasks = sum(each.observed.tasks for each in compared)
    if not tasks:
        return None
    before = sum(each.reserved_before for each in compared) / MIB_S
    after = before - sum(each.saved for each in compared) / MIB_S
    used = sum(each.observed.used_gib_h for each in compared)
    failing = sum(each.observed.tasks * each.memory.expected.failures for each in compared if each.memory)
    return Total(len(compared), tasks, before, after, used, failing)


def proposals(
    seen: Iterable[Observed],
    chance: float,
    attempts: Callable[[str], Attempts] = lambda _: doubled,
    most: Limits = NO_LIMITS,
) -> list[Proposal]:
    """One for each process, in their order, with at most this share of second tries in a run; `attempts` gives what
    those of a process ask for. Not more than `most`, as far as that holds what was seen."""
    processes = list(seen)
    tries = {each.process: attempts(each.process) for each in processes}
    known = [each for each in processes if each.memory_bins]
    needs = {each.process: _needs(each) for each in known}
    tail = common_tail(map(gaps, needs.values()))
    predictions = {each.process: predicted(needs[each.process], tail, *each.unresolved_memory) for each in known}
    options = {
        each.process: _options(each, predictions[each.process], tries[each.process], most.memory_mib)
        for each in known
    }
    picked = generous(chosen(options, chance), options, SMALL_MIB)
    lasted = {each.process: _at_least_a_second(each.time_bins) for each in processes if each.time_bins}
    times = common_tail(map(gaps, lasted.values()))

    def of(each: Observed) -> Proposal:
        memory = limit = None
        if each.process in picked:
            memory = _memory(each, picked[each.process], predictions[each.process], tries[each.process])
        if each.process in lasted:
            lasting = predicted(lasted[each.process], times, *each.unresolved_time)
            limit = _time_s(each, lasting, chance, most.time_s)
        return Proposal(each, memory, _cpus(each), limit, each.measured < FEW_TASKS)

    return [of(each) for each in processes]


def rounded_mib(mib: float) -> float:
    """The next memory that one would write."""
    step = next((step for most, step in _MEMORY_STEPS_MIB if mib <= most), 1000)
    return max(LEAST_MIB, math.ceil(mib / step - 1e-9) * step)


def rounded_s(seconds: float) -> float:
    """The next time that one would write."""
    step = next((step for most, step in _TIME_STEPS_S if seconds <= most), 6 * 3600)
    return max(LEAST_TIME_S, math.ceil(seconds / step - 1e-9) * step)


def _needs(each: Observed) -> tuple[Bin, ...]:
    """What its tasks need, by their peaks."""
    # what held a task is enough for it
    enough = math.inf if each.failures["memory"] else each.asked.memory_mib or math.inf
    return gathered(
        replace(one, value=min(one.value + SHELL_MIB, enough) if one.value <= enough else one.value + SHELL_MIB)
        for one in each.memory_bins
    )


def _options(each: Observed, prediction: Prediction, attempts: Attempts, most_mib: int | None) -> Options:
    largest, asked = prediction.values[-1], each.asked.memory_mib
    # what a pipeline asks for and never ran out of is enough
    caps = (asked if not each.failures["memory"] else None, most_mib)
    enough = min((cap for cap in caps if cap is not None and cap >= largest), default=math.inf)
    found = choices(prediction, enough, rounded_mib, attempts)
    # what is asked for now may be as good
    more = {one for one in (SMALL_MIB, asked) if one is not None and LEAST_MIB <= one <= enough}
    found = sorted([*found, *(choice(prediction, one, attempts) for one in more)], key=lambda one: one.amount)
    return Options(found, each.measured, largest)


def _memory(each: Observed, found: Choice, prediction: Prediction, attempts: Attempts) -> Memory:
    asked = each.asked.memory_mib
    before = choice(prediction, asked, attempts) if asked else None
    over = sum(one.count for one in _needs(each) if one.value > found.amount) + each.unresolved_memory[0]
    surely = most_likely(over, each.measured + each.unresolved_memory[0])
    return Memory(int(found.amount), found, before, surely, prediction)


def _cpus(each: Observed) -> int | None:
    """As many as nearly all of its time can use."""
    asked = each.asked.cpus
    if asked is None or not each.cpu_bins:
        return None
    used = quantile(each.cpu_bins, 0.95, attrgetter("weight_s"))
    wanted = max(1, math.ceil(used - _CPU_TOLERANCE))
    return wanted if wanted <= _USED_WELL * asked or wanted > asked else None


def _time_s(each: Observed, prediction: Prediction, chance: float, most_s: int | None) -> int | None:
    """A limit that a task hardly ever comes to: all its work would be lost. Not more than was enough before."""
    asked, longest = each.asked.time_s, prediction.values[-1]
    most = min(MOST_TIME_FACTOR * longest, most_s if most_s is not None and most_s >= longest else math.inf)
    found = choices(prediction, max(LEAST_TIME_S, most), rounded_s)
    sure = [one.amount for one in found if one.failures <= chance / 10 and one.amount >= TIME_FACTOR * longest]
    limit = int(min(sure, default=found[-1].amount))
    if asked is not None and not each.failures["time"] and limit > _USED_WELL * asked:
        return None
    return limit


def _at_least_a_second(bins: Sequence[Bin]) -> tuple[Bin, ...]:
    return tuple(replace(one, value=max(one.value, 1.0)) for one in bins)
