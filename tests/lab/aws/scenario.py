"""What the double holds: queues, their compute environments, and the hosts that have registered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Host:
    """A container instance, as its ECS agent registered it."""

    instance_type: str
    memory_mib: int
    ami: str = "ami-0a1b2c3d4e5f60718"
    status: str = "ACTIVE"
    agent_connected: bool = True
    registered_at: str = "2026-11-20T09:30:00+00:00"
    # Listed still, but MISSING once described: a Spot host reclaimed between the two calls.
    vanished: bool = False


@dataclass(frozen=True, slots=True)
class Environment:
    """A compute environment. `kind` is computeResources.type; None leaves AWS's default unsaid."""

    name: str
    instance_types: tuple[str, ...]
    hosts: tuple[Host, ...] = ()
    kind: str = "EC2"
    state: str = "ENABLED"
    status: str = "VALID"
    status_reason: str = "ComputeEnvironment Healthy"
    min_vcpus: int = 0
    max_vcpus: int = 128
    image_id: str | None = None
    image_type: str | None = None
    allocation_strategy: str | None = None
    bid_percentage: int | None = None
    management: str = "MANAGED"
    orchestration: str = "ECS"


@dataclass(frozen=True, slots=True)
class Queue:
    """A job queue; `environments` stand in the order in which Batch tries them."""

    name: str
    environments: tuple[str, ...]
    state: str = "ENABLED"
    status: str = "VALID"
    priority: int = 1


@dataclass(frozen=True, slots=True)
class Scenario:
    region: str = "eu-central-1"
    environments: tuple[Environment, ...] = ()
    queues: tuple[Queue, ...] = ()

    def __post_init__(self) -> None:
        known = _unique("compute environment", (e.name for e in self.environments))
        _unique("queue", (q.name for q in self.queues))
        for queue in self.queues:
            if not queue.environments or not known.issuperset(queue.environments):
                raise ValueError(f"queue {queue.name}: needs known compute environments")

    def environment(self, name: str) -> Environment:
        return next(e for e in self.environments if e.name == name)

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, ready for json.dump."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Scenario:
        fields = dict(data)
        fields["environments"] = tuple(_environment(e) for e in data.get("environments", ()))
        fields["queues"] = tuple(
            Queue(**{**q, "environments": tuple(q["environments"])}) for q in data.get("queues", ())
        )
        return cls(**fields)


def _environment(data: Mapping[str, Any]) -> Environment:
    fields = dict(data)
    fields["instance_types"] = tuple(data["instance_types"])
    fields["hosts"] = tuple(Host(**host) for host in data.get("hosts", ()))
    return Environment(**fields)


def _unique(what: str, names: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what} {name} is named twice")
        seen.add(name)
    return seen


def salmon() -> Scenario:
    """The two queues of a salmon pipeline, with one host of each type registered."""
    return _salmon(Host("c5.2xlarge", 15434), Host("c5.4xlarge", 31130))


def empty() -> Scenario:
    """The same two queues, scaled down to nothing."""
    return _salmon(None, None)


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
    """A busy account: two environments per queue, and hosts in `occupied` of the environments only.

    The first occupied clusters hold more than 100 hosts each, so that a client has to page.
    """
    shares = dict(zip(_spread(occupied, environments), _shares(instances, min(occupied, environments)), strict=True))
    built = tuple(_fleet_environment(n, shares.get(n, 0)) for n in range(environments))
    pairs = max(1, environments // 2)
    return Scenario(
        environments=built,
        queues=tuple(
            Queue(f"fleet-queue-{n:03d}", tuple(e.name for e in built[n % pairs * 2 : n % pairs * 2 + 2]))
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


def _fleet_environment(number: int, hosts: int) -> Environment:
    # Both environments of a queue share an architecture, as Batch demands.
    memory = ARM_MEMORY if number // 2 % 6 == 5 else X86_MEMORY
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
