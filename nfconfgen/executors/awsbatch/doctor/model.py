"""What was found in one AWS region, as values: everything the checks look at, and nothing they could ask with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nfconfgen.executors.awsbatch.facts.region import RegionFacts
from nfconfgen.facts.model import Problem

UNSCHEDULABLE = "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT"
"""What Batch says of a job that no machine of its queue can hold."""


@dataclass(frozen=True, slots=True)
class Volume:
    """An EBS block device mapping; None or empty = it does not say."""

    device: str
    size_gib: int | None = None
    kind: str = ""
    deleted: bool | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """An AMI. `deprecated` is the time from which its owner advises against it (ISO 8601), `base` the AMI it was
    made from, where AWS still knows."""

    ami: str
    name: str = ""
    owner: str = ""
    state: str = "available"
    deprecated: str = ""
    root: str = ""
    volumes: tuple[Volume, ...] = ()
    base: Image | None = None

    @property
    def of_amazon(self) -> bool:
        return self.owner == "amazon"

    @property
    def ecs_optimized(self) -> bool:
        """By the names Amazon gives them, as amzn2-ami-ecs-hvm-… and al2023-ami-ecs-hvm-…"""
        return self.of_amazon and "-ecs-" in self.name

    @property
    def lacks_driver(self) -> bool:
        """Whether it is an ECS-optimised AMI other than those for GPUs, as al2023-ami-ecs-gpu-hvm-…"""
        return self.ecs_optimized and "-gpu-" not in self.name


@dataclass(frozen=True, slots=True)
class Template:
    """One version of a launch template; `found` is False where EC2 does not know it."""

    name: str
    image: str = ""
    shutdown: str = ""
    volumes: tuple[Volume, ...] = ()
    user_data: str = ""
    found: bool = True


@dataclass(frozen=True, slots=True)
class Machine:
    """How an environment starts instances. `ami` is empty where Batch chooses the AMI by `kind` (ECS_AL2023 …; it
    may say neither); `image` is None where `ami` is empty or could not be asked for."""

    kind: str = ""
    status: str = ""
    ami: str = ""
    image: Image | None = None
    template: Template | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    """A compute environment. `fault` is (rule, what) as facts/queues.py judges it; `sizes` are the vCPUs of
    the instance types its names come to, asked for where `known`, `gpu_types` those of them with GPUs;
    `role_missing`: IAM holds no such instance profile; `running_tasks` and `instances` are None where ECS was not
    asked."""

    name: str
    fault: tuple[str, str] = ("", "")
    kind: str = "EC2"
    min_vcpus: int = 0
    max_vcpus: int = 0
    desired_vcpus: int = 0
    asked: tuple[str, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)
    gpu_types: tuple[str, ...] = ()
    known: bool = False
    role: str = ""
    role_missing: bool = False
    machines: tuple[Machine, ...] = ()
    instances: int | None = None
    running_tasks: int | None = None

    @property
    def on_instances(self) -> bool:
        """Whether it starts EC2 instances for ECS at all, usable at the moment or not."""
        return self.fault[0] != "queue-kind" and self.kind in ("EC2", "SPOT")


@dataclass(frozen=True, slots=True)
class Job:
    """A job in RUNNABLE: `waited_s` since it was submitted."""

    id: str
    name: str
    waited_s: int
    reason: str = ""
    cpus: int = 1
    memory_mib: int = 0
    gpus: int = 0


@dataclass(frozen=True, slots=True)
class Queue:
    """A job queue; `problems` are those that keep all jobs from it, `limits` the reasons for which it ends jobs that
    wait too long (jobStateTimeLimitActions)."""

    name: str
    environments: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    limits: frozenset[str] = frozenset()
    jobs: tuple[Job, ...] = ()
    runnable: int = 0


@dataclass(frozen=True, slots=True)
class Role:
    """A role or instance profile that IAM holds; `trusted` are the services that may take it on."""

    arn: str
    trusted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket; `trouble` says why it cannot be used, `denied` that this may be for us alone. Empty
    `region` or `encryption`: not known."""

    name: str
    region: str = ""
    encryption: str = ""
    trouble: str = ""
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A call that these credentials may not make, and what therefore was not looked at."""

    permission: str
    what: str


@dataclass(frozen=True, slots=True)
class Live:
    """One region. A role is None where IAM holds none of that name, and not in the mapping where IAM was not
    asked; `missing` are the queues that AWS does not know. `fusion_token`: Nextflow finds one on this machine."""

    region: str
    queues: Mapping[str, Queue] = field(default_factory=dict)
    environments: Mapping[str, Environment] = field(default_factory=dict)
    roles: Mapping[str, Role | None] = field(default_factory=dict)
    buckets: Mapping[str, Bucket] = field(default_factory=dict)
    facts: RegionFacts = field(default_factory=RegionFacts)
    missing: tuple[Problem, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
    fusion_token: bool = True
