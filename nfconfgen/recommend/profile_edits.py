"""What proposals change in a profile: the requests of its classes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nfconfgen.profile.document.new_text import Value
from nfconfgen.profile.document.yaml12 import Path
from nfconfgen.profile.units import memory_text, time_text
from nfconfgen.recommend.proposal import Proposal
from nfconfgen.runs.observed import WITH_LABEL

Edits = dict[Path, Value]

NEGLIGIBLE = 0.001
"""A process whose proposal saves a smaller part of what the run reserves is left as it is."""


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(:[A-Za-z_][A-Za-z0-9_]*)*")
_LONGEST_NAME = 300


@dataclass(frozen=True, slots=True)
class Chosen:
    """The proposals that are worth a line in the profile, those that are not, and those of processes whose name would
    be a pattern as a selector."""

    written: tuple[Proposal, ...]
    negligible: tuple[Proposal, ...]
    unnamed: tuple[Proposal, ...] = ()

    def without(self, processes: Container[str]) -> Chosen:
        """Without what would be written for these."""
        return replace(self, written=tuple(each for each in self.written if each.process not in processes))


@dataclass(frozen=True, slots=True)
class Classes:
    """Where a profile has, or would have, what these processes ask for: `present` are the processes that it names
    anywhere, `single` the short names that one of these processes has alone."""

    present: frozenset[str]
    single: frozenset[str]

    @classmethod
    def of(cls, data: Mapping[str, Any], processes: Iterable[str]) -> Classes:
        # a full name would hide what a site sets for the short one
        places: list[Path] = [(), *(("sites", site) for site in data.get("sites", {}))]
        present = {name for place in places for name in mapping_in(data, (*place, "tasks", "processes"))}
        short = Counter(map(_short, processes))
        return cls(frozenset(present), frozenset(name for name, count in short.items() if count == 1))

    def path(self, process: str) -> Path:
        """The class of a label, or of this process alone: as the profile has it, or else its full name, which is
        stronger in Nextflow than any other, and which the pipeline's own config seldom has."""
        if process.startswith(WITH_LABEL):
            return "labels", process.removeprefix(WITH_LABEL)
        short = _short(process)
        by_short_name = process not in self.present and short in self.present & self.single
        return "processes", short if by_short_name else process


def _short(process: str) -> str:
    return process.rpartition(":")[2]


def worthwhile(found: Sequence[Proposal]) -> Chosen:
    """Those that save something, and those of processes that asked for too little, or for what is not known."""
    total = sum(each.reserved_before for each in found)
    worth = [each for each in found if _worth_it(each, total)]
    named = [each for each in worth if _is_named(each.process)]
    return Chosen(
        tuple(named),
        tuple(each for each in found if each not in worth and each.memory is not None),
        tuple(each for each in worth if each not in named),
    )


def edits(data: Mapping[str, Any], written: Sequence[Proposal]) -> dict[str, Edits]:
    """The values to be set in a profile with these data for each process, by their paths."""
    return _set(data, written, _wanted)


def as_asked(data: Mapping[str, Any], found: Sequence[Proposal]) -> Edits:
    """The same, of all processes, with what these asked for in the past."""
    return together(_set(data, [each for each in found if each.observed.asked.memory_mib], _asked))


def together(edits: Mapping[str, Edits]) -> Edits:
    """Those of all processes."""
    return {path: value for one in edits.values() for path, value in one.items()}


def _set(
    data: Mapping[str, Any], written: Sequence[Proposal], values: Callable[[Proposal], dict[str, Value]]
) -> dict[str, Edits]:
    classes = Classes.of(data, (each.process for each in written))
    return {each.process: _of_class(data, classes.path(each.process), values(each)) for each in written}


def _of_class(data: Mapping[str, Any], own: Path, wanted: Mapping[str, Value]) -> Edits:
    found: Edits = {("tasks", *own, key): value for key, value in wanted.items()}
    for site in data.get("sites", {}):
        # what a site sets for this process replaces the shared value there
        path = ("sites", site, "tasks", *own)
        found |= {(*path, key): wanted[key] for key in wanted if key in mapping_in(data, path)}
    return found


def _worth_it(each: Proposal, total: float) -> bool:
    memory = each.memory
    if memory is None:
        return False
    if memory.before is None or memory.mib > memory.before.amount:
        return True
    return each.saved > NEGLIGIBLE * total


def _is_named(process: str) -> bool:
    """Whether it can be written: a label is one that the profile has."""
    return process.startswith(WITH_LABEL) or (_NAME.fullmatch(process) is not None and len(process) <= _LONGEST_NAME)


def _wanted(each: Proposal) -> dict[str, Value]:
    assert each.memory is not None
    wanted: dict[str, Value] = {"memory": memory_text(each.memory.mib)}
    if each.cpus is not None:
        wanted = {"cpus": each.cpus, **wanted}
    if each.time_s is not None:
        wanted["time"] = time_text(each.time_s)
    return wanted


def _asked(each: Proposal) -> dict[str, Value]:
    asked = each.observed.asked
    assert asked.memory_mib is not None
    cpus: dict[str, Value] = {"cpus": asked.cpus} if asked.cpus else {}
    time: dict[str, Value] = {"time": time_text(asked.time_s)} if asked.time_s else {}
    return {**cpus, "memory": memory_text(asked.memory_mib), **time}


def mapping_in(data: Mapping[Any, Any], path: Path) -> Mapping[Any, Any]:
    for key in path:
        found = data.get(key)
        data = found if isinstance(found, dict) else {}
    return data
