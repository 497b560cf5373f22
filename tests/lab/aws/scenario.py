"""What the double holds: queues, their compute environments, the hosts that have registered or will, and
whatever else of the account a client looks at. All of it goes to the double as JSON and comes back equal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import cache
from types import NoneType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

NOW = "now"


@dataclass(frozen=True, slots=True)
class Host:
    """A container instance, as its ECS agent registered it."""

    instance_type: str
    # registeredResources MEMORY; CPU follows from the type
    memory_mib: int
    ami: str = "ami-0a1b2c3d4e5f60718"
    # ACTIVE, DRAINING or INACTIVE
    status: str = "ACTIVE"
    agent_connected: bool = True
    # ISO 8601 with offset, or NOW: the moment at which the double lets it register
    registered_at: str = "2026-11-20T09:30:00+00:00"
    # Listed still, but MISSING once described: a Spot host reclaimed between the two calls.
    vanished: bool = False


@dataclass(frozen=True, slots=True)
class ScalingPolicy:
    """computeResources.scalingPolicy; only shown, hosts do not wait that long to vanish."""

    min_scale_down_delay_minutes: int


@dataclass(frozen=True, slots=True)
class UpdatePolicy:
    """updatePolicy of an environment; only shown."""

    terminate_jobs_on_update: bool = False
    job_execution_timeout_minutes: int = 30


@dataclass(frozen=True, slots=True)
class UsedTemplate:
    """How an environment names its launch template: by `name` or by `id`, one of them.

    Without `version` it is not set. A template the scenario does not hold is allowed: to EC2 it is then unknown.
    """

    name: str | None = None
    id: str | None = None
    version: str | None = None


# the VPC of all subnets, in every scenario, unless they say otherwise
VPC = "vpc-0c0ffee0c0ffee001"


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet with a route table of its own or the main one of its VPC."""

    id: str
    # a letter
    zone: str = "a"
    # where its default route leads: igw, nat or nowhere
    way: str = "igw"
    map_public_ip_on_launch: bool = True
    # its routes are those of the main route table: the same for all that say so
    main_table: bool = False
    vpc: str = VPC


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A security group that lets everything out, or nothing."""

    id: str
    open: bool = True
    # None: its id
    name: str | None = None


SUBNETS = (Subnet("subnet-0c0ffee0c0ffee001"), Subnet("subnet-0c0ffee0c0ffee002", "b"))
SECURITY_GROUP = SecurityGroup("sg-0c0ffee0c0ffee001")


@dataclass(frozen=True, slots=True)
class Environment:
    """A compute environment. `kind` is computeResources.type; None keeps AWS's default."""

    name: str
    # instanceTypes as configured: types, families, optimal…
    instance_types: tuple[str, ...]
    # those that run from the beginning; they stay whatever the client does
    hosts: tuple[Host, ...] = ()
    # EC2, SPOT, FARGATE, FARGATE_SPOT or ECS_MANAGED_INSTANCES
    kind: str = "EC2"
    # ENABLED or DISABLED; a disabled one does not scale out
    state: str = "ENABLED"
    # anything but VALID refuses to be updated
    status: str = "VALID"
    status_reason: str = "ComputeEnvironment Healthy"
    min_vcpus: int = 0
    max_vcpus: int = 128
    # None: what the hosts have, but not under min_vcpus
    desired_vcpus: int | None = None
    # computeResources.imageId
    image_id: str | None = None
    # ec2Configuration: imageType and batchImageStatus (LATEST, UPDATE_AVAILABLE), imageIdOverride
    image_type: str | None = None
    batch_image_status: str | None = None
    image_id_override: str | None = None
    allocation_strategy: str | None = None
    # of the price on demand, in per cent; Spot only
    bid_percentage: int | None = None
    # MANAGED or UNMANAGED
    management: str = "MANAGED"
    # ECS or EKS
    orchestration: str = "ECS"
    # what new instances of this environment will be: scaling to minvCpus takes them in order, starting anew at the
    # end; a job takes the smallest that holds it. None given: nothing ever comes up.
    registers: tuple[Host, ...] = ()
    launch_template: UsedTemplate | None = None
    scaling_policy: ScalingPolicy | None = None
    update_policy: UpdatePolicy | None = None
    # names; whether they exist in IAM is set by Scenario.roles
    instance_role: str | None = "ecsInstanceRole"
    subnets: tuple[str, ...] = tuple(subnet.id for subnet in SUBNETS)
    security_groups: tuple[str, ...] = (SECURITY_GROUP.id,)
    service_role: str | None = "AWSBatchServiceRole"


@dataclass(frozen=True, slots=True)
class Job:
    """A job that is there from the beginning, and stays as it is until cancelled or terminated."""

    name: str
    # SUBMITTED, PENDING, RUNNABLE, STARTING, RUNNING, SUCCEEDED or FAILED
    status: str = "RUNNABLE"
    vcpus: int = 1
    memory_mib: int = 1024
    # as Batch words it, e.g. "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - …"; empty: not reported
    status_reason: str = ""
    # ISO 8601 with offset
    created_at: str = "2026-11-20T09:30:00+00:00"


@dataclass(frozen=True, slots=True)
class StateTimeLimit:
    """One of a queue's jobStateTimeLimitActions; only shown, no job is cancelled by it."""

    reason: str
    max_time_seconds: int = 600
    state: str = "RUNNABLE"
    action: str = "CANCEL"


@dataclass(frozen=True, slots=True)
class Queue:
    """A job queue; `environments` stand in the order in which Batch tries them."""

    name: str
    environments: tuple[str, ...]
    # ENABLED or DISABLED; a disabled one takes no jobs
    state: str = "ENABLED"
    status: str = "VALID"
    priority: int = 1
    jobs: tuple[Job, ...] = ()
    job_state_time_limit_actions: tuple[StateTimeLimit, ...] = ()
    # the name of a fair-share policy; None: first in, first out
    scheduling_policy: str | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """One entry of a policy's shareDistribution; `identifier` may end in *."""

    identifier: str
    weight_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class SchedulingPolicy:
    """A fair-share scheduling policy."""

    name: str
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True)
class BlockDevice:
    """An EBS mapping, of a launch template or an image; None leaves a field unset."""

    device: str = "/dev/xvda"
    size_gib: int | None = 30
    volume_type: str | None = "gp3"
    delete_on_termination: bool | None = True


@dataclass(frozen=True, slots=True)
class TemplateVersion:
    """LaunchTemplateData of one version; None leaves a field unset."""

    block_devices: tuple[BlockDevice, ...] = ()
    # an AMI, or resolve:ssm:NAME, which ResolveAlias looks up in Scenario.parameters
    image_id: str | None = None
    # stop or terminate
    instance_initiated_shutdown_behavior: str | None = None
    # plain text; EC2 returns it in base64
    user_data: str | None = None


@dataclass(frozen=True, slots=True)
class LaunchTemplate:
    """A launch template; its versions are numbered from 1 in their order, the last one is $Latest."""

    name: str
    versions: tuple[TemplateVersion, ...] = (TemplateVersion(),)
    # $Default
    default_version: int = 1

    @property
    def id(self) -> str:
        return f"lt-{hashlib.sha256(self.name.encode()).hexdigest()[:17]}"


@dataclass(frozen=True, slots=True)
class Image:
    """An AMI, as EC2 describes it. Those not named in the scenario do not exist."""

    ami: str
    # ECS-optimised ones are known by theirs: al2023-ami-ecs-hvm-…, amzn2-ami-ecs-hvm-…
    name: str
    root_device: str = "/dev/xvda"
    block_devices: tuple[BlockDevice, ...] = (BlockDevice(),)
    # as EC2 returns it, with three digits of a second and Z
    creation_date: str = "2026-11-05T22:10:31.000Z"
    deprecation_time: str | None = "2099-11-05T22:10:31.000Z"
    # x86_64 or arm64
    architecture: str = "x86_64"
    # AWS's own ones belong to amazon; None: the account's own, made from whatever
    owner: str | None = "amazon"
    description: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of Systems Manager; those of the ECS AMIs that are not given here are moto's."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Bucket:
    """An S3 bucket. `encryption` is its default, AES256 or aws:kms; None: the bucket has none."""

    name: str
    region: str = "eu-central-1"
    encryption: str | None = "AES256"


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota. Those that are not given here do not exist in the region."""

    code: str
    name: str
    value: float
    # the account has a value of its own; otherwise AWS knows only the default
    applied: bool = True
    service: str = "ec2"


STANDARD = Quota("L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 1152.0)
STANDARD_SPOT = Quota("L-34B43A08", "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests", 1152.0)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is not done to a resource of a stack, so many times: Batch may say that a queue is there that is not."""

    # the logical id
    resource: str
    # create, update or delete
    action: str
    reason: str = "Cannot delete, found existing JobQueue relationship"
    times: int = 1


@dataclass(frozen=True, slots=True)
class Price:
    """Of an instance with Linux, on demand: dollars per hour, in the region of the scenario."""

    instance_type: str
    usd: float


@dataclass(frozen=True, slots=True)
class SpotPrice:
    """Of a Spot instance with Linux in this zone, a letter: dollars per hour."""

    instance_type: str
    usd: float
    zone: str = "a"


# About what they cost in Frankfurt.
PRICES = tuple(
    Price(name, usd)
    for name, usd in (
        ("c5.large", 0.097), ("c5.xlarge", 0.194), ("c5.2xlarge", 0.388), ("c5.4xlarge", 0.776),
        ("m5.large", 0.115), ("m5.xlarge", 0.23), ("m5.2xlarge", 0.46), ("m5.4xlarge", 0.92),
        ("r5.large", 0.152), ("r5.xlarge", 0.304), ("r5.2xlarge", 0.608), ("r5.4xlarge", 1.216),
        ("c6i.large", 0.097), ("c6i.xlarge", 0.194), ("c6i.2xlarge", 0.388), ("c6i.4xlarge", 0.776),
        ("c7g.large", 0.083), ("c7g.xlarge", 0.1659), ("c7g.2xlarge", 0.3318), ("g4dn.xlarge", 0.658),
    )
)  # fmt: skip
SPOT_PRICES = tuple(
    SpotPrice(price.instance_type, round(price.usd * share, 4), zone)
    for price in PRICES
    for zone, share in (("a", 0.41), ("b", 0.38), ("c", 0.44))
)


@dataclass(frozen=True, slots=True)
class Scenario:
    region: str = "eu-central-1"
    environments: tuple[Environment, ...] = ()
    queues: tuple[Queue, ...] = ()
    scheduling_policies: tuple[SchedulingPolicy, ...] = ()
    launch_templates: tuple[LaunchTemplate, ...] = ()
    images: tuple[Image, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    # names of roles IAM has, each with an instance profile of the same name
    roles: tuple[str, ...] = ()
    buckets: tuple[Bucket, ...] = ()
    subnets: tuple[Subnet, ...] = SUBNETS
    security_groups: tuple[SecurityGroup, ...] = (SECURITY_GROUP,)
    # the VPC of the subnets is the default one of the region; otherwise it has none
    default_vpc: bool = True
    # services with an interface endpoint in the VPC, as ecr.api
    endpoints: tuple[str, ...] = ()
    quotas: tuple[Quota, ...] = (STANDARD, STANDARD_SPOT)
    prices: tuple[Price, ...] = PRICES
    spot_prices: tuple[SpotPrice, ...] = SPOT_PRICES
    # So many polls of an environment (DescribeComputeEnvironments, or ListContainerInstances,
    # DescribeContainerInstances and DescribeClusters of its cluster) still see it as it was before it scales, out or
    # in. A job that needs a new host is RUNNABLE in as many DescribeJobs (at least one).
    scale_after_polls: int = 2
    # no host ever comes up, and none vanishes
    never_scales: bool = False
    # A job is RUNNING in so many DescribeJobs, then SUCCEEDED. None: until it is terminated.
    job_runs_polls: int | None = None
    # After each update an environment is UPDATING in so many DescribeComputeEnvironments.
    updating_polls: int = 0
    # Whatever is done to a stack, it is said to be in progress in so many DescribeStacks or DescribeStackEvents.
    stack_polls: int = 0
    stack_refusals: tuple[Refusal, ...] = ()

    def __post_init__(self) -> None:
        known = _unique("compute environment", (e.name for e in self.environments))
        _unique("queue", (q.name for q in self.queues))
        policies = _unique("scheduling policy", (p.name for p in self.scheduling_policies))
        _unique("launch template", (t.name for t in self.launch_templates))
        _unique("image", (i.ami for i in self.images))
        _unique("bucket", (b.name for b in self.buckets))
        for queue in self.queues:
            if not queue.environments or not known.issuperset(queue.environments):
                raise ValueError(f"queue {queue.name}: needs known compute environments")
            if queue.scheduling_policy is not None and queue.scheduling_policy not in policies:
                raise ValueError(f"queue {queue.name}: needs a known scheduling policy")
        for template in self.launch_templates:
            if not 1 <= template.default_version <= len(template.versions):
                raise ValueError(f"launch template {template.name}: its default version must be one it has")

    def environment(self, name: str) -> Environment:
        return next(e for e in self.environments if e.name == name)

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, ready for json.dump."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Scenario:
        return _built(cls, data)


T = TypeVar("T")


def _built(kind: type[T], data: Mapping[str, Any]) -> T:
    """A dataclass from what asdict() and JSON have made of it."""
    types: dict[str, Any] = _types(cast("Any", kind))
    return kind(**{name: _value(types.get(name), value) for name, value in data.items()})


@cache
def _types(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _value(kind: Any, value: Any) -> Any:
    if get_origin(kind) is tuple:
        return tuple(_value(get_args(kind)[0], item) for item in value)
    if isinstance(value, Mapping):
        kind = next((k for k in get_args(kind) if k is not NoneType), kind)
        if isinstance(kind, type) and is_dataclass(kind):
            return _built(kind, value)
    return value


def _unique(what: str, names: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what} {name} is named twice")
        seen.add(name)
    return seen


def ecs_al2023(ami: str) -> Image:
    """The ECS-optimised AMI of today: 30 GiB of gp3 that go with the instance."""
    return Image(ami, "al2023-ami-ecs-hvm-2023.0.20261105-kernel-6.1-x86_64")


def ecs_al2(ami: str) -> Image:
    """The ECS-optimised AMI of before, out of support since 30 June 2026."""
    return Image(
        ami,
        "amzn2-ami-ecs-hvm-2.0.20260610-x86_64-ebs",
        block_devices=(BlockDevice(volume_type="gp2"),),
        creation_date="2026-06-10T20:04:12.000Z",
        deprecation_time="2099-06-10T20:04:12.000Z",
    )


def custom_image(ami: str, name: str = "salmon-ami-2019", root_gib: int = 100) -> Image:
    """An image somebody of the account has made."""
    return Image(ami, name, block_devices=(BlockDevice(size_gib=root_gib),), deprecation_time=None, owner=None)


def nothing(**changes: Any) -> Scenario:
    """An account nobody has used yet: there is the default VPC, with a subnet in each zone, and nothing else."""
    return Scenario(
        subnets=tuple(Subnet(f"subnet-0defa017defa0170{zone}", zone, main_table=True) for zone in "abc"),
        security_groups=(SecurityGroup("sg-0defa017defa01700", name="default"),),
        **changes,
    )


def salmon() -> Scenario:
    """The two queues of a salmon pipeline, with one host of each type registered."""
    return _salmon(Host("c5.2xlarge", 15434), Host("c5.4xlarge", 31130))


def empty() -> Scenario:
    """The same two queues, scaled down to nothing."""
    return _salmon(None, None)


def idle(**changes: Any) -> Scenario:
    """The same two queues without a host, ready to scale: what a probe starts registers 15434 and 31130 MiB."""
    workload, excess = Host("c5.2xlarge", 15434, registered_at=NOW), Host("c5.4xlarge", 31130, registered_at=NOW)
    return Scenario(
        environments=(
            Environment("salmonWorkload", ("c5.2xlarge",), registers=(workload,)),
            Environment("salmonExcess", ("c5.4xlarge",), registers=(excess,)),
        ),
        queues=(Queue("salmonWorkload", ("salmonWorkload",)), Queue("salmonExcess", ("salmonExcess",))),
        **changes,
    )


def _salmon(workload: Host | None, excess: Host | None) -> Scenario:
    return Scenario(
        environments=(
            Environment("salmonWorkload", ("c5.2xlarge",), (workload,) if workload else ()),
            Environment("salmonExcess", ("c5.4xlarge",), (excess,) if excess else ()),
        ),
        queues=(
            Queue("salmonWorkload", ("salmonWorkload",)),
            Queue("salmonExcess", ("salmonExcess",)),
        ),
    )


# About what a host of each type registers on the Batch AL2023 image, in MiB.
X86_MEMORY = {
    "c5.large": 3615,
    "c5.xlarge": 7584,
    "c5.2xlarge": 15467,
    "c5.4xlarge": 31010,
    "c5.9xlarge": 70159,
    "m5.large": 7585,
    "m5.xlarge": 15468,
    "m5.2xlarge": 31571,
    "m5.4xlarge": 62770,
    "m5.12xlarge": 189004,
    "r5.xlarge": 31572,
    "r5.2xlarge": 63443,
    "r5.4xlarge": 127282,
    "m6i.large": 7739,
    "m6i.2xlarge": 31515,
    "c6i.2xlarge": 15663,
    "r6i.2xlarge": 63219,
    "m6a.2xlarge": 31345,
    "c6a.2xlarge": 15577,
    "m7i.2xlarge": 31499,
    "m7a.2xlarge": 31329,
    "m4.large": 7878,
    "c4.2xlarge": 14922,
    "r4.2xlarge": 61218,
}
ARM_MEMORY = {"c7g.2xlarge": 15634, "m7g.2xlarge": 31454, "r7g.2xlarge": 63095}
FLEET_AMIS = ("ami-0f1ee7aaaaaaaaaa1", "ami-0f1ee7aaaaaaaaaa1", "ami-0f1ee7bbbbbbbbbb2")


def fleet(queues: int = 60, environments: int = 120, instances: int = 400, occupied: int = 25) -> Scenario:
    """A busy account: two environments per queue (three where there are so many), and hosts in `occupied` of them.

    The first occupied clusters hold more than 100 hosts each, so that a client has to page.
    """
    shares = dict(zip(_spread(occupied, environments), _shares(instances, min(occupied, environments)), strict=True))
    each = 3 if 0 < 3 * queues <= environments else 2
    built = tuple(_fleet_environment(n, shares.get(n, 0), each) for n in range(environments))
    groups = max(1, environments // each)
    return Scenario(
        environments=built,
        queues=tuple(
            Queue(f"fleet-queue-{n:03d}", tuple(e.name for e in built[n % groups * each :][:each]))
            for n in range(queues)
        ),
    )


def _spread(occupied: int, environments: int) -> list[int]:
    count = min(occupied, environments)
    return [n * environments // count for n in range(count)]


def _shares(instances: int, clusters: int) -> list[int]:
    weights = [50, 36, *[2] * clusters][:clusters]
    shares = [instances * weight // sum(weights) for weight in weights]
    if shares:
        shares[0] += instances - sum(shares)
    return shares


def _fleet_environment(number: int, hosts: int, each: int) -> Environment:
    # The environments of a queue share an architecture, as Batch demands.
    memory = ARM_MEMORY if number // each % 6 == 5 else X86_MEMORY
    pool = list(memory)
    types = tuple(pool[(number * 3 + n) % len(pool)] for n in range(1 + number % 3))
    if number % 10 == 8:
        family = types[0].partition(".")[0]
        types = tuple(t for t in pool if t.partition(".")[0] == family)
    return Environment(
        name=f"fleet-env-{number:03d}",
        instance_types=(family,) if number % 10 == 8 else types,
        hosts=tuple(_fleet_hosts(types, memory, hosts)),
        kind="SPOT" if number % 4 == 1 else "EC2",
        max_vcpus=4096,
        image_type="ECS_AL2023",
        allocation_strategy="SPOT_CAPACITY_OPTIMIZED" if number % 4 == 1 else "BEST_FIT_PROGRESSIVE",
    )


def _fleet_hosts(types: tuple[str, ...], memory: Mapping[str, int], count: int) -> Iterator[Host]:
    for n in range(count):
        instance_type = types[n % len(types)]
        # Hosts of one type differ by some MiB: a client has to take the least.
        yield Host(instance_type, memory[instance_type] - n * 13 % 90, ami=FLEET_AMIS[n % len(FLEET_AMIS)])
