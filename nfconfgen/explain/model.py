"""A plan with its reasons, as values that print in any form. Units are in the names; None is what is not known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class From:
    """A number that the profile says, and where."""

    what: str
    value: str
    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Holder:
    """The node or instance that holds a request. `tasks` such requests share it and fill it so far."""

    name: str
    cpus: int
    memory_mib: int
    tasks: int
    cpus_percent: int
    memory_percent: int
    source: str
    time: str | None
    known: str


@dataclass(frozen=True, slots=True)
class Failure:
    """What a failure leads to: `exit_codes` in words, `next_attempt` None: the task is given up."""

    exit_codes: str
    next_attempt: int | None
    then: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request. `memory_mib` is what is planned; `notes` say what was capped, rounded or raised, and why."""

    attempt: int
    queue: str
    cpus: int
    memory_mib: int
    time_s: int | None
    holder: Holder | None
    notes: tuple[str, ...]
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """One task class; `additive` ones have no attempts, their keys are added to what a task has besides."""

    kind: str
    name: str | None
    additive: bool
    sources: tuple[From, ...]
    attempts: tuple[Attempt, ...]

    @property
    def title(self) -> str:
        return self.name or "default"


@dataclass(frozen=True, slots=True)
class Site:
    site: str
    executor: str
    queues: tuple[str, ...]
    limits: tuple[str, ...]
    tasks: tuple[Task, ...]
