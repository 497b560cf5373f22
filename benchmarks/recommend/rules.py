"""The rules that are compared. Each gets the tasks of a process that were seen, and gives its request in MiB."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from nfconfgen.recommend.proposal import proposals
from nfconfgen.runs.read_runs import read


class Task(NamedTuple):
    """A task that completed: its peak, the memory that it asked for at first, its time."""

    peak_mib: float
    asked_mib: float
    hours: float


Seen = Mapping[str, Sequence[Task]]
Rule = Callable[[Seen], Mapping[str, float]]
"""The request of each process; none: as the pipeline asks."""


class Charged(NamedTuple):
    """What a task reserves beyond what it uses (MiB·h), and how many of its tries fail."""

    wasted: float
    failed: int


def charged(task: Task, request_mib: float) -> Charged:
    """With too little the whole time is lost, and twice as much is asked for."""
    wasted, failed = 0.0, 0
    while request_mib < task.peak_mib:
        wasted, failed, request_mib = wasted + request_mib * task.hours, failed + 1, 2 * request_mib
    return Charged(wasted + (request_mib - task.peak_mib) * task.hours, failed)


def as_asked(seen: Seen) -> dict[str, float]:
    return {}


def largest(seen: Seen) -> dict[str, float]:
    return {name: max(task.peak_mib for task in tasks) for name, tasks in seen.items()}


def percentile(percent: float, factor: float) -> Rule:
    def rule(seen: Seen) -> dict[str, float]:
        return {
            name: factor * _percentile([task.peak_mib for task in tasks], percent) for name, tasks in seen.items()
        }

    return rule


def tovar(seen: Seen) -> dict[str, float]:
    """The first allocation with the least waste over what was seen (Tovar et al., A Job Sizing Strategy for
    High-Throughput Scientific Workflows, 2018, doi:10.1109/TPDS.2017.2762310), with the peaks as candidates."""

    def waste(tasks: Sequence[Task], request_mib: float) -> float:
        return sum(charged(task, request_mib).wasted for task in tasks)

    return {
        name: min({task.peak_mib for task in tasks}, key=lambda mib, tasks=tasks: waste(tasks, mib))  # type: ignore[misc]
        for name, tasks in seen.items()
    }


def witt(seen: Seen) -> dict[str, float]:
    """Mean and standard deviation, without a predictor of the input (after Witt et al., Feedback-based resource
    allocation for batch scheduling of scientific workflows, 2019, doi:10.1109/HPCS48598.2019.9188055)."""
    return {
        name: statistics.fmean(peaks) + statistics.pstdev(peaks)
        for name, peaks in ((name, [task.peak_mib for task in tasks]) for name, tasks in seen.items())
    }


def ours(chance: float) -> Rule:
    """By a trace of these tasks, read as any other."""

    def rule(seen: Seen) -> dict[str, float]:
        head = "process\tstatus\texit\tattempt\tmemory\trealtime\tpeak_rss\n"
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "trace.txt")
            path.write_text(head + "".join(_row(name, task) for name, tasks in seen.items() for task in tasks))
            found = proposals(read([path]).processes.values(), chance)
        return {each.process: each.memory.mib for each in found if each.memory is not None}

    return rule


def _row(name: str, task: Task) -> str:
    numbers = (round(task.asked_mib * 2**20), round(task.hours * 3_600_000), round(task.peak_mib * 2**20))
    return f"{name}\tCOMPLETED\t0\t1\t{numbers[0]}\t{numbers[1]}\t{numbers[2]}\n"


def _percentile(values: Sequence[float], percent: float) -> float:
    """With a line between the two next to it."""
    ordered = sorted(values)
    at = percent / 100 * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


RIVALS: Mapping[str, Rule] = {
    "as the pipeline asks": as_asked,
    "maximum": largest,
    "95th percentile × 1.2": percentile(95, 1.2),
    "99th percentile × 1.1": percentile(99, 1.1),
    "Tovar": tovar,
    "Witt": witt,
}
