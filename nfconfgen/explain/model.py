"""A plan with its reasons, as values that print in any form. Units are in the names; None means unknown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that the profile sets, and its place."""

    what: str
    value: str
    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Holder:
    """The node or instance that holds `tasks` such requests at a time, which together take `cpus_taken`,
    `memory_taken_mib` and `gpus_taken` of it; `gpus` counts those of any type (None: unknown). `known` is the source
    of its memory as text, `time` when it was read (UTC)."""

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
class Dollars:
    """An amount in USD, from the least to the most."""

    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Charge:
    """What a task pays in one way of buying its machine. `usd_per_hour` is the price of the whole machine, `usd` that
    of the task for the time that it asks for (None: it sets none): from its share to the whole. `time` is when the
    price was read. Without a price, `unknown` says why."""

    usd_per_hour: Dollars | None = None
    usd: Dollars | None = None
    time: str | None = None
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one attempt costs. `share` is the part of the machine that it takes, of the resource of which that is the
    most (1: all; None: its machine is unknown). `spot` is None if its machine is not bought on Spot."""

    share: float | None
    on_demand: Charge
    spot: Charge | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """What `tasks` on these `queues` cost together, each once, if each of them succeeds on this attempt; those that
    are not counted are in `left_out`, with the reason. Spot counts tasks that are not bought so at their price on
    demand."""

    attempt: int
    tasks: tuple[str, ...]
    queues: tuple[str, ...]
    on_demand_usd: Dollars | None
    spot_usd: Dollars | None
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SiteCost:
    """The prices that the costs of a site are computed with, of `date`, in the file `source`; and what a sample
    costs."""

    source: str
    date: str
    region: str
    per_sample: tuple[Total, ...]
    not_included: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request. `notes` explain what was capped, rounded or raised; `then` is what follows a failure with an exit
    code that is retried."""

    attempt: int
    queue: str
    cpus: int
    memory_mib: int
    time_s: int | None
    holder: Holder | None
    notes: tuple[str, ...]
    then: str
    gpus: int = 0
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One task class; `additive` ones have no attempts, their keys are added to the other settings of a task."""

    kind: str
    name: str | None
    additive: bool
    said: tuple[Setting, ...]
    attempts: tuple[Attempt, ...]

    @property
    def title(self) -> str:
        return f"{self.kind} {self.name}" if self.name else "default"


@dataclass(frozen=True, slots=True)
class ProcessAttempt:
    """One attempt of a process of the pipeline. A size is None if it is not set, or not known (`notes` say why); the
    queue also if none holds it. `fits` is None if that was not checked."""

    attempt: int
    queue: str | None
    cpus: int | None
    memory_mib: int | None
    time_s: int | None
    gpus: int
    fits: bool | None
    holder: Holder | None
    notes: tuple[str, ...]
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class Process:
    """A process by its name with the workflows around it. `parsers` are those that read its config like this; empty:
    all. `said` are the values of all attempts, with the line that sets them."""

    name: str
    parsers: tuple[str, ...]
    said: tuple[Setting, ...]
    attempts: tuple[ProcessAttempt, ...]


@dataclass(frozen=True, slots=True)
class Retries:
    """What happens to a failed task: `attempts` in all (None: the pipeline sets them), retried after the failures in
    `again`, and not after those in `never`."""

    attempts: int | None
    again: str
    never: str


@dataclass(frozen=True, slots=True)
class Site:
    """`title` describes the site, `limits` are the most that a task may ask for, `notes` hold for the whole site,
    `lost` is what happens when a machine is lost, `failures` what other failures lead to. `unchecked` are the queues
    with unknown machines, `processes` those of the pipeline (None: there is none at hand). A `cost` is None
    without prices."""

    site: str
    executor: str
    title: str
    queues: tuple[str, ...]
    limits: tuple[str, ...]
    notes: tuple[str, ...]
    retries: Retries
    lost: str
    failures: tuple[str, ...]
    unchecked: tuple[str, ...]
    tasks: tuple[Task, ...]
    processes: tuple[Process, ...] | None = None
    cost: SiteCost | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """All sites. `day` is the date of this explanation."""

    pipeline: str
    profile: str
    day: str
    sites: tuple[Site, ...]
