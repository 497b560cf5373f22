"""The values of a profile; they hold no fact about any machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from nfconfgen.executors.interface import Executor
from nfconfgen.findings import Place
from nfconfgen.profile.queue_model import Located, Options, QueueRule, overriding
from nfconfgen.profile.references import Env, Text, Value
from nfconfgen.profile.retry_settings import Retry
from nfconfgen.profile.run_settings import RunSettings

Fit = Literal["instance", "request", "share"]
QueueChoice = Literal["first", "next", "auto", "rules"]
Kind = Literal["default", "label", "process"]
Scalar = str | int | float | bool


Param = Scalar | Text | None | list["Param"] | dict[str, "Param"]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`revision` is empty if none is set; `nextflow` is the oldest version that must work, as (24, 4); `unused` are
    selectors of processes that runs never come to, with their positions."""

    name: str
    run: str
    revision: str
    nextflow: tuple[int, ...]
    nextflow_place: Place
    unused: Mapping[str, Place] = field(default_factory=dict)

    @property
    def nextflow_text(self) -> str:
        """That version in the format of Nextflow: 24.04.2."""
        year, month, *patch = self.nextflow
        return ".".join([str(year), f"{month:02d}", *map(str, patch)])


@dataclass(frozen=True, slots=True)
class Accelerator:
    """GPUs of one task: none if `count` is 0, of any type if `type` is empty."""

    count: int
    type: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most one task may request; None: no limit is known."""

    cpus: int | None = None
    memory_mib: int | None = None
    time_s: int | None = None


@dataclass(frozen=True, slots=True)
class TaskClass:
    """What one kind of task needs on one site, with all levels merged; None: not set at any level.

    `name` is the selector: a label or process name (or pattern), empty for the default. `place` is the position of
    its key. A class without memory, or that sets neither cpus nor memory itself, is `additive`: no request is planned
    for it, and its keys are added to the other settings of the task, as with nf-core's process_long. Without
    `sets_cpus` no level sets cpus, and `cpus` is 1, Nextflow's default. `sets` are the keys that the class itself
    sets, not the default; retry settings as `retry.attempts`. `queue`, `options`, `retry` and `limits` are those of a
    class that sets any of them; `nextflow` are other directives by their path.
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
    sets: frozenset[str] = frozenset(("cpus", "memory", "time"))
    queue: Located[str] | None = None
    options: Options = ()
    retry: Retry | None = None
    limits: Located[Limits] | None = None
    nextflow: tuple[tuple[str, Located[object]], ...] = ()

    @property
    def title(self) -> str:
        return self.name or "default"

    @property
    def gpus(self) -> Accelerator | None:
        return self.accelerator.value if self.accelerator is not None else None


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a site. Each executor adds its own keys in a subclass; the core reads only these."""

    @property
    def fit(self) -> Fit:
        """How a request is fitted to its machine."""
        return "request"

    @property
    def choice(self) -> QueueChoice:
        """How an attempt chooses its queue, if the profile has no rules: the first that holds it, the next one with
        each attempt, or (auto) the one that suits it best."""
        return "first"

    @property
    def asks_memory(self) -> bool:
        """Whether the memory of a task is passed to the scheduler; it is always planned."""
        return True


@dataclass(frozen=True, slots=True)
class Launch:
    """The params of a run, and of the single-sample first run (already merged); `own_warmup`: the profile says what
    that run is. `results` is the param that names the folder of the results; empty if none is known. `output_dir` is
    the folder of the outputs of the workflow (`-output-dir`), `warmup_output_dir` that of the first run."""

    params: Mapping[str, Param]
    warmup: Mapping[str, Param]
    results: str = ""
    own_warmup: bool = False
    output_dir: Value = ""
    warmup_output_dir: Value = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """A local folder to copy to S3; an empty `include` means all files. `warmup`: it is that of the first run."""

    source: Value
    target: Value
    include: Value
    exclude: Value = ""
    warmup: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """A site. `tasks` is empty if the pipeline sets its own requests, `queues` if nfconfgen chooses among all that
    exist, `rules` if they do not say which task goes where. `param_names` are all params that the profile sets for
    the site, including those of the launch. `apart` are the sites as seen by task classes with a queue, options or
    retry settings of their own, each with the class in `of`, and its limits in `of_class`; `pinned`: the class
    names the queue, whatever its tasks ask for. `variant` names the variant that holds if a run names none;
    `variables` are those that its keys read; of each of the `needed` one must be set."""

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
    work_dir: Value
    launch: Launch
    run: RunSettings = field(default_factory=RunSettings)
    variant: Text | None = None
    variables: tuple[Env, ...] = ()
    needed: tuple[tuple[str, ...], ...] = ()
    param_names: tuple[Located[str], ...] = ()
    rules: tuple[QueueRule, ...] = ()
    apart: tuple[Site, ...] = ()
    of: tuple[Kind, str] | None = None
    of_class: Limits | None = None
    container_options: Value = ""
    pinned: bool = False

    @property
    def base(self) -> str:
        """The name of the site of which this is a variant; otherwise its own."""
        return self.name.partition(",")[0]

    @property
    def is_variant(self) -> bool:
        return self.name != self.base

    @property
    def most(self) -> Limits:
        """The limits of its tasks: those of a class replace those of the site wholly, as in Nextflow."""
        return self.limits if self.of_class is None else self.of_class

    @property
    def key(self) -> str:
        """The key of its facts."""
        return " ".join([self.name, *(self.of or ())])

    @property
    def seen(self) -> tuple[Site, ...]:
        """The site, and as its task classes see it."""
        return (self, *self.apart)

    @property
    def named(self) -> Iterator[Located[str]]:
        """Every queue that the profile names for the site and its task classes, one by one; not one that is known
        only when Nextflow starts."""
        for site in self.seen:
            for queue in site.queues:
                if not queue.unknown:
                    yield from (Located(name, queue.place) for name in queue.value.split(","))

    @property
    def unknown_queues(self) -> frozenset[str]:
        """The queues that are known only when Nextflow starts."""
        return frozenset(queue.value for queue in self.queues if queue.unknown)

    @property
    def ways(self) -> tuple[tuple[str, Options], ...]:
        """Every queue with the options with which tasks go there; an empty queue is the default of the scheduler."""
        if not self.rules:
            return tuple((queue.value, ()) for queue in self.queues)
        found: dict[tuple[str, Options], None] = {}
        before: list[Options] = [()]
        for rule in self.rules:
            together = [overriding(options, rule.options) for options in before]
            if rule.queue is None:
                before = [*before, *together]
            else:
                found.update(dict.fromkeys((rule.queue.value, options) for options in together))
        # without a rule that names a queue it is the one of the class, or the default of the scheduler
        names = [queue.value for queue in self.queues] or [""]
        return tuple(found) or tuple((name, options) for options in dict.fromkeys(before) for name in names)

    @property
    def choice(self) -> QueueChoice:
        """How an attempt chooses its queue."""
        return "rules" if self.rules else "first" if self.pinned else self.settings.choice

    @property
    def names_queues(self) -> bool:
        """Whether the config names the queue of a task; otherwise the default of the scheduler holds."""
        return self.executor.has_queues and (bool(self.queues) or self.choice == "auto")

    def queue_place(self, name: str) -> Place:
        """The position of a queue in the profile; of all queues if it does not name this one."""
        return next((queue.place for queue in self.named if queue.value == name), self.queues_place)


@dataclass(frozen=True, slots=True)
class Profile:
    """A whole profile. `source` is its file name without folders, because outputs contain it. Measured memory older
    than `max_age_s` is reported."""

    source: str
    output: str
    pipeline: Pipeline
    sites: tuple[Site, ...]
    uploads: tuple[Upload, ...]
    max_age_s: int
    output_place: Place
