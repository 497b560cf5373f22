"""Arguments and results of `Executor.examine`, `measure` and `provision`, and the tables of checks of the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from nfconfgen.executors.interface import ScopeFacts
from nfconfgen.facts.gather import Gathered
from nfconfgen.facts.lock import Lock
from nfconfgen.facts.model import Facts
from nfconfgen.facts.query import Query
from nfconfgen.findings import Finding, Level, Place
from nfconfgen.plan.model import Plan
from nfconfgen.profile.document.yaml12 import Document
from nfconfgen.profile.model import Profile
from nfconfgen.terminal.console import Console

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Examination:
    """The input of `examine`: a profile, its text as a document, the facts of the executor in the lock by scope, and
    a function that makes a plan of the sites with these facts, of no others."""

    profile: Profile
    document: Document
    known: Mapping[str, ScopeFacts]
    query: Query
    plan: Callable[[Facts], Plan]
    info: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Examined:
    """`checks` and `queues` count what was examined; `asked` is how, for `--verbose`, unless it was by AWS calls."""

    findings: tuple[Finding, ...]
    checks: int
    queues: int
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What a check found; its rule is the key of the check in its table."""

    place: Place
    message: str
    advice: str = ""
    level: Level = "error"


Checks = Mapping[str, Callable[[S], Iterator[Fault]]]
"""A table of checks by rule. A check yields nothing if all is well, and for what could not be queried."""


def run(checks: Checks[S], subjects: Iterable[S]) -> Iterator[Finding]:
    """The findings of all checks of a table on all subjects."""
    for subject in subjects:
        for rule, check in checks.items():
            for fault in check(subject):
                yield Finding(fault.place, rule, fault.message, fault.advice, fault.level)


@dataclass(frozen=True, slots=True)
class Measure:
    """`queues` empty: all of the profile. `again`: also measure what is measured already. `yes`: do not ask the
    user."""

    path: Path
    queues: tuple[str, ...] = ()
    scale: bool = False
    again: bool = False
    yes: bool = False
    timeout_s: float = 900
    poll_s: float = 10


@dataclass(frozen=True, slots=True)
class Provision:
    """What to do with that which a site declares: compare it with what exists, make or update it, or remove it.
    `yes`: do not ask the user."""

    action: Literal["diff", "deploy", "destroy"]
    yes: bool = False
    timeout_s: float = 3600
    poll_s: float = 5


@dataclass(frozen=True, slots=True)
class Core:
    """The functions of the core that `measure` needs: query facts, make a plan, and store the facts in the lock."""

    gather: Callable[[Profile, Lock], Gathered]
    plan: Callable[[Profile, Facts], Plan]
    remember: Callable[[Path, Lock, Gathered], None]
    show: Callable[[Sequence[Finding]], None]
    console: Console
