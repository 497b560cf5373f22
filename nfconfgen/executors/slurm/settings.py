"""What a profile says of a Slurm site, in its parts. Empty or None = not said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from nfconfgen.profile.containers import Containers
from nfconfgen.profile.model import Located, Settings, Site

AskMemory = Literal["per-node", "per-cpu", "never"]


@dataclass(frozen=True, slots=True)
class Account:
    """A fixed `name`; or the variable `env` that holds it, with `name` as its default."""

    name: str
    env: str = ""
    required: bool = True


@dataclass(frozen=True, slots=True)
class Sbatch:
    """What every job hands to sbatch beside its size; `options` as they stand in an #SBATCH line."""

    qos: str = ""
    constraint: str = ""
    nodelist: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    reservation: str = ""
    exclusive: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many jobs in so much time."""

    jobs: int
    per_s: int


@dataclass(frozen=True, slots=True)
class Submission:
    """How jobs are handed to Slurm and watched."""

    queue_size: int | None = None
    rate: Rate | None = None
    poll_interval_s: int | None = None
    queue_stat_interval_s: int | None = None
    exit_read_timeout_s: int | None = None
    queue_global_status: bool | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a task finds on its node. `scratch` is a path or a variable, or whether there is any."""

    scratch: str | bool | None = None
    stage_in: str = ""
    stage_out: str = ""
    before_script: str = ""
    modules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """The job that Nextflow itself runs in; None = said nowhere, so the cluster's own holds. `said`: the profile has
    a word on it."""

    time_s: Located[int] | None
    memory_mib: Located[int]
    cpus: Located[int]
    queue: Located[str] | None
    said: bool = False


@dataclass(frozen=True, slots=True)
class SlurmSettings(Settings):
    """Settings only a Slurm site has; empty = not said. `host` is where its facts are asked for, `cluster` Slurm's
    own name of it; `auto`: its partitions are chosen among those that it offers, the profile names none."""

    host: str = ""
    cluster: str = ""
    auto: bool = False
    account: Account | None = None
    sbatch: Sbatch = field(default_factory=Sbatch)
    ask_memory: AskMemory = "per-node"
    submission: Submission = field(default_factory=Submission)
    surroundings: Surroundings = field(default_factory=Surroundings)
    containers: Containers = field(default_factory=Containers)
    head: Head | None = None

    @property
    def asks_memory(self) -> bool:
        return self.ask_memory != "never"


def settings_of(site: Site) -> SlurmSettings:
    """The settings of a site on Slurm."""
    assert isinstance(site.settings, SlurmSettings)
    return site.settings
