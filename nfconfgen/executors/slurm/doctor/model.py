"""What a cluster reports right now, as far as the checks need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nfconfgen.executors.slurm.facts.cluster import ClusterFacts

CANCELS = ("CANCEL", "REQUEUE")
"""The modes of preemption that end a job of Nextflow: sbatch --no-requeue turns the second into the first."""


@dataclass(frozen=True, slots=True)
class Job:
    """A waiting job of the user. `number` is what scontrol knows it by, which for an array differs from `id`; sizes
    are those of the whole job, 0 or None if unknown. `starts_in_s`: until it may start, if Slurm expects a time;
    `minimum`: the memory of a node or CPU, as squeue prints it."""

    id: str
    number: str
    name: str
    reason: str
    partitions: tuple[str, ...]
    account: str = ""
    qos: str = ""
    time_s: int | None = None
    cpus: int = 0
    nodes: int = 1
    memory_mib: int = 0
    gpus: int = 0
    waited_s: int = 0
    starts_in_s: int | None = None
    reservation: str = ""
    minimum: str = ""


@dataclass(frozen=True, slots=True)
class Preemption:
    """Who preempts whom. `by_qos`: QOS decide (preempt/qos), otherwise the priority tiers of partitions. `modes` are
    those of the cluster (empty key), and of partitions and QOS by name; `preempts`: QOS → those that it preempts."""

    by_qos: bool = False
    modes: Mapping[str, str] = field(default_factory=dict)
    tiers: Mapping[str, int] = field(default_factory=dict)
    preempts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder, or the nearest one above that exists (`at`). None: its file system does not report a number."""

    at: str
    exists: bool
    is_folder: bool
    writable: bool
    kind: str = ""
    free_mib: int | None = None
    size_mib: int | None = None
    free_inodes: int | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """`folders` has None for one that did not answer. `most_jobs` is MaxJobCount. `reservations`: seconds until each
    begins, 0 once it has. `one_machine`: every node is the machine that was queried. `denied`: what failed."""

    facts: ClusterFacts
    jobs: tuple[Job, ...] = ()
    most_jobs: int | None = None
    preemption: Preemption | None = None
    folders: Mapping[str, Folder | None] = field(default_factory=dict)
    engines: Mapping[str, bool] = field(default_factory=dict)
    reservations: Mapping[str, int] = field(default_factory=dict)
    one_machine: bool = False
    denied: tuple[str, ...] = ()
