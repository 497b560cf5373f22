"""The facts about AWS Batch in one region, as the lock keeps them: queues, compute environments, data sheets,
measured memory. `pools` turns them into what the plan reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from nfconfgen.executors.awsbatch.facts import estimate, fargate
from nfconfgen.facts import decode
from nfconfgen.facts.model import Pool, Shape, SitePools, Source, unqueried
from nfconfgen.profile.model import Site

FARGATE = "FARGATE"
"""The kinds of environments without instances begin with this."""

DECLARED = "declared:"
"""The names of environments that are declared and not made yet begin with this: no real one has a colon."""


@dataclass(frozen=True, slots=True)
class InstanceType:
    """The data sheet of an instance type. `hypervisor` is as EC2 reports it (nitro, xen, empty for bare metal),
    `gpus` are the whole ones of NVIDIA by name, as Batch reserves no others; None in a lock written before they were
    recorded. `architecture` is x86_64 or arm64, or empty if it is not known."""

    cpus: int
    memory_mib: int
    hypervisor: str = ""
    gpus: Mapping[str, int] | None = None
    architecture: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The least that instances of one type and AMI have registered with ECS, the time of that (UTC), and the version
    of the ECS agent."""

    cpus: int
    memory_mib: int
    time: str
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """How the memory of an instance type in a compute environment is known; `ami` is empty for an estimate."""

    source: Source
    ami: str = ""


@dataclass(frozen=True, slots=True)
class Environment:
    """A compute environment. `image` is the AMI that its instances start from: an id, or the kind Batch chooses from.

    `asked` are its instance types as configured (`c5`, `optimal`), `offers` the types they stand for.
    `image_status` is what Batch reports for the AMI (LATEST, UPDATE_AVAILABLE; empty if it reports nothing).
    `reserved_mib` is the ECS_RESERVED_MEMORY that user data sets, 0 if it sets none.
    """

    kind: str
    max_vcpus: int
    image: str
    asked: tuple[str, ...]
    offers: Mapping[str, Offer]
    image_status: str = ""
    reserved_mib: int = 0


@dataclass(frozen=True, slots=True)
class Deployed:
    """What a site uses of its stack: the ARNs of the roles of its jobs and of the head job, and the log group."""

    job_role: str = ""
    logs_group: str = ""
    head_role: str = ""


Measured = Mapping[str, Mapping[str, Reading]]
"""By instance type, then AMI. A measurement outlives the queue it was made on."""


@dataclass(frozen=True, slots=True)
class RegionFacts:
    """The facts about one region; `queues` has the compute environments of each queue, in order. `fair_share` are the
    queues with a scheduling policy; None in a lock written before they were recorded. `stacks` are those that
    `nfconfgen provision` has deployed, by name."""

    queues: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    environments: Mapping[str, Environment] = field(default_factory=dict)
    instance_types: Mapping[str, InstanceType] = field(default_factory=dict)
    measured: Measured = field(default_factory=dict)
    fair_share: tuple[str, ...] | None = None
    stacks: Mapping[str, Deployed] = field(default_factory=dict)

    def shapes(self, environment: str) -> list[Shape]:
        """The shapes of one compute environment, smallest first."""
        env = self.environments[environment]
        if env.kind.startswith(FARGATE):
            return fargate.shapes(env.max_vcpus)
        found = (self._shape(name, offer, env.reserved_mib) for name, offer in env.offers.items())
        return sorted(found, key=lambda shape: shape.size)

    @property
    def has_declared(self) -> bool:
        """Whether any of the queues is only declared."""
        return any(not self.exists(queue) for queue in self.queues)

    def exists(self, queue: str) -> bool:
        """Whether AWS had this queue when it was last queried; otherwise it is declared."""
        return not any(name.startswith(DECLARED) for name in self.queues[queue])

    def pools(self, site: Site) -> SitePools:
        """The queues of a site in its order; one that is not known has only the limits of the site."""
        return tuple(
            replace(self.pool(pool.name), limits=pool.limits, options=pool.options)
            if pool.name in self.queues
            else pool
            for pool in unqueried(site)
        )

    def pool(self, queue: str) -> Pool:
        """A queue with its shapes; a type in several environments counts with the least that it offers."""
        shared = None if self.fair_share is None else queue in self.fair_share
        spot = any(self.environments[name].kind.endswith("SPOT") for name in self.queues[queue])
        if any(self.environments[name].kind.startswith(FARGATE) for name in self.queues[queue]):
            most = max(self.environments[name].max_vcpus for name in self.queues[queue])
            return Pool(queue, tuple(fargate.shapes(most)), fixed_sizes=True, fair_share=shared, reclaimable=spot)
        least: dict[str, Shape] = {}
        for name in self.queues[queue]:
            for shape in self.shapes(name):
                known = least.get(shape.name, shape)
                # a type with more vCPUs than the environment's maximum is never started
                if shape.cpus <= self.environments[name].max_vcpus and shape.memory_mib <= known.memory_mib:
                    least[shape.name] = shape
        shapes = tuple(sorted(least.values(), key=lambda shape: shape.size))
        return Pool(queue, shapes, fair_share=shared, declared=not self.exists(queue), reclaimable=spot)

    def _shape(self, name: str, offer: Offer, reserved_mib: int) -> Shape:
        if offer.source == "estimated":
            sheet = self.instance_types[name]
            memory_mib = estimate.registered_mib(sheet.memory_mib, sheet.cpus, sheet.hypervisor, name)
            found = Shape(name, sheet.cpus, memory_mib, "estimated")
        else:
            reading = self.measured[name][offer.ami]
            found = Shape(name, reading.cpus, reading.memory_mib, offer.source, reading.time, offer.ami)
        # what was measured in this environment lacks the reserve already
        more_mib = max(reserved_mib - estimate.RESERVED_MIB, 0) if offer.source != "measured" else 0
        known = self.instance_types.get(name, InstanceType(0, 0))
        left_mib = max(found.memory_mib - more_mib, 1)
        return replace(found, memory_mib=left_mib, gpus=known.gpus, architecture=known.architecture)

    def to_json(self) -> dict[str, Any]:
        """As the lock keeps it. Each offer has its memory too, so that a diff of the lock is easy to read."""
        facts = {
            "compute_environments": {name: self._environment(env) for name, env in self.environments.items()},
            "instance_types": {name: _sheet_to_json(sheet) for name, sheet in self.instance_types.items()},
            "job_queues": {name: list(environments) for name, environments in self.queues.items()},
            "measured": {
                name: {ami: asdict(reading) for ami, reading in readings.items()}
                for name, readings in self.measured.items()
            },
        }
        if self.stacks:
            facts["stacks"] = {name: asdict(deployed) for name, deployed in self.stacks.items()}
        return facts if self.fair_share is None else {**facts, "fair_share": list(self.fair_share)}

    def _environment(self, environment: Environment) -> dict[str, Any]:
        reserved_mib = environment.reserved_mib
        return ({"reserved_mib": reserved_mib} if reserved_mib else {}) | {
            "image": environment.image,
            "image_status": environment.image_status,
            "instance_types": list(environment.asked),
            "kind": environment.kind,
            "max_vcpus": environment.max_vcpus,
            "shapes": {
                name: {"memory_mib": self._shape(name, offer, reserved_mib).memory_mib, "source": offer.source}
                | ({"ami": offer.ami} if offer.ami else {})
                for name, offer in environment.offers.items()
            },
        }

    @staticmethod
    def from_json(data: Any, at: str = "facts") -> RegionFacts:
        """The facts that `to_json` wrote. ValueError for anything else; its message begins with the key `at`."""
        found = decode.read(
            RegionFacts,
            at,
            data,
            {
                "job_queues": ("queues", decode.each(decode.names)),
                "compute_environments": ("environments", decode.each(_environment)),
                "instance_types": ("instance_types", decode.each(_sheet)),
                "measured": ("measured", decode.each(decode.each(_reading))),
                "fair_share": ("fair_share", decode.names),
                "stacks": ("stacks", decode.each(decode.record(Deployed))),
            },
            required=("job_queues", "compute_environments", "instance_types", "measured"),
        )
        for orphan in found.orphans(at):
            raise ValueError(orphan)
        return found

    def orphans(self, at: str) -> Iterator[str]:
        """Messages about names without an entry, as a manual merge leaves them."""
        for queue, names in self.queues.items():
            for name in names:
                if name not in self.environments:
                    where = decode.below(f"{at}.job_queues", queue)
                    yield f"{where} names the compute environment {decode.shown(name)}, which has no entry"
        for name in self.fair_share or ():
            if name not in self.queues:
                yield f"{at}.fair_share names the job queue {decode.shown(name)}, which has no entry"
        for name, environment in self.environments.items():
            shapes = decode.below(f"{at}.compute_environments", name) + ".shapes"
            for kind, offer in environment.offers.items():
                if offer.source == "estimated" and kind not in self.instance_types:
                    yield f"{decode.below(shapes, kind)} is estimated, but its data sheet is missing"
                elif offer.source != "estimated" and offer.ami not in self.measured.get(kind, {}):
                    yield f"{decode.below(shapes, kind)} is {offer.source}, but its measurement is missing"


def _sheet_to_json(sheet: InstanceType) -> dict[str, Any]:
    """The data sheet as the lock keeps it, without unknown values."""
    known: dict[str, Any] = {"cpus": sheet.cpus, "hypervisor": sheet.hypervisor, "memory_mib": sheet.memory_mib}
    if sheet.architecture:
        known["architecture"] = sheet.architecture
    return known if sheet.gpus is None else {**known, "gpus": dict(sheet.gpus)}


def _sheet(at: str, data: Any) -> InstanceType:
    return decode.read(InstanceType, at, data, {"gpus": ("gpus", decode.each(decode.number))})


def _environment(at: str, data: Any) -> Environment:
    asked, offers = ("asked", decode.names), ("offers", decode.each(_offer))
    return decode.read(Environment, at, data, {"instance_types": asked, "shapes": offers})


def _offer(at: str, data: Any) -> Offer:
    # the memory next to each offer is only for reading: the measurement or the data sheet counts
    return decode.read(Offer, at, data, {"source": ("source", _SOURCE), "memory_mib": ("", decode.number)})


def _reading(at: str, data: Any) -> Reading:
    return decode.read(Reading, at, data, {"time": ("time", decode.time)})


_SOURCE = decode.one_of(("measured", "remembered", "estimated"))
