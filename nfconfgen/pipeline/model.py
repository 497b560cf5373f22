"""The content of a pipeline's files as values, each with its position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nfconfgen.findings import Finding, Place
from nfconfgen.pipeline.tokens import Token

Scope = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """One `key = value` of a config. `path` is its whole scope, a selector being one part of it:
    ('process', 'withLabel:process_high', 'ext', 'args'). `number` counts in the order in which Nextflow reads.
    `literal`: the value if it is one string or number. `sometimes`: a condition decides."""

    path: Scope
    place: Place
    number: int
    literal: str | None = None
    sometimes: bool = False
    code: tuple[Token, ...] = field(default=(), compare=False, repr=False)
    """The tokens of the value; empty if only Nextflow knows the setting."""


@dataclass(frozen=True, slots=True)
class Include:
    """One `includeConfig`. `unclear`: its file is known only at run time. `ours` is the name of the generated file
    that it includes."""

    scope: Scope
    place: Place
    number: int
    unclear: bool = False
    ours: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """A pipeline's whole config: nextflow.config and the files that it includes."""

    settings: tuple[Setting, ...] = ()
    includes: tuple[Include, ...] = ()
    scopes: Mapping[Scope, Place] = field(default_factory=dict)
    """The first position of every block, also of an empty one."""
    functions: Mapping[str, tuple[Token, ...]] = field(default_factory=dict)
    """The tokens after the name of each function."""
    files: tuple[str, ...] = ()
    """The files that were read."""
    definitions: Mapping[str, str] = field(default_factory=dict)
    """The code of each variable that a file defines for itself."""


@dataclass(frozen=True, slots=True)
class Directive:
    name: str
    literal: str | None
    place: Place
    code: tuple[Token, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Process:
    """A process as a script defines it."""

    name: str
    place: Place
    directives: tuple[Directive, ...] = ()

    @property
    def dynamic(self) -> bool:
        """Whether a label is known only at run time."""
        return any(d.name == "label" and d.literal is None for d in self.directives)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(d.literal for d in self.directives if d.name == "label" and d.literal is not None)


@dataclass(frozen=True, slots=True)
class Task:
    """A process under one of the names that the pipeline runs it by. `alias` equals `process.name` unless it is
    included under another name; `qualified` is the name with the workflows around it."""

    process: Process
    alias: str
    qualified: str


@dataclass(frozen=True, slots=True)
class Sources:
    """A pipeline as its files define it or, as in `by`, Nextflow too. `complete` is False if a script could not be
    found or read: then `tasks` may lack some. `findings` are about what could not be read."""

    folder: str
    config: Config
    tasks: tuple[Task, ...]
    params: frozenset[str]
    complete: bool = True
    findings: tuple[Finding, ...] = ()
    typed: Mapping[str, str] = field(default_factory=dict)
    """The types of params that the `params` block of the main script declares (Nextflow 25.10)."""
    by: str = "its files"

    @property
    def main(self) -> str:
        return f"{self.folder}/nextflow.config" if self.folder != "." else "nextflow.config"
