"""Declared queues that AWS does not have yet, as facts: their instance types are known, their memory is estimated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from nfconfgen.executors.awsbatch.facts.region import DECLARED, Environment, InstanceType, Offer, RegionFacts
from nfconfgen.executors.awsbatch.stack.declared import Declared
from nfconfgen.facts.model import Problem
from nfconfgen.wording import listed

IMAGE_TYPE = "ECS_AL2023"
IMAGE_TYPE_OF_GPUS = "ECS_AL2023_NVIDIA"
_NOT_AL2023 = ("a1.",)
_NOT_NVIDIA = ("p3.", "p3dn.", "g3.", "g3s.")
"""Families without these AMIs; neither is that of NVIDIA built for arm64:
https://docs.aws.amazon.com/batch/latest/APIReference/API_Ec2Configuration.html"""


def with_declared(facts: RegionFacts, declared: Sequence[Declared]) -> RegionFacts:
    """The facts with an entry for each declared queue that they lack, as far as its instance types are known; entries
    for queues that are not declared any more are left out. The facts themselves if nothing changes."""
    real = {name: names for name, names in facts.queues.items() if facts.exists(name)}
    missing = {each.queue: each for each in declared if each.queue not in real}
    planned = {
        f"{DECLARED}{name}": _environment(each, facts)
        for name, each in missing.items()
        if all(kind in facts.instance_types for kind in each.types)
    }
    kept = {name: one for name, one in facts.environments.items() if not name.startswith(DECLARED)}
    queues = {**real, **{name.removeprefix(DECLARED): (name,) for name in planned}}
    ordered = {name: queues[name] for name in sorted(queues)}
    if ordered == facts.queues and {**kept, **planned} == facts.environments:
        return facts
    return replace(facts, queues=ordered, environments={**kept, **planned})


def problems(region: str, facts: RegionFacts, declared: Iterable[Declared]) -> Iterator[Problem]:
    """An error for each declared queue with an instance type that the region does not have."""
    for each in declared:
        unknown = [name for name in each.types if name not in facts.instance_types]
        if unknown:
            message = f"{each.queue} declares {listed(unknown)}, which {region} does not have"
            yield Problem(each.queue, "queue-empty", message, "name another instance type, or another region")


def _environment(declared: Declared, facts: RegionFacts) -> Environment:
    image = declared.image or image_type(declared, facts.instance_types)
    offers = {
        name: Offer("remembered", image) if image in facts.measured.get(name, {}) else Offer("estimated")
        for name in sorted(declared.types)
    }
    return Environment(declared.kind, max_vcpus(declared, facts), image, declared.types, offers)


def max_vcpus(declared: Declared, facts: RegionFacts) -> int:
    """The vCPUs of as many instances of the largest type as may run at once."""
    return declared.max_instances * max(facts.instance_types[name].cpus for name in declared.types)


def image_type(declared: Declared, sheets: Mapping[str, InstanceType]) -> str:
    """The kind of AMI that Batch shall choose: with the driver where a type has GPUs."""
    with_gpus = any(sheets[name].gpus for name in declared.types)
    return IMAGE_TYPE_OF_GPUS if with_gpus else IMAGE_TYPE


def lacks_image(name: str, sheets: Mapping[str, InstanceType]) -> bool:
    """Whether Batch has no AMI of its own for this type."""
    if not sheets[name].gpus:
        return name.startswith(_NOT_AL2023)
    return name.startswith(_NOT_NVIDIA) or sheets[name].architecture == "arm64"
