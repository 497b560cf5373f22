"""A simulation of a run with many samples on the queues of a site: machines, waiting tasks, time and cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nfconfgen.recommend.proposal import MIB_S
from nfconfgen.recommend.simulation.curve import Points
from nfconfgen.recommend.simulation.engine import Engine
from nfconfgen.recommend.simulation.queue_machines import Queue
from nfconfgen.recommend.simulation.workload import Ask, Work
from nfconfgen.runs.observed import Observed

SIMPLIFIED = (
    "time and peak memory of a task are drawn independently of each other, from what was seen",
    "a task that needs more memory than it asks for fails at its end, and its next attempt takes as long",
    "a queue starts its oldest tasks first, and smaller ones where those do not fit",
    "no Spot instance is reclaimed, no file is staged, and the queues have no other users",
)
"""What a reader of the results has to know."""


@dataclass(frozen=True, slots=True)
class QueueUse:
    """What happened on a queue: its machines over time (in seconds, from their start to their end), and the most."""

    queue: Queue
    running: Points
    peak: int
    machine_h: float

    @property
    def cost(self) -> float | None:
        return None if self.queue.price is None else self.machine_h * self.queue.price


@dataclass(frozen=True, slots=True)
class Fleet:
    """A simulated run, by what runs of `of_samples` samples needed. `stages`: how many a sample has. `end_s`: the end
    of the last task; `failed`: attempts that ran out of memory; `lost`: tasks whose last attempt did, which would end
    the run (here it goes on)."""

    samples: int
    of_samples: int
    stages: int
    queues: tuple[QueueUse, ...]
    waiting: Points
    most_waiting: int
    end_s: float
    tasks: int
    failed: int
    lost: int
    reserved_gib_h: float

    @property
    def machine_h(self) -> float:
        return sum(each.machine_h for each in self.queues)

    @property
    def cost(self) -> float | None:
        """None unless the price of each machine that ran is known."""
        costs = [each.cost for each in self.queues if each.machine_h]
        known = [cost for cost in costs if cost is not None]
        return sum(known) if known and len(known) == len(costs) else None


def samples_of(seen: Iterable[Observed]) -> int:
    """How many samples the runs had, as far as one can guess: the most frequent number of tasks of a process, the
    larger one of two. What has a single task runs once, and does not count."""
    counts = Counter(each.tasks for each in seen if each.tasks > 1)
    return max(counts, key=lambda tasks: (counts[tasks], tasks), default=1)


def work(each: Observed, asks: Sequence[Ask], of_samples: int, stage: int = 0) -> Work | None:
    """What is to be simulated of a process; None if no time of a task is known, or it asks for nothing."""
    if not each.time_bins or not asks:
        return None
    once = each.tasks == 1 < of_samples
    return Work(each.process, each.tasks, of_samples, each.time_bins, each.memory_bins, tuple(asks), once, stage)


def fleet(
    works: Sequence[Work],
    queues: Sequence[Queue],
    samples: int,
    submitted: int | None = None,
    seed: int = 1,
) -> Fleet:
    """The run of so many samples. ValueError if a request fits on no machine of its queue, or there is no such queue.

    `submitted`: at most so many tasks wait or run at a time (`executor.queueSize` of Nextflow).
    """
    engine = Engine(works, queues, samples, submitted, seed)
    engine.run()
    uses = [
        QueueUse(each.queue, each.curve.points(engine.now), each.curve.peak, each.machine_s / 3600)
        for each in engine.queues.values()
    ]
    return Fleet(
        samples=samples,
        of_samples=max((each.of_samples for each in works), default=1),
        stages=len({each.stage for each in works if not each.once}),
        queues=tuple(uses),
        waiting=engine.waiting.points(engine.end_s),
        most_waiting=engine.waiting.peak,
        end_s=engine.end_s,
        tasks=engine.tasks,
        failed=engine.failed,
        lost=engine.lost,
        reserved_gib_h=engine.reserved_mib_s / MIB_S,
    )
