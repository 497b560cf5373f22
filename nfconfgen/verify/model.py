"""Cells to compare, and the throw-away processes that tell them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Value = object
"""A JSON value: what is planned is said in the terms of what Nextflow tells."""

Directive = Literal[
    "queue",
    "cpus",
    "memory_mib",
    "time_s",
    "container",
    "cluster_options",
    "error_strategy",
    "max_retries",
    "executor",
    "work_dir",
    "params",
]


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing to compare. `probe` is the number of the process that tells it, None: it holds for the whole site.
    `exit_code` is that of the failure, for error strategies; `key` the param."""

    probe: int | None
    directive: Directive
    attempt: int | None = None
    exit_code: int | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """A process that stands for one task class: `kind` and `selector` as in the profile, `name` (with the workflows
    it is called in) and `labels` such that this class and no other decides what it gets. `own` are the cpus, MiB and
    seconds it asks for itself, as a pipeline's process would."""

    kind: str
    selector: str
    name: str
    labels: tuple[str, ...] = ()
    own: tuple[int, int, int] | None = None

    @property
    def title(self) -> str:
        return self.selector or ("the pipeline's own numbers" if self.kind == "own" else "default")


@dataclass(frozen=True, slots=True)
class Skipped:
    """A task class that no process can stand for alone."""

    site: str
    kind: str
    selector: str
    why: str


@dataclass(frozen=True, slots=True)
class SiteCells:
    """Everything to compare on one site: its probes, what the plan says in each cell, and what is left out."""

    site: str
    attempts: int
    exit_codes: tuple[int, ...]
    probes: tuple[Probe, ...]
    planned: dict[Cell, Value]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell in which Nextflow, with this parser, makes something else of the files than the plan says."""

    site: str
    parser: str
    cell: Cell
    probe: Probe | None
    planned: Value
    resolved: Value
