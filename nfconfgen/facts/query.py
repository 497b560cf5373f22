"""How facts are queried, and the files that stand in for a query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from nfconfgen.executors.interface import Executor, ScopeFacts
from nfconfgen.findings import Finding


class Calls:
    """The number of requests by operation; several threads may count."""

    def __init__(self) -> None:
        self.by_operation: Counter[str] = Counter()
        self._lock = Lock()

    def count(self, model: Any, **_: Any) -> None:
        with self._lock:
            self.by_operation[str(model.name)] += 1


@dataclass(frozen=True, slots=True)
class Collected:
    """What a file holds of the facts of a cluster, collected on another machine or written by hand: nothing if it has
    `faults`. `doubts` are parts that could not be read."""

    executor: Executor
    facts: ScopeFacts | None
    doubts: Sequence[str] = ()
    faults: Sequence[Finding] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """`now` (ISO 8601, UTC) is the time of new facts, `refresh` ignores remembered ones. `collected` are facts from
    another machine; without `network` nothing else is queried. `alone`: all sites of the executor share one scope, so
    facts without a name can only belong to that one. `fallback`: without an answer, remembered facts are used."""

    now: str
    refresh: bool = False
    collected: tuple[Collected, ...] = ()
    network: bool = True
    alone: bool = True
    fallback: bool = True
    calls: Calls = field(default_factory=Calls)

    @property
    def faults(self) -> tuple[Finding, ...]:
        """What is wrong in the files of collected facts."""
        return tuple(fault for one in self.collected for fault in one.faults)


def read_all(paths: Iterable[Path], executors: Mapping[str, Executor]) -> tuple[Collected, ...]:
    """The facts in these files. UnreadableError if one of them cannot hold any."""
    executor = collecting(executors)
    assert executor.read_collected is not None
    return tuple(Collected(executor, *executor.read_collected(path)) for path in paths)


def collecting(executors: Mapping[str, Executor]) -> Executor:
    """The executor whose facts can be collected; there is only one so far, so the files need not name it."""
    return next(executor for executor in executors.values() if executor.collect is not None)
