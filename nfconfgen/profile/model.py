"""What a profile says, as values. No fact about any machine in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from nfconfgen.executors.interface import Executor
from nfconfgen.findings import Place

T = TypeVar("T")

Growth = Literal["attempt", "double", "same"]
Otherwise = Literal["finish", "terminate", "ignore"]
Fit = Literal["instance", "request", "share"]
Kind = Literal["default", "label", "process"]
Scalar = str | int | float | bool
Param = Scalar | None | list["Param"] | dict[str, "Param"]


@dataclass(frozen=True, slots=True)
class Located(Generic[T]):
    """A value and where the profile says it."""

    value: T
    place: Place


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`revision` is empty where none is named; `nextflow` is the oldest version, as (24, 4)."""

    name: str
    run: str
    revision: str
    nextflow: tuple[int, ...]
    nextflow_place: Place

    @property
    def nextflow_text(self) -> str:
        """That version as Nextflow writes its own: 24.04.2."""
        year, month, *patch = self.nextflow
        return ".".join([str(year), f"{month:02d}", *map(str, patch)])


@dataclass(frozen=True, slots=True)
class Retry:
    """What one site does with a task that fails; None: not set, so the pipeline's own policy holds. `exit_codes` are
    inclusive ranges, in the order written; `lost`: a task without any exit code is worth another try."""

    attempts: int | None = None
    exit_codes: tuple[tuple[int, int], ...] | None = None
    lost: bool | None = None
    otherwise: Otherwise | None = None
    memory: Growth = "same"

    @property
    def sets_strategy(self) -> bool:
        """Whether it says what becomes of a failure: `errorStrategy` is written then, and replaces the pipeline's.
        A single attempt is only had that way, as Nextflow takes `maxRetries = 0` for 1."""
        return self.attempts == 1 or not (self.exit_codes is None and self.lost is None and self.otherwise is None)

    @property
    def ends(self) -> Otherwise:
        """What becomes of a failure that is not tried again, where it sets a strategy; else as in Nextflow."""
        return self.otherwise or "terminate"

    def again(self, code: int | None) -> bool:
        """Whether it sends a failure with this exit code (None: without any) into another try."""
        if self.attempts == 1:
            return False
        if code is None:
            return bool(self.lost)
        return any(low <= code <= high for low, high in self.exit_codes or ())


@dataclass(frozen=True, slots=True)
class Accelerator:
    """GPUs of one task; none where `count` is 0, of any type where `type` is empty."""

    count: int
    type: str = ""


@dataclass(frozen=True, slots=True)
class TaskClass:
    """What one kind of task needs on one site, all levels merged; None = said nowhere.

    `name` is the selector: a label or process name (or pattern), empty for the default. `place` is where the
    class is named. One that says neither cpus nor memory is `additive`: no request of its own, its keys are added
    to whatever the task's other labels say, as with nf-core's process_long. Without `sets_cpus` nobody says how many,
    and `cpus` is the one that Nextflow gives unless the pipeline says more.
    """

    kind: Kind
    name: str
    place: Place
    cpus: Located[int]
    memory_mib: Located[int] | None
    time_s: Located[int] | None
    disk_mib: Located[int] | None
    container: Located[str] | None
    accelerator: Located[Accelerator] | None = None
    additive: bool = False
    sets_cpus: bool = True

    @property
    def title(self) -> str:
        return self.name or "default"


@dataclass(frozen=True, slots=True)
class Limits:
    """The most one task may ask for; None = no limit known."""

    cpus: int | None = None
    memory_mib: int | None = None
    time_s: int | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a site. Each executor has a subclass with its own; these are all that the core reads."""

    @property
    def fit(self) -> Fit:
        """How a request is fitted to the machine that holds it."""
        return "request"

    @property
    def asks_memory(self) -> bool:
        """Whether the memory of a task is passed to the scheduler; it is planned in any case."""
        return True


@dataclass(frozen=True, slots=True)
class Launch:
    """The params of a run, and of the single-sample first run (already merged).

    `results` is the param among them that says where results go; empty = none is known.
    """

    params: Mapping[str, Param]
    warmup: Mapping[str, Param]
    results: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """A local folder to copy to S3; `include` empty = all files."""

    source: str
    target: str
    include: str


@dataclass(frozen=True, slots=True)
class Site:
    """One place to run at. `tasks` is empty where the pipeline brings its own numbers, `queues` where they are chosen
    among those that there are. `param_names` are all that the profile names for it, those of the launch too."""

    name: str
    place: Place
    executor: Executor
    settings: Settings
    queues: tuple[Located[str], ...]
    queues_place: Place
    tasks: tuple[TaskClass, ...]
    retry: Retry
    limits: Limits
    params: Mapping[str, Param]
    work_dir: str
    launch: Launch
    param_names: tuple[Located[str], ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """A whole profile. `source` is its file name, without folders: it goes into outputs. Measured memory older
    than `max_age_s` is not trusted in silence."""

    source: str
    output: str
    pipeline: Pipeline
    sites: tuple[Site, ...]
    uploads: tuple[Upload, ...]
    max_age_s: int
    output_place: Place
