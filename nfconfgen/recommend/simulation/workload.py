"""The tasks that are simulated: how many there are, in which order, what each needs and asks for."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from nfconfgen.runs.observed import Bin

Stage = tuple[int, range]
"""The number of a process, and which of its tasks run at the same time."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What one attempt asks for, and in which queue."""

    queue: str
    cpus: int
    memory_mib: int


@dataclass(frozen=True, slots=True)
class Work:
    """The tasks of a process: how many there were in `of_samples` samples, what was seen of them (at least one time;
    without any peak, no task fails), and what each attempt asks for. `once`: as many for any number of samples."""

    process: str
    tasks: int
    of_samples: int
    times: tuple[Bin, ...]
    peaks: tuple[Bin, ...]
    asks: tuple[Ask, ...]
    once: bool = False

    def total(self, samples: int) -> int:
        """How many tasks there are with so many samples."""
        return self.tasks if self.once else max(1, round(self.tasks * samples / self.of_samples))

    def drawn(self, count: int, seed: int) -> tuple[list[float], list[float]]:
        """Times and peaks of so many tasks. The same for each request, so that two runs differ by these alone."""
        source = random.Random(f"{seed} {self.process}")  # noqa: S311 - guessing them gains nothing
        return _draw(source, self.times, count), _draw(source, self.peaks, count)


def chains(works: Sequence[Work], samples: int, in_turn: bool) -> tuple[list[Iterator[Stage]], Iterator[Stage]]:
    """Sequences of stages, each of which begins when the one before has ended, and the one after all of these."""
    totals = [each.total(samples) for each in works]
    single = [(number, range(total)) for number, total in enumerate(totals)]
    if not in_turn:
        return [iter([stage]) for stage in single], iter(())
    repeated = [number for number, each in enumerate(works) if not each.once]
    last = max(repeated, default=len(works))
    of_samples = [_of_sample(repeated, totals, sample, samples) for sample in range(samples)]
    others = [iter([stage]) for stage in single[:last] if works[stage[0]].once]
    return [*others, *of_samples], iter([stage for stage in single[last:] if works[stage[0]].once])


def _of_sample(repeated: Sequence[int], totals: Sequence[int], sample: int, samples: int) -> Iterator[Stage]:
    """The stages of one sample, among which all tasks are divided evenly."""
    for number in repeated:
        tasks = range(sample * totals[number] // samples, (sample + 1) * totals[number] // samples)
        if tasks:
            yield number, tasks


def _draw(source: random.Random, bins: Sequence[Bin], count: int) -> list[float]:
    counts = list(accumulate(each.count for each in bins))
    if not counts or not counts[-1]:
        return [0.0] * count
    return source.choices([each.value for each in bins], cum_weights=counts, k=count)
