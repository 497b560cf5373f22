"""The arguments and results of `Executor.examine` and `Executor.measure`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nfconfgen.executors.interface import ScopeFacts
from nfconfgen.facts.gather import Gathered
from nfconfgen.facts.lock import Lock
from nfconfgen.facts.model import Facts
from nfconfgen.facts.query import Query
from nfconfgen.findings import Finding
from nfconfgen.plan.model import Plan
from nfconfgen.profile.document.yaml12 import Document
from nfconfgen.profile.model import Profile
from nfconfgen.terminal.console import Console


@dataclass(frozen=True, slots=True)
class Examination:
    """The input of `examine`: a profile, its text as a document, the facts of the executor in the lock by scope, and
    a function that makes a plan of other facts."""

    profile: Profile
    document: Document
    known: Mapping[str, ScopeFacts]
    query: Query
    plan: Callable[[Facts], Plan]
    info: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Examined:
    """`checks` and `queues` count what was examined."""

    findings: tuple[Finding, ...]
    checks: int
    queues: int


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
class Core:
    """The functions of the core that `measure` needs: query facts, make a plan, and store the facts in the lock."""

    gather: Callable[[Profile, Lock], Gathered]
    plan: Callable[[Profile, Facts], Plan]
    remember: Callable[[Path, Lock, Gathered], None]
    show: Callable[[Sequence[Finding]], None]
    console: Console
