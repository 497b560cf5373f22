"""The tasks that are simulated: how many there are, in which order, what each needs and asks for."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from nfconfgen.runs.observed import Bin

Stage = Sequence[tuple[int, range]]
"""The numbers of processes, and which of their tasks run at the same time."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What one attempt asks for, and in which queue."""

    queue: str
    cpus: int
    memory_mib: int


@dataclass(frozen=True, slots=True)
class Work:
    """The tasks of a process: how many there were in `of_samples` samples, what was seen of them (at least one time;
    without any peak, no task fails), and what each attempt asks for. `once`: as many for any number of samples. The
    tasks of a sample begin once those of lower stages have ended."""

    process: str
    tasks: int
    of_samples: int
    times: tuple[Bin, ...]
    peaks: tuple[Bin, ...]
    asks: tuple[Ask, ...]
    once: bool = False
    stage: int = 0

    def total(self, samples: int) -> int:
        """How many tasks there are with so many samples."""
        return self.tasks if self.once else max(1, round(self.tasks * samples / self.of_samples))

    def drawn(self, count: int, seed: int) -> tuple[list[float], list[float]]:
        """Times and peaks of so many tasks. The same for each request, so that two runs differ by these alone."""
        source = random.Random(f"{seed} {self.process}")  # noqa: S311 - guessing them gains nothing
        return _draw(source, self.times, count), _draw(source, self.peaks, count)


def chains(works: Sequence[Work], samples: int) -> tuple[list[Iterator[Stage]], Iterator[Stage]]:
    """Sequences of stages, each of which begins when the one before has ended, and the one after all of these: what
    runs once begins with the run, or follows if its stage is the highest."""
    totals = [each.total(samples) for each in works]
    repeated = _by_stage([number for number, each in enumerate(works) if not each.once], works)
    once = [number for number, each in enumerate(works) if each.once]
    last = works[repeated[-1][0]].stage if repeated else max((works[number].stage for number in once), default=0)
    first = [iter([[(number, range(totals[number]))]]) for number in once if works[number].stage <= last]
    after = _by_stage([number for number in once if works[number].stage > last], works)
    of_samples = [_of_sample(repeated, totals, sample, samples) for sample in range(samples)]
    return [*first, *of_samples], iter([[(number, range(totals[number])) for number in stage] for stage in after])


def _by_stage(numbers: Sequence[int], works: Sequence[Work]) -> list[list[int]]:
    ordered = sorted(numbers, key=lambda number: works[number].stage)
    return [list(group) for _, group in groupby(ordered, key=lambda number: works[number].stage)]


def _of_sample(stages: Sequence[Sequence[int]], totals: Sequence[int], sample: int, samples: int) -> Iterator[Stage]:
    """The stages of one sample, among which all tasks are divided evenly."""
    for numbers in stages:
        parts = (
            (number, range(sample * totals[number] // samples, (sample + 1) * totals[number] // samples))
            for number in numbers
        )
        some = [(number, tasks) for number, tasks in parts if tasks]
        if some:
            yield some


def _draw(source: random.Random, bins: Sequence[Bin], count: int) -> list[float]:
    counts = list(accumulate(each.count for each in bins))
    if not counts or not counts[-1]:
        return [0.0] * count
    return source.choices([each.value for each in bins], cum_weights=counts, k=count)
