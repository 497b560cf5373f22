"""Declared queues among the facts: until they exist, when they appear, and when nothing declares them any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from nfconfgen.executors.awsbatch.facts.not_yet import image_type, problems, with_declared
from nfconfgen.executors.awsbatch.facts.region import Environment, InstanceType, Offer, Reading, RegionFacts
from nfconfgen.executors.awsbatch.stack.declared import Declared

SHEETS = {
    "c5.2xlarge": InstanceType(8, 16384),
    "m5.4xlarge": InstanceType(16, 65536),
    "g4dn.xlarge": InstanceType(4, 16384, gpus={"T4": 1}),
}
SMALL = Declared("small", ("c5.2xlarge",), 10)
REAL = RegionFacts(
    queues={"small": ("hosts",)},
    environments={"hosts": Environment("EC2", 64, "default", ("c5.2xlarge",), {"c5.2xlarge": Offer("estimated")})},
    instance_types=SHEETS,
)
KNOWN = RegionFacts(instance_types=SHEETS)


def test_a_declared_queue_is_there_before_it_exists() -> None:
    found = with_declared(KNOWN, [SMALL, Declared("large", ("m5.4xlarge", "c5.2xlarge"), 3, spot=True)])
    assert list(found.queues) == ["large", "small"]
    assert not found.exists("small")
    assert found.has_declared
    pool = found.pool("large")
    assert (pool.declared, [shape.name for shape in pool.shapes]) == (True, ["c5.2xlarge", "m5.4xlarge"])
    (environment,) = [found.environments[name] for name in found.queues["large"]]
    assert (environment.kind, environment.max_vcpus) == ("SPOT", 48)
    assert all(shape.source == "estimated" for shape in pool.shapes)


def test_the_lock_keeps_it_for_a_build_without_aws() -> None:
    found = with_declared(KNOWN, [SMALL])
    again = RegionFacts.from_json(found.to_json())
    assert again.pool("small") == found.pool("small")
    assert with_declared(again, [SMALL]) is again


def test_the_order_of_declarations_changes_nothing() -> None:
    other = Declared("a", ("m5.4xlarge",), 1)
    assert with_declared(KNOWN, [SMALL, other]) == with_declared(KNOWN, [other, SMALL])


def test_a_queue_that_exists_counts_instead() -> None:
    assert with_declared(REAL, [replace(SMALL, types=("m5.4xlarge",))]) is REAL
    planned = with_declared(KNOWN, [SMALL])
    appeared = replace(
        planned,
        queues={**planned.queues, "small": ("hosts",)},
        environments={**planned.environments, **REAL.environments},
    )
    found = with_declared(appeared, [SMALL])
    assert found == REAL


@pytest.mark.parametrize("left", [[], [Declared("other", ("c5.2xlarge",), 1)]])
def test_a_declaration_that_is_taken_away(left: Sequence[Declared]) -> None:
    found = with_declared(with_declared(REAL, [Declared("gone", ("c5.2xlarge",), 2)]), left)
    assert set(found.queues) == {"small", *(each.queue for each in left)}
    assert all(names[0] in found.environments for names in found.queues.values())
    assert len(found.environments) == len(found.queues)


def test_a_declaration_that_changes() -> None:
    first = with_declared(KNOWN, [SMALL])
    second = with_declared(first, [replace(SMALL, max_instances=11)])
    assert second != first
    assert with_declared(second, [SMALL]) == first


def test_a_type_that_is_not_known_is_left_out_and_named() -> None:
    unknown = Declared("odd", ("c5.2xlarge", "x9.huge"), 1)
    assert with_declared(KNOWN, [unknown]) is KNOWN
    (problem,) = problems("eu-central-1", KNOWN, [unknown, SMALL])
    assert (problem.queue, "x9.huge" in problem.message) == ("odd", True)
    assert "c5.2xlarge" not in problem.message


def test_a_measurement_of_its_type_and_ami_is_remembered() -> None:
    own = replace(SMALL, image="ami-0123456789abcdef0")
    reading = Reading(8, 15000, "2026-11-20T09:13:20Z")
    measured = replace(KNOWN, measured={"c5.2xlarge": {own.image: reading}})
    (shape,) = with_declared(measured, [own]).pool("small").shapes
    assert (shape.memory_mib, shape.source) == (15000, "remembered")
    (shape,) = with_declared(measured, [SMALL]).pool("small").shapes
    assert shape.source == "estimated"


def test_a_queue_with_gpus_has_an_ami_with_their_driver() -> None:
    assert image_type(SMALL, SHEETS) == "ECS_AL2023"
    assert image_type(Declared("gpu", ("c5.2xlarge", "g4dn.xlarge"), 1), SHEETS) == "ECS_AL2023_NVIDIA"
