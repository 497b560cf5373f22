"""How facts are queried, and the file that carries collected facts from a login node to another machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from nfconfgen import __version__, jsontext
from nfconfgen.errors import UnreadableError
from nfconfgen.executors.interface import Executor, ScopeFacts
from nfconfgen.facts import decode
from nfconfgen.profile.read import read_text

FORMAT = 1
LARGEST_BYTES = 64 * 1024 * 1024


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
    """The facts of a cluster that were collected on another machine."""

    executor: Executor
    facts: ScopeFacts


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


def to_text(facts: ScopeFacts) -> str:
    return jsontext.dumps({"nfconfgen_collected": FORMAT, "nfconfgen": __version__, "facts": facts.to_json()})


def read_all(paths: Iterable[Path], executors: Mapping[str, Executor]) -> tuple[Collected, ...]:
    """The facts in these files. UnreadableError if `to_text` did not write one of them."""
    return tuple(_read(path, collecting(executors)) for path in paths)


def collecting(executors: Mapping[str, Executor]) -> Executor:
    """The executor whose facts can be collected; there is only one so far, so the files need not name it."""
    return next(executor for executor in executors.values() if executor.collect is not None)


def _read(path: Path, executor: Executor) -> Collected:
    try:
        data = decode.mapping("", jsontext.loads(read_text(path, LARGEST_BYTES)))
        if decode.number("nfconfgen_collected", data.get("nfconfgen_collected")) != FORMAT:
            raise ValueError(f"format {data['nfconfgen_collected']} is unknown")
        return Collected(executor, executor.read_facts(data.get("facts"), "facts"))
    except ValueError as error:
        raise UnreadableError(
            f"{path}: not printed by nfconfgen facts --collect: {error}: collect the facts again on a login node"
        ) from error
