"""The plan of each process of a pipeline: what it asks for on every attempt, who set that, and what holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from nfconfgen.facts.model import Shape
from nfconfgen.findings import Finding, Place
from nfconfgen.pipeline.model import Task
from nfconfgen.plan.model import SitePlan
from nfconfgen.processes.precedence import Value
from nfconfgen.processes.sides import Sides

T = TypeVar("T", covariant=True)


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """The value of one directive: None if it is not set or, with a reason in `unknown`, not known. `by` is the
    setting that it comes from, `cut_by` the limits that lower it, if they do."""

    value: T | None = None
    by: Value | None = None
    unknown: str = ""
    cut_by: Value | None = None

    @property
    def capped(self) -> bool:
        return self.cut_by is not None

    @property
    def place(self) -> Place | None:
        return self.by.place if self.by is not None else None


_OPTIONS = "clusterOptions"
SIZES = ("cpus", "memory", "time")
DIRECTIVES: Mapping[str, str] = {
    "cpus": "cpus",
    "memory_mib": "memory",
    "time_s": "time",
    "gpus": "accelerator",
    "queue": "queue",
    "options": _OPTIONS,
}
"""The fields of `Asks`, and Nextflow's directives."""


@dataclass(frozen=True, slots=True)
class Asks:
    """What one attempt submits: CPUs, MiB, seconds, GPUs as (number, type), the queue, and other options of it; and
    to which executor."""

    cpus: Asked[int] = field(default_factory=Asked)
    memory_mib: Asked[int] = field(default_factory=Asked)
    time_s: Asked[int] = field(default_factory=Asked)
    gpus: Asked[tuple[int, str]] = field(default_factory=Asked)
    queue: Asked[str] = field(default_factory=Asked)
    options: Asked[str] = field(default_factory=Asked)
    executor: Asked[str] = field(default_factory=Asked)

    @property
    def unknown(self) -> dict[str, str]:
        """Directive → why its value is not known. Other options do not decide whether it fits."""
        return {name: one.unknown for name, one in self.by_directive.items() if one.unknown and name != _OPTIONS}

    @property
    def by_directive(self) -> dict[str, Asked[object]]:
        """By the name of the directive in Nextflow."""
        return {directive: getattr(self, field) for field, directive in DIRECTIVES.items()}


@dataclass(frozen=True, slots=True)
class ProcessAttempt:
    """One attempt. `shape` is the machine that holds it (None: none does, or that is not known), `findings` are about
    a request that does not fit."""

    number: int
    asks: Asks
    shape: Shape | None = None
    findings: tuple[Finding, ...] = ()
    checked: bool = False
    """Whether it was compared with what the queue offers."""


@dataclass(frozen=True, slots=True)
class ProcessPlan:
    """All attempts of one process as these parsers read its config."""

    task: Task
    attempts: tuple[ProcessAttempt, ...]
    parsers: tuple[str, ...]

    @property
    def known(self) -> bool:
        return not any(attempt.asks.unknown for attempt in self.attempts)

    @property
    def unfit(self) -> bool:
        """Whether its queue does not hold one of its attempts."""
        return any(attempt.findings for attempt in self.attempts)


@dataclass(frozen=True, slots=True)
class SiteProcesses:
    """The processes on one site, in the order of the pipeline; two plans if the parsers read one differently."""

    site: SitePlan
    processes: tuple[ProcessPlan, ...]
    sides: Sides
    unused: frozenset[str] = frozenset()
    """Qualified names of those that runs never come to, as the profile says."""
