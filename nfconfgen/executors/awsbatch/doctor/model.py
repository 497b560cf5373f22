"""What AWS reports about one region, as values: everything that the checks read. Nothing here can query AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from nfconfgen.executors.awsbatch.doctor.account.network import Network
from nfconfgen.executors.awsbatch.doctor.account.quota_codes import Quota
from nfconfgen.executors.awsbatch.facts.region import InstanceType, RegionFacts
from nfconfgen.facts.model import Problem

UNSCHEDULABLE = "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT"
"""The reason that Batch reports for a job that no machine of its queue can hold."""

ENDED_BY_NEXTFLOW = (UNSCHEDULABLE, "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE")
"""The reasons for which Nextflow ends a job with terminateUnschedulableJobs; the second: it requests more vCPUs than
any maxvCpus."""

DEFAULT_ROOT_GIB = 30
"""The root volume of Batch's own AMIs: aws/amazon-ecs-ami, variables.pkr.hcl."""

_BATCH_ROOT = "/dev/xvda"


@dataclass(frozen=True, slots=True)
class Volume:
    """An EBS block device mapping; None or empty = not set."""

    device: str
    size_gib: int | None = None
    kind: str = ""
    deleted: bool | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """An AMI. `deprecated` is its deprecation time (ISO 8601), `base` the AMI it was made from, if AWS still knows
    it, `root` the name of the root device."""

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
        """Whether its name is one of Amazon's, as amzn2-ami-ecs-hvm-… and al2023-ami-ecs-hvm-…"""
        return self.of_amazon and "-ecs-" in self.name

    @property
    def lacks_driver(self) -> bool:
        """Whether it is an ECS-optimised AMI other than those for GPUs, as al2023-ami-ecs-gpu-hvm-…"""
        return self.ecs_optimized and "-gpu-" not in self.name


@dataclass(frozen=True, slots=True)
class Template:
    """One version of a launch template; `found` is False if it does not exist. `name` is how it is referred to, as
    `lt-1:$Latest`, and `number` its version. `public_address`: it gives instances one; None = the subnet decides."""

    name: str
    image: str = ""
    shutdown: str = ""
    volumes: tuple[Volume, ...] = ()
    user_data: str = ""
    found: bool = True
    number: int = 0
    groups: tuple[str, ...] = ()
    public_address: bool | None = None

    @property
    def network(self) -> tuple[object, ...]:
        return (self.groups, self.public_address)


@dataclass(frozen=True, slots=True)
class Machine:
    """How an environment starts instances. `ami` is empty if Batch chooses the AMI, by `kind` if that is set
    (ECS_AL2023 …); `image` is None if `ami` is empty or may not be described. `unread`: it has a launch template that
    may not be read. `others` are what it may be instead, by
    other versions of its launch template: Batch does not report which one it uses."""

    kind: str = ""
    status: str = ""
    ami: str = ""
    image: Image | None = None
    template: Template | None = None
    others: tuple[Machine, ...] = ()
    unread: bool = False

    @property
    def possible(self) -> tuple[Machine, ...]:
        """All that it may be, by today's version of its launch template first."""
        return (self, *self.others)

    @property
    def started_with(self) -> tuple[object, ...]:
        """What two versions of a launch template may differ in."""
        if self.template is None:
            return (self.ami, "")
        return (self.ami, self.user_data, self.template.volumes, self.template.shutdown, *self.template.network)

    @property
    def user_data(self) -> str:
        return self.template.user_data if self.template else ""

    @property
    def volumes(self) -> tuple[Volume, ...]:
        """All EBS volumes of an instance: the mappings of the launch template override those of the AMI."""
        merged = {volume.device: volume for volume in (self.image.volumes if self.image else ())}
        for volume in self.template.volumes if self.template else ():
            merged[volume.device] = _over(volume, merged.get(volume.device, volume))
        return tuple(merged.values())

    @property
    def root(self) -> tuple[Volume, str] | None:
        """The root volume, and what sets its size; None if the AMI is not known. Its `size_gib` is None if nothing
        sets it."""
        if self.ami and (self.image is None or self.image.state == "missing"):
            return None
        device = (self.image.root if self.image else "") or _BATCH_ROOT
        found = next((volume for volume in self.volumes if volume.device == device), Volume(device))
        if found.size_gib is None and not self.ami:
            found = replace(found, size_gib=DEFAULT_ROOT_GIB)
        if self.template and any(volume.device == device and volume.size_gib for volume in self.template.volumes):
            return found, f"launch template {self.template.name}"
        return found, self.ami or "the default of Batch's own AMI"


def _over(volume: Volume, below: Volume) -> Volume:
    """The volume with what the launch template does not set taken from the AMI."""
    deleted = below.deleted if volume.deleted is None else volume.deleted
    return Volume(volume.device, volume.size_gib or below.size_gib, volume.kind or below.kind, deleted)


@dataclass(frozen=True, slots=True)
class Environment:
    """A compute environment. `fault` is (rule, what) of `check_environment` in facts/queues.py; `sheets` are the data
    sheets of the instance types that its names stand for, None if they were not queried; `role_missing`: there is no
    such instance profile; `idle_minutes`: how long an instance without work is kept; `strategy` is empty if it is not
    set; `running_tasks` and `instances` are None if ECS was not queried, `network` if its subnets may not be read.
    `quotas` are the known ones on vCPUs, by code."""

    name: str
    fault: tuple[str, str] = ("", "")
    kind: str = "EC2"
    min_vcpus: int = 0
    max_vcpus: int = 0
    desired_vcpus: int = 0
    idle_minutes: int = 0
    strategy: str = ""
    asked: tuple[str, ...] = ()
    sheets: Mapping[str, InstanceType] | None = None
    role: str = ""
    role_missing: bool = False
    machines: tuple[Machine, ...] = ()
    instances: int | None = None
    running_tasks: int | None = None
    network: Network | None = None
    quotas: Mapping[str, Quota] = field(default_factory=dict)

    @property
    def readable(self) -> tuple[Machine, ...]:
        """The machines without those whose launch template, and so AMI, disk and user data, may not be read."""
        return tuple(machine for machine in self.machines if not machine.unread)

    @property
    def on_instances(self) -> bool:
        """Whether it starts EC2 instances for ECS, even if it cannot be used at the moment."""
        return self.fault[0] != "queue-kind" and self.kind in ("EC2", "SPOT")


@dataclass(frozen=True, slots=True)
class Job:
    """A job in RUNNABLE; `waited_s` counts from its submission."""

    id: str
    name: str
    waited_s: int
    reason: str = ""
    cpus: int = 1
    memory_mib: int = 0
    gpus: int = 0


@dataclass(frozen=True, slots=True)
class Queue:
    """A job queue. `problems` are the reasons why it takes no jobs, `limits` those for which it ends jobs that wait
    too long (jobStateTimeLimitActions), with the seconds, `jobs` the stuck ones, `runnable` the number of all that
    wait. `shares` are the share identifiers that its scheduling policy has a weight for; one that ends in * is a
    prefix."""

    name: str
    environments: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    jobs: tuple[Job, ...] = ()
    runnable: int = 0
    shares: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Role:
    """A role or instance profile in IAM; `trusted` are the services that may assume it."""

    arn: str
    trusted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket; `trouble` is why it cannot be used, which with `denied` may hold only for these credentials. Empty
    `region` or `encryption`: not known."""

    name: str
    region: str = ""
    encryption: str = ""
    trouble: str = ""
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Live:
    """One region. A role is None if IAM has none of that name, and left out if IAM was not queried. `missing` are the
    queues that do not exist, `unchecked` what could not be checked by the permission that is missing for it.
    `fusion_token`: Nextflow finds one on this machine."""

    region: str
    queues: Mapping[str, Queue] = field(default_factory=dict)
    environments: Mapping[str, Environment] = field(default_factory=dict)
    roles: Mapping[str, Role | None] = field(default_factory=dict)
    buckets: Mapping[str, Bucket] = field(default_factory=dict)
    facts: RegionFacts = field(default_factory=RegionFacts)
    missing: Mapping[str, Problem] = field(default_factory=dict)
    unchecked: Mapping[str, str] = field(default_factory=dict)
    fusion_token: bool = True

    def behind(self, queue: str) -> tuple[Environment, ...]:
        """The environments of a queue in order, none for an unknown queue. One that was deleted has that fault."""
        gone = ("queue-invalid", "does not exist any more")
        names = self.queues[queue].environments if queue in self.queues else ()
        return tuple(self.environments.get(name, Environment(name, gone)) for name in names)
