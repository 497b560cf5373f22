"""What is known of AWS Batch in one region: queues, compute environments, data sheets, measured memory.

These are the facts as the lock keeps them; `pools` makes of them what the plan reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nfconfgen.executors.awsbatch.facts import estimate, fargate
from nfconfgen.facts import decode
from nfconfgen.facts.model import Pool, Shape, Source
from nfconfgen.profile.model import Site

FARGATE = "FARGATE"
"""How the kinds of environments without instances begin."""


@dataclass(frozen=True, slots=True)
class InstanceType:
    """The data sheet of an instance type; `hypervisor` as EC2 says it (nitro, xen, empty for bare metal).

    `gpus` are the physical ones of NVIDIA by name, as Batch gives jobs no others; None where a lock of before they
    were kept does not tell. `architecture` of its processors: x86_64 or arm64, empty where that is not known."""

    cpus: int
    memory_mib: int
    hypervisor: str = ""
    gpus: Mapping[str, int] | None = None
    architecture: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The least that instances of one type and AMI have registered with ECS, when that was (UTC), and the version
    of the ECS agent that did."""

    cpus: int
    memory_mib: int
    time: str
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """How the memory of one instance type in one compute environment is known; `ami` empty for an estimate."""

    source: Source
    ami: str = ""


@dataclass(frozen=True, slots=True)
class Environment:
    """A compute environment. `image` says which AMI its instances start from: an id, or Batch's choice by kind.

    `asked` are its instance types as configured (`c5`, `optimal`), `offers` the types they come to.
    `image_status` is what Batch says of the AMI (LATEST, UPDATE_AVAILABLE; empty where it says nothing).
    """

    kind: str
    max_vcpus: int
    image: str
    asked: tuple[str, ...]
    offers: Mapping[str, Offer]
    image_status: str = ""


Measured = Mapping[str, Mapping[str, Reading]]
"""By instance type, then AMI. A measurement outlives the queue it was made on."""


@dataclass(frozen=True, slots=True)
class RegionFacts:
    """Everything known of one region; `queues` gives the compute environments of each queue, in order."""

    queues: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    environments: Mapping[str, Environment] = field(default_factory=dict)
    instance_types: Mapping[str, InstanceType] = field(default_factory=dict)
    measured: Measured = field(default_factory=dict)

    def shapes(self, environment: str) -> list[Shape]:
        """The shapes of one compute environment, smallest first."""
        offers, kind = self.environments[environment].offers, self.environments[environment].kind
        if kind.startswith(FARGATE):
            return fargate.shapes(self.environments[environment].max_vcpus)
        return sorted((self._shape(name, offer) for name, offer in offers.items()), key=lambda shape: shape.size)

    def pools(self, site: Site) -> tuple[Pool, ...]:
        """The queues that the site names, as far as they are known, in its order."""
        known = (queue.value for queue in site.queues if queue.value in self.queues)
        return tuple(replace(self.pool(queue), limits=site.limits) for queue in known)

    def pool(self, queue: str) -> Pool:
        """The shapes of a queue: of a type in several environments, the one that offers least."""
        if any(self.environments[name].kind.startswith(FARGATE) for name in self.queues[queue]):
            most = max(self.environments[name].max_vcpus for name in self.queues[queue])
            return Pool(queue, tuple(fargate.shapes(most)), fixed_sizes=True)
        least: dict[str, Shape] = {}
        for name in self.queues[queue]:
            for shape in self.shapes(name):
                known = least.get(shape.name, shape)
                # a type with more vCPUs than the environment's maximum is never started
                if shape.cpus <= self.environments[name].max_vcpus and shape.memory_mib <= known.memory_mib:
                    least[shape.name] = shape
        return Pool(queue, tuple(sorted(least.values(), key=lambda shape: shape.size)))

    def _shape(self, name: str, offer: Offer) -> Shape:
        if offer.source == "estimated":
            sheet = self.instance_types[name]
            memory_mib = estimate.registered_mib(sheet.memory_mib, sheet.cpus, sheet.hypervisor, name)
            found = Shape(name, sheet.cpus, memory_mib, "estimated")
        else:
            reading = self.measured[name][offer.ami]
            found = Shape(name, reading.cpus, reading.memory_mib, offer.source, reading.time, offer.ami)
        known = self.instance_types.get(name, InstanceType(0, 0))
        return replace(found, gpus=known.gpus, architecture=known.architecture)

    def to_json(self) -> dict[str, Any]:
        """As the lock keeps it. The memory stands beside each offer too, so that a diff of the lock reads well."""
        return {
            "compute_environments": {name: self._environment(env) for name, env in self.environments.items()},
            "instance_types": {name: _sheet_to_json(sheet) for name, sheet in self.instance_types.items()},
            "job_queues": {name: list(environments) for name, environments in self.queues.items()},
            "measured": {
                name: {
                    ami: {"agent": r.agent, "cpus": r.cpus, "memory_mib": r.memory_mib, "time": r.time}
                    for ami, r in readings.items()
                }
                for name, readings in self.measured.items()
            },
        }

    def _environment(self, environment: Environment) -> dict[str, Any]:
        return {
            "image": environment.image,
            "image_status": environment.image_status,
            "instance_types": list(environment.asked),
            "kind": environment.kind,
            "max_vcpus": environment.max_vcpus,
            "shapes": {name: self._offer(name, offer) for name, offer in environment.offers.items()},
        }

    def _offer(self, name: str, offer: Offer) -> dict[str, Any]:
        shape = self._shape(name, offer)
        known = {"memory_mib": shape.memory_mib, "source": shape.source}
        return {**known, "ami": offer.ami} if offer.ami else known

    @staticmethod
    def from_json(data: Any, at: str = "facts") -> RegionFacts:
        """ValueError where this is not what `to_json` gives; `at` is how the message names the place."""
        found = decode.read(
            RegionFacts,
            at,
            data,
            {
                "job_queues": ("queues", decode.each(decode.names)),
                "compute_environments": ("environments", decode.each(_environment)),
                "instance_types": ("instance_types", decode.each(_sheet)),
                "measured": ("measured", decode.each(decode.each(_reading))),
            },
            required=("job_queues", "compute_environments", "instance_types", "measured"),
        )
        for orphan in found.orphans(at):
            raise ValueError(orphan)
        return found

    def orphans(self, at: str) -> Iterator[str]:
        """Names that lead nowhere, as a merge by hand leaves them."""
        for queue, names in self.queues.items():
            for name in names:
                if name not in self.environments:
                    where = decode.below(f"{at}.job_queues", queue)
                    yield f"{where} names the compute environment {decode.shown(name)}, which is not there"
        for name, environment in self.environments.items():
            shapes = decode.below(f"{at}.compute_environments", name) + ".shapes"
            for kind, offer in environment.offers.items():
                if offer.source == "estimated" and kind not in self.instance_types:
                    yield f"{decode.below(shapes, kind)} is estimated from a data sheet that is not there"
                elif offer.source != "estimated" and offer.ami not in self.measured.get(kind, {}):
                    yield f"{decode.below(shapes, kind)} is {offer.source}, by a measurement that is not there"


def _sheet_to_json(sheet: InstanceType) -> dict[str, Any]:
    """What is not known is left out."""
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
    # the memory beside each offer is for people: what counts is measured, or on the data sheet
    return decode.read(Offer, at, data, {"source": ("source", _SOURCE), "memory_mib": ("", decode.number)})


def _reading(at: str, data: Any) -> Reading:
    return decode.read(Reading, at, data, {"time": ("time", decode.time)})


_SOURCES: tuple[Source, ...] = ("measured", "remembered", "estimated")
_SOURCE = decode.one_of(_SOURCES)
