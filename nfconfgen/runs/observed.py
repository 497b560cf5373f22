"""What the tasks of each process asked for and used, as trace files and reports have it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Literal

Cause = Literal["memory", "time", "lost", "other"]
"""Why a try failed: it was killed at its memory, ended at its time limit, left no exit code, or anything else."""
CAUSES: tuple[Cause, ...] = ("memory", "time", "lost", "other")


WITH_LABEL = "withLabel:"
"""What the name of processes that are taken together by a label begins with, as in a config of Nextflow."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Tasks with nearly the same value: a bin is at most 0.4 % wide. Integers below 512 have a bin each."""

    value: float
    """The largest value in the bin."""
    count: int
    weight_s: float
    """The sum of the realtimes of these tasks."""


def gathered(bins: Iterable[Bin]) -> tuple[Bin, ...]:
    """Those with the same value as one, ascending."""
    found: dict[float, Bin] = {}
    for one in bins:
        same = found.get(one.value, Bin(one.value, 0, 0.0))
        found[one.value] = Bin(one.value, same.count + one.count, same.weight_s + one.weight_s)
    return tuple(found[value] for value in sorted(found))


def quantile(bins: Sequence[Bin], share: float, of: Callable[[Bin], float] = attrgetter("count")) -> float:
    """The value that this share of the tasks, or of what `of` gives, does not exceed; of at least one bin."""
    left = share * sum(map(of, bins))
    for one in bins:
        left -= of(one)
        if left <= 1e-9:
            return one.value
    return bins[-1].value


@dataclass(frozen=True, slots=True)
class Request:
    """What a task asked for, capped as it was submitted; None where the files do not have it."""

    cpus: int | None = None
    memory_mib: int | None = None
    time_s: int | None = None
    disk_mib: int | None = None


@dataclass(frozen=True, slots=True)
class Correlation:
    """Sums over completed tasks, for a line through x = ln(bytes read) and y = ln(peak of memory in bytes)."""

    n: int = 0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    yy: float = 0.0
    xy: float = 0.0

    @property
    def slope(self) -> float | None:
        """By which power of the input memory grows; None if all tasks read the same."""
        varied = self._varied(self.xx, self.x, self.x)
        return self._varied(self.xy, self.x, self.y) / varied if varied else None

    @property
    def r_squared(self) -> float | None:
        """The part of the variance of ln(peak) that the input explains; None if either does not vary."""
        varied = self._varied(self.xx, self.x, self.x) * self._varied(self.yy, self.y, self.y)
        return min(1.0, self._varied(self.xy, self.x, self.y) ** 2 / varied) if varied else None

    def _varied(self, products: float, one: float, other: float) -> float:
        """n times a variance or covariance; 0 where it is no more than the error of these sums."""
        if self.n < 2:
            return 0.0
        varied = products - one * other / self.n
        return varied if abs(varied) > 1e-9 * abs(products) else 0.0


@dataclass(frozen=True, slots=True)
class Observed:
    """One process. Every task and every try is counted once, in however many files it is."""

    process: str
    """The full name, as in the column `process`; of several together, their selector."""
    tasks: int
    """Completed tasks."""
    failures: Mapping[Cause, int]
    """Failed tries by cause."""
    exit_codes: Mapping[int, int]
    """The exit codes of failed tries with their counts."""
    memory_bins: tuple[Bin, ...]
    """The peaks of completed tasks in MiB, ascending."""
    unknown_memory: int
    """Completed tasks whose peak is 0 or missing: it was not measured."""
    time_bins: tuple[Bin, ...]
    """The realtimes of completed tasks in seconds, ascending."""
    cpu_bins: tuple[Bin, ...]
    """The cores that completed tasks used on average, ascending."""
    asked: Request
    """The most frequent request of first attempts."""
    asked_kinds: int
    """The number of different requests of first attempts."""
    attempts: Mapping[int, int]
    """The number of tries by attempt; empty if no file has that column."""
    unresolved_memory: tuple[int, float]
    """Tasks that failed for memory, without a later attempt in these files; their largest lower bound in MiB."""
    unresolved_time: tuple[int, float]
    """The same for time, in seconds."""
    allocated_gib_h: float
    """The memory asked for times realtime, of all tries."""
    used_gib_h: float
    """The peak times realtime, of completed tasks."""
    first_submit_ms: int | None
    """When the first of its tasks was submitted (since 1970); None: unknown."""
    first_end_ms: int | None
    """When the first of its completed tasks had ended."""
    read_bytes: int
    """The sum of rchar of completed tasks."""
    written_bytes: int
    """The sum of wchar of completed tasks."""
    input_memory: Correlation
    members: tuple[Observed, ...] = ()
    """The processes that this stands for; empty: only itself."""

    @property
    def each(self) -> tuple[Observed, ...]:
        """Single processes: these, or itself."""
        return self.members or (self,)

    @property
    def measured(self) -> int:
        """Completed tasks whose peak is known."""
        return sum(one.count for one in self.memory_bins)
