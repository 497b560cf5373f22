"""The rules that are compared. Each gets the tasks of a process that were seen, and gives its request in MiB."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from nfconfgen.executors.table import EXECUTORS
from nfconfgen.profile.document import yaml12
from nfconfgen.profile.load import load_text
from nfconfgen.recommend.profile_edits import worthwhile
from nfconfgen.recommend.proposal import Proposal, proposals
from nfconfgen.recommend.retry_growth import growing as growing_by
from nfconfgen.runs.read_runs import read

PROFILE = """\
nfconfgen: 1
pipeline: {name: replayed}
retry: {attempts: 3, exit_codes: [137], memory: double}
sites: {here: {executor: slurm}}
"""


class Task(NamedTuple):
    """A task that completed: its peak, the memory that it asked for at first, its time."""

    peak_mib: float
    asked_mib: float
    hours: float


class Request(NamedTuple):
    """What the first try asks for, and each further one in addition; 0: twice as much as the one before."""

    mib: float
    more_mib: float = 0.0

    def next(self) -> Request:
        return self._replace(mib=self.mib + (self.more_mib or self.mib))


Seen = Mapping[str, Sequence[Task]]
Rule = Callable[[Seen], Mapping[str, Request]]
"""The request of each process; none: as the pipeline asks."""


class Charged(NamedTuple):
    """What a task reserves beyond what it uses (MiB·h), and how many of its tries fail."""

    wasted: float
    failed: int


def charged(task: Task, request: Request) -> Charged:
    """With too little the whole time is lost."""
    wasted, failed = 0.0, 0
    while request.mib < task.peak_mib:
        wasted, failed, request = wasted + request.mib * task.hours, failed + 1, request.next()
    return Charged(wasted + (request.mib - task.peak_mib) * task.hours, failed)


def as_asked(seen: Seen) -> dict[str, Request]:
    return {}


def largest(seen: Seen) -> dict[str, Request]:
    return {name: Request(max(task.peak_mib for task in tasks)) for name, tasks in seen.items()}


def percentile(percent: float, factor: float) -> Rule:
    def rule(seen: Seen) -> dict[str, Request]:
        return {
            name: Request(factor * _percentile([task.peak_mib for task in tasks], percent))
            for name, tasks in seen.items()
        }

    return rule


def tovar(seen: Seen) -> dict[str, Request]:
    """The first allocation with the least waste over what was seen (Tovar et al., A Job Sizing Strategy for
    High-Throughput Scientific Workflows, 2018, doi:10.1109/TPDS.2017.2762310), with the peaks as candidates."""

    def waste(tasks: Sequence[Task], request_mib: float) -> float:
        return sum(charged(task, Request(request_mib)).wasted for task in tasks)

    return {
        name: Request(min({task.peak_mib for task in tasks}, key=lambda mib, tasks=tasks: waste(tasks, mib)))  # type: ignore[misc]
        for name, tasks in seen.items()
    }


def witt(seen: Seen) -> dict[str, Request]:
    """Mean and standard deviation, without a predictor of the input (after Witt et al., Feedback-based resource
    allocation for batch scheduling of scientific workflows, 2019, doi:10.1109/HPCS48598.2019.9188055)."""
    return {
        name: Request(statistics.fmean(peaks) + statistics.pstdev(peaks))
        for name, peaks in ((name, [task.peak_mib for task in tasks]) for name, tasks in seen.items())
    }


def ours(chance: float, *, growing: bool = False) -> Rule:
    """By a trace of these tasks, read as any other; `growing`: with the growth that is proposed, too."""

    def rule(seen: Seen) -> dict[str, Request]:
        head = "process\tstatus\texit\tattempt\tmemory\trealtime\tpeak_rss\n"
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "trace.txt")
            path.write_text(head + "".join(_row(name, task) for name, tasks in seen.items() for task in tasks))
            found = proposals(read([path]).processes.values(), chance)
        more = _steps(found) if growing else {}
        return {
            each.process: Request(each.memory.mib, more.get(each.process, 0.0))
            for each in found
            if each.memory is not None
        }

    return rule


def _steps(found: Sequence[Proposal]) -> dict[str, float]:
    document, _ = yaml12.parse(PROFILE, "")
    profile = load_text(PROFILE, "", EXECUTORS).profile
    assert document is not None
    assert profile is not None
    growth = growing_by(document.data, profile, found, worthwhile(found).written)
    return {step.process: step.mib for step in growth.steps}


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
