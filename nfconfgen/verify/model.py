"""The values to compare (cells), and the stub processes that output them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Value = object
"""A JSON value, in the units that stub processes output."""

DIRECTIVES: Mapping[str, str] = {
    "queue": "queue",
    "cpus": "cpus",
    "memory_mib": "memory",
    "time_s": "time",
    "container": "container",
    "cluster_options": "clusterOptions",
    "error_strategy": "errorStrategy",
    "max_retries": "maxRetries",
    "executor": "executor",
    "work_dir": "workDir",
}
"""The names of a cell's directive, and Nextflow's; in addition there is `params`."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value to compare. `stub` is the number of the stub process, None for the whole site. `exit_code` is that of
    the failure, for error strategies; `key` the param."""

    stub: int | None
    directive: str
    attempt: int | None = None
    exit_code: int | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Stub:
    """A stub process for one task class: `kind` and `selector` as in the profile, `name` (with the workflows around
    it) and `labels` such that only this class applies to it. `own` are the cpus, MiB and seconds that it requests
    itself, as a pipeline's process would."""

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
    """A task class that has no stub process, as another class always applies too."""

    site: str
    kind: str
    selector: str
    why: str


@dataclass(frozen=True, slots=True)
class SiteCells:
    """Everything to compare on one site: its stub processes, the planned values, and what is left out. `given` is
    the environment that its config reads."""

    site: str
    attempts: int
    exit_codes: tuple[int, ...]
    stubs: tuple[Stub, ...]
    planned: dict[Cell, Value]
    skipped: tuple[Skipped, ...]
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What Nextflow makes of a site: the value of each cell, and the paths of options that it warns of."""

    values: Mapping[Cell, Value]
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell whose value, as Nextflow resolves it with this parser, differs from the plan."""

    site: str
    parser: str
    cell: Cell
    stub: Stub | None
    planned: Value
    resolved: Value
