"""What `Executor.examine` and `Executor.measure` are given, and what they return."""

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
    """What `examine` works with: a profile, its text as a document, what the lock knows of the executor by scope, and
    how a plan is made of other facts than those of the lock."""

    profile: Profile
    document: Document
    known: Mapping[str, ScopeFacts]
    query: Query
    plan: Callable[[Facts], Plan]
    info: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Examined:
    """`checks` and `queues` say how much was looked at."""

    findings: tuple[Finding, ...]
    checks: int
    queues: int


@dataclass(frozen=True, slots=True)
class Measure:
    """`queues` empty: all of the profile. `again`: also what is measured already. `yes`: do not ask the user."""

    path: Path
    queues: tuple[str, ...] = ()
    scale: bool = False
    again: bool = False
    yes: bool = False
    timeout_s: float = 900
    poll_s: float = 10


@dataclass(frozen=True, slots=True)
class Core:
    """What `measure` needs of the core: facts queried anew, a plan, and a lock that remembers them."""

    gather: Callable[[Profile, Lock], Gathered]
    plan: Callable[[Profile, Facts], Plan]
    remember: Callable[[Path, Lock, Gathered], None]
    show: Callable[[Sequence[Finding]], None]
    console: Console
