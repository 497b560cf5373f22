"""A check: a rule, and a function that says where a subject breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from nfconfgen.findings import Finding, Level, Place

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Fault:
    """What a check found; the table it stands in knows the rule."""

    place: Place
    message: str
    advice: str = ""
    level: Level = "error"


@dataclass(frozen=True, slots=True)
class Check(Generic[S]):
    """`look` gives nothing for what is in order, and for what could not be asked."""

    rule: str
    look: Callable[[S], Iterator[Fault]]


def run(checks: Sequence[Check[S]], subjects: Iterable[S]) -> Iterator[Finding]:
    """What all checks of a table find in all subjects."""
    for subject in subjects:
        for check in checks:
            for fault in check.look(subject):
                yield Finding(fault.place, check.rule, fault.message, fault.advice, fault.level)
