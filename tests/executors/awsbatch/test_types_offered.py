"""The instance types that a region offers a site: which of them, and with which memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from moto.ec2.models.instance_types import INSTANCE_TYPES, InstanceTypeBackend

from nfconfgen.executors.awsbatch.client import Aws
from nfconfgen.executors.awsbatch.facts.estimate import registered_mib
from nfconfgen.executors.awsbatch.facts.region import Environment, InstanceType, Offer, Reading, RegionFacts
from nfconfgen.executors.awsbatch.facts.types_offered import offered
from nfconfgen.facts.model import Shape
from nfconfgen.profile.model import Site
from tests.core import load_text

TIME = "2026-11-20T09:30:00Z"
OLD, NEW = "ami-0123456789abcdef0", "ami-0123456789abcdef1"


class Region(Aws):
    """Answers with moto's data sheets, filtered as EC2 does it."""

    def __init__(self) -> None:
        super().__init__("eu-central-1")
        self.asked: list[dict[str, list[str]]] = []

    def pages(self, service: str, operation: str, key: str, **params: Any) -> list[Any]:
        assert (service, operation, key) == ("ec2", "describe_instance_types", "InstanceTypes")
        filters = {each["Name"]: each["Values"] for each in params["Filters"]}
        self.asked.append(filters)
        found: list[Any] = InstanceTypeBackend().describe_instance_types(filters=filters)
        return found


def site(tasks: str = "cpus: 1, memory: 1 GB", queues: str = "q") -> Site:
    text = (
        f"nfconfgen: 1\npipeline: {{name: p}}\ntasks: {{default: {{{tasks}}}}}\n"
        f"sites:\n  s: {{executor: awsbatch, region: eu-central-1, queues: [{queues}], work_dir: s3://bucket/work}}\n"
    )
    loaded = load_text(text, "p.yml")
    assert loaded.profile is not None, loaded.findings
    return loaded.profile.sites[0]


def facts(*types: str, kind: str = "EC2", architecture: str = "x86_64", reserved_mib: int = 0) -> RegionFacts:
    """One queue of these types, none of them measured."""
    sheets = {
        name: InstanceType(
            INSTANCE_TYPES[name]["VCpuInfo"]["DefaultVCpus"],
            INSTANCE_TYPES[name]["MemoryInfo"]["SizeInMiB"],
            "nitro",
            {},
            architecture,
        )
        for name in types
    }
    offers = {name: Offer("estimated") for name in types}
    environment = Environment(kind, 256, NEW, types, offers, reserved_mib=reserved_mib)
    return RegionFacts({"q": ("e",)}, {"e": environment}, sheets)


def by_name(found: list[Shape]) -> dict[str, Shape]:
    assert [shape.size for shape in found] == sorted(shape.size for shape in found)
    return {shape.name: shape for shape in found}


def test_current_types_with_what_they_register() -> None:
    found = by_name(offered(Region(), site(), RegionFacts()))
    shape = found["c6i.xlarge"]
    assert (shape.cpus, shape.machine_mib, shape.source) == (4, 8192, "estimated")
    assert shape.memory_mib == registered_mib(8192, 4, "nitro", "c6i.xlarge") < 8192
    assert not [name for name in found if name.startswith(("t3", "c5.", "m6g")) or ".metal" in name]
    accelerated = ("g4dn", "p4d", "inf1", "trn1", "vt1", "f2")
    assert not [name for name in found if name.startswith(accelerated)]


def test_the_families_that_the_site_has_count_although_they_are_old() -> None:
    found = by_name(offered(Region(), site(), facts("c5.2xlarge")))
    assert (found["c5.xlarge"].memory_mib, found["c5.xlarge"].machine_mib) == (7476, 8192)
    assert "c5.metal" not in found
    assert "c6i.xlarge" in found


def test_the_architecture_of_the_site() -> None:
    found = by_name(offered(Region(), site(), facts("m6g.xlarge", architecture="arm64")))
    assert {shape.architecture for shape in found.values()} == {"arm64"}
    assert "c7g.xlarge" in found
    assert not [name for name in found if name.startswith("a1.")]


def test_gpus_only_for_tasks_that_ask_for_some() -> None:
    found = by_name(offered(Region(), site("cpus: 1, memory: 1 GB, accelerator: 1"), RegionFacts()))
    assert found["g4dn.xlarge"].gpus == {"T4": 1}
    assert "c6i.xlarge" in found
    assert not [name for name in found if name.startswith(("g4ad", "dl1", "inf1"))]


@pytest.mark.parametrize(
    ("readings", "memory_mib", "image"),
    [
        ({NEW: 7600}, 7600, NEW),
        ({OLD: 7400}, 7400, OLD),
        ({OLD: 7400, NEW: 7600}, 7600, NEW),  # the AMI of the site counts
    ],
)
def test_what_was_measured_in_the_region_is_remembered(readings: dict[str, int], memory_mib: int, image: str) -> None:
    measured = {"c5.xlarge": {ami: Reading(4, mib, TIME) for ami, mib in readings.items()}}
    known = replace(facts("c5.2xlarge"), measured=measured)
    shape = by_name(offered(Region(), site(), known))["c5.xlarge"]
    assert (shape.memory_mib, shape.source, shape.image, shape.machine_mib) == (memory_mib, "remembered", image, 8192)


def test_what_a_queue_offers_counts_before_all() -> None:
    known = facts("c5.2xlarge")
    environment = replace(known.environments["e"], offers={"c5.2xlarge": Offer("measured", OLD)})
    measured = {"c5.2xlarge": {OLD: Reading(8, 15434, TIME), NEW: Reading(8, 15000, TIME)}}
    known = replace(known, environments={"e": environment}, measured=measured)
    shape = by_name(offered(Region(), site(), known))["c5.2xlarge"]
    assert (shape.memory_mib, shape.source, shape.machine_mib) == (15434, "measured", 16384)


def test_a_type_of_two_queues_counts_with_the_least() -> None:
    known = facts("c5.2xlarge", reserved_mib=1032)
    other = replace(known.environments["e"], reserved_mib=0)
    known = replace(known, queues={**known.queues, "r": ("f",)}, environments={**known.environments, "f": other})
    for queues in ("q, r", "r, q"):
        found = by_name(offered(Region(), site(queues=queues), known))
        assert found["c5.2xlarge"].memory_mib == registered_mib(16384, 8, "nitro", "c5.2xlarge") - 1000


def test_the_reserve_of_the_site_is_taken_from_other_types_too() -> None:
    without = by_name(offered(Region(), site(), facts("c5.2xlarge")))
    found = by_name(offered(Region(), site(), facts("c5.2xlarge", reserved_mib=1032)))
    assert found["c6i.xlarge"].memory_mib == without["c6i.xlarge"].memory_mib - 1000


def test_a_site_on_fargate_alone_has_no_machines() -> None:
    aws = Region()
    assert offered(aws, site(), facts(kind="FARGATE")) == []
    assert aws.asked == []
