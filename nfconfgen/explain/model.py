"""A plan with its reasons, as values that print in any form. Units are in the names; None is what is not known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that the profile sets, and where."""

    what: str
    value: str
    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Holder:
    """The node or instance that holds a request: `tasks` such requests at a time, which then take `cpus_taken`,
    `memory_taken_mib` and `gpus_taken` of it; `gpus` counts those of any type (None: not known). `known` tells in
    words how its memory is known, `time` since when (UTC)."""

    name: str
    cpus: int
    memory_mib: int
    tasks: int
    cpus_taken: int
    memory_taken_mib: int
    cpus_percent: int
    memory_percent: int
    source: str
    time: str | None
    image: str | None
    known: str
    gpus: int | None = 0
    gpus_taken: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request. `notes` say what was capped, rounded or raised, and why; `then` what follows where it fails with
    an exit code that is worth another try."""

    attempt: int
    queue: str
    cpus: int
    memory_mib: int
    time_s: int | None
    holder: Holder | None
    notes: tuple[str, ...]
    then: str
    gpus: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """One task class; `additive` ones have no attempts, their keys are added to what a task has besides."""

    kind: str
    name: str | None
    additive: bool
    said: tuple[Setting, ...]
    attempts: tuple[Attempt, ...]

    @property
    def title(self) -> str:
        return f"{self.kind} {self.name}" if self.name else "default"


@dataclass(frozen=True, slots=True)
class Retries:
    """What happens to a failed task: `attempts` in all (None: as many as the pipeline says), `again` after these
    failures, `never` after those."""

    attempts: int | None
    again: str
    never: str


@dataclass(frozen=True, slots=True)
class Site:
    """`title` is what it is in words, `limits` the most that a task may ask for, `notes` what holds for all of it,
    `retries` what a failure comes to, `lost` the loss of a machine. `unchecked` are the queues whose nodes nobody
    knows."""

    site: str
    executor: str
    title: str
    queues: tuple[str, ...]
    limits: tuple[str, ...]
    notes: tuple[str, ...]
    retries: Retries
    lost: str
    unchecked: tuple[str, ...]
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """All of it. `day` is the date it was made."""

    pipeline: str
    profile: str
    day: str
    sites: tuple[Site, ...]
