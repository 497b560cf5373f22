"""Which machines are worth having for a task: those that hold it with their real memory, the cheapest first."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from nfconfgen.explain.price_file import Price
from nfconfgen.facts.model import Shape
from nfconfgen.plan import admission, placement
from nfconfgen.plan.admission import Need
from nfconfgen.recommend.proposal import Proposal
from nfconfgen.runs.observed import Bin

_TEMPTING = 0.5
"""A machine with a smaller part of the CPUs that a task asks for is not considered."""
_DIGITS = 9
"""Of USD per hour: prices that differ by less are equal."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A kind of machine, and how many of the tasks share one. `usd_per_hour` is the price of the whole machine, None
    if it is not known; `task_s` is how long a task takes, None if that is not known."""

    shape: Shape
    tasks: int
    usd_per_hour: float | None = None
    task_s: float | None = None

    @property
    def alone_usd(self) -> float | None:
        """The price of one task that is alone on it."""
        if self.usd_per_hour is None or self.task_s is None:
            return None
        return self.usd_per_hour * self.task_s / 3600

    @property
    def filled_usd(self) -> float | None:
        """The price of one task if the machine is filled."""
        return None if self.alone_usd is None else self.alone_usd / self.tasks

    @property
    def task_vcpus(self) -> float:
        """The vCPUs that one task takes of a filled machine."""
        return self.shape.cpus / self.tasks

    @property
    def task_gib(self) -> float:
        """The nominal memory that one task takes of a filled machine."""
        return self.shape.whole_mib / 1024 / self.tasks

    @property
    def rank(self) -> tuple[bool, float, float, float, int]:
        """The key that sorts the cheapest first: by price where it is known, else by vCPUs, which affect it most, and
        memory; the smaller machine among equals, as it is filled sooner."""
        share = 0.0 if self.usd_per_hour is None else round(self.usd_per_hour / self.tasks, _DIGITS)
        return self.usd_per_hour is None, share, self.task_vcpus, self.task_gib, self.shape.cpus


@dataclass(frozen=True, slots=True)
class TooSmall:
    """A kind of machine whose nominal memory holds a request of `memory_mib` while what it registers does not.
    `cpus_too`: it has fewer CPUs than the task asks for as well. `over`: the share of the tasks that were seen which
    used more than it registers; None if none was measured."""

    shape: Shape
    memory_mib: int
    cpus_too: bool
    over: float | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """The machines for the first attempt of a task and for the next one, the cheapest first; and those that seem to
    do, but do not."""

    first: tuple[Machine, ...]
    later: tuple[Machine, ...]
    just_too_small: tuple[TooSmall, ...]

    @property
    def best(self) -> Machine | None:
        """The cheapest that holds the request; None if nothing does."""
        return next(iter(self.first), None)

    @property
    def next(self) -> Machine | None:
        """The cheapest that holds the request of the next attempt; None if nothing does."""
        return next(iter(self.later), None)


@dataclass(frozen=True, slots=True)
class Buying:
    """How machines are bought and filled: `prices` by name (empty: none is known), whether `on_spot`, `whole` if each
    task has its machine alone, `at_once` as many tasks as there are to run at a time (None: enough to fill any).
    `has` are the names of those that are there, which come first among equals."""

    prices: Mapping[str, Price]
    on_spot: bool = False
    whole: bool = False
    at_once: int | None = None
    has: Collection[str] = ()

    def usd_per_hour(self, name: str) -> float | None:
        """The price of a machine; on Spot that of the dearest zone, as Batch does not choose by price alone."""
        price = self.prices.get(name, Price())
        if not self.on_spot:
            return price.usd_per_hour
        return None if price.spot is None else price.spot.most_usd_per_hour


def ranked(need: Need, task_s: float | None, shapes: Iterable[Shape], buying: Buying) -> list[Machine]:
    """The machines that hold a task with this need, the cheapest first. Those with GPUs are for tasks that ask for
    some."""
    return sorted(
        (
            Machine(shape, _sharing(shape, need, buying), buying.usd_per_hour(shape.name), task_s)
            for shape in shapes
            if placement.held(shape, need) >= 1 and _meant_for(shape, need)
        ),
        key=lambda machine: (machine.rank, machine.shape.name not in buying.has, machine.shape.size),
    )


def just_too_small(
    need: Need,
    tempting_mib: Collection[int],
    shapes: Iterable[Shape],
    bins: Sequence[Bin],
    like: Collection[str] = (),
) -> list[TooSmall]:
    """The machines whose nominal memory holds the need, or one of the other requests that one would think of (MiB),
    while what they register does not. First those of the families of the machines `like`, then those that lack no
    CPUs; the smaller ones first. `bins` are the peaks of the tasks that were seen."""
    families, found = {_family(name) for name in like}, []
    for shape in shapes:
        trapped = [mib for mib in (need.memory_mib, *tempting_mib) if shape.memory_mib < mib <= shape.whole_mib]
        if trapped and shape.cpus >= _TEMPTING * need.cpus and _meant_for(shape, need):
            found.append(TooSmall(shape, trapped[0], shape.cpus < need.cpus, share_over(bins, shape.memory_mib)))
    return sorted(
        found,
        key=lambda each: (
            _family(each.shape.name) not in families,
            max(0, need.cpus - each.shape.cpus),
            each.shape.size,
        ),
    )


def machines_for(tasks: int, task_s: float, per_machine: int, within_s: float, start_s: float) -> int | None:
    """How many machines run so many tasks of `task_s` seconds within `within_s` seconds, each started for it within
    `start_s`; None if not even one task ends in time."""
    in_turn = math.floor((within_s - start_s) / task_s + 1e-9)
    if in_turn < 1:
        return None
    return math.ceil(tasks / (in_turn * per_machine))


def need_of(proposal: Proposal) -> Need | None:
    """What a first attempt needs if the proposal is followed; None if nothing is known of its memory."""
    asked = proposal.observed.asked
    memory_mib = proposal.memory.mib if proposal.memory is not None else asked.memory_mib
    if memory_mib is None:
        return None
    return Need(proposal.cpus or asked.cpus or 1, memory_mib, proposal.time_s or asked.time_s)


def usual_s(bins: Sequence[Bin]) -> float | None:
    """The mean time of tasks with these times, in seconds; None if there are none."""
    tasks = sum(each.count for each in bins)
    return sum(each.weight_s for each in bins) / tasks if tasks else None


def share_over(bins: Sequence[Bin], amount: float) -> float | None:
    """The share of the tasks that used more than this; None if there are none."""
    tasks = sum(each.count for each in bins)
    return sum(each.count for each in bins if each.value > amount) / tasks if tasks else None


def _sharing(shape: Shape, need: Need, buying: Buying) -> int:
    if buying.whole:
        return 1
    held = placement.held(shape, need)
    return held if buying.at_once is None else max(1, min(held, buying.at_once))


def _meant_for(shape: Shape, need: Need) -> bool:
    """Whether it has GPUs as the task asks for, or none."""
    if need.gpus is None or not need.gpus.count:
        return not shape.gpu_count()
    return admission.has_gpus(shape, need.gpus)


def _family(name: str) -> str:
    return name.partition(".")[0]
