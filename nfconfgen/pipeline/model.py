"""What a pipeline's files say, as values, each with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nfconfgen.findings import Finding, Place

Scope = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """One `key = value` of a config. `path` is its whole scope, a selector being one step of it, as Nextflow keeps
    it: ('process', 'withLabel:process_high', 'ext', 'args'). `number` counts in the order in which Nextflow reads.
    `literal` is the value where it is one text or number; `sometimes` where a condition decides."""

    path: Scope
    place: Place
    number: int
    literal: str | None = None
    sometimes: bool = False


@dataclass(frozen=True, slots=True)
class Include:
    """One `includeConfig`: the files it may mean, or that nobody can tell (`unclear`). `ours` is the name of the
    generated file that it includes."""

    scope: Scope
    place: Place
    number: int
    targets: tuple[str, ...]
    sometimes: bool = False
    unclear: bool = False
    ours: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """All of a pipeline's config: nextflow.config and what it includes."""

    settings: tuple[Setting, ...] = ()
    includes: tuple[Include, ...] = ()
    scopes: Mapping[Scope, Place] = field(default_factory=dict)
    """Every block, also an empty one, where it is opened first."""


@dataclass(frozen=True, slots=True)
class Directive:
    """A directive in the body of a process."""

    name: str
    literal: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Process:
    """A process as a script defines it."""

    name: str
    place: Place
    directives: tuple[Directive, ...] = ()

    @property
    def dynamic(self) -> bool:
        """Whether a label is worked out only when the pipeline runs."""
        return any(d.name == "label" and d.literal is None for d in self.directives)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(d.literal for d in self.directives if d.name == "label" and d.literal is not None)


@dataclass(frozen=True, slots=True)
class Task:
    """A process by one of the names under which the pipeline runs it: the same as `process.name` unless it is
    included under another one, and the whole name with the workflows around it."""

    process: Process
    alias: str
    qualified: str


@dataclass(frozen=True, slots=True)
class Sources:
    """A pipeline as it is told: by its files, or (`by`) by Nextflow too. `complete` is False where a script could not
    be found or told: then what is missing from `tasks` proves nothing. `findings` say what could not be read."""

    folder: str
    config: Config
    tasks: tuple[Task, ...]
    params: frozenset[str]
    complete: bool = True
    findings: tuple[Finding, ...] = ()
    by: str = "its files"

    @property
    def main(self) -> str:
        return f"{self.folder}/nextflow.config" if self.folder != "." else "nextflow.config"
