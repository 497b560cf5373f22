"""How facts are queried."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from nfconfgen.executors.interface import Executor, ScopeFacts


class Calls:
    """How many requests were made, by operation; counted from several threads."""

    def __init__(self) -> None:
        self.by_operation: Counter[str] = Counter()
        self._lock = Lock()

    def count(self, model: Any, **_: Any) -> None:
        with self._lock:
            self.by_operation[str(model.name)] += 1


@dataclass(frozen=True, slots=True)
class Collected:
    """The facts of a cluster that were collected elsewhere."""

    executor: Executor
    facts: ScopeFacts


@dataclass(frozen=True, slots=True)
class Query:
    """`now` (ISO 8601, UTC) is the time of new facts, `refresh` ignores remembered ones. `collected` are facts from
    elsewhere; without `network` nothing else is queried. `alone`: all sites of the executor share one
    scope, so facts without a name can only be of that one. `fallback`: if there is no answer, remembered facts do."""

    now: str
    refresh: bool = False
    collected: tuple[Collected, ...] = ()
    network: bool = True
    alone: bool = True
    fallback: bool = True
    calls: Calls = field(default_factory=Calls)
