"""The instance types that a probe starts, and the job that reaches each."""

from __future__ import annotations

from nfconfgen.executors.awsbatch.facts.region import Environment, InstanceType, Offer, Reading, RegionFacts
from nfconfgen.executors.awsbatch.probe.targets import TINY, cost_text, targets

REGION = "eu-central-1"


def known(**offers: Offer) -> RegionFacts:
    names = {name.replace("_", "."): offer for name, offer in offers.items()}
    sheets = {"c5.large": (2, 4096), "c5.xlarge": (4, 8192), "c5.2xlarge": (8, 16384), "r5.xlarge": (4, 32768)}
    return RegionFacts(
        queues={"q": ("e",)},
        environments={"e": Environment("EC2", 64, "default", tuple(names), names)},
        instance_types={name: InstanceType(*sheet) for name, sheet in sheets.items()},
        measured={name: {"ami-1": Reading(sheets[name][0], 3600, "2026-11-20T09:30:00Z")} for name in names},
    )


GUESS, SEEN = Offer("estimated"), Offer("measured", "ami-1")


def test_the_only_type_is_reached_by_a_tiny_job() -> None:
    (found,) = targets(known(c5_large=GUESS), REGION, "q", ["c5.large"], again=False)
    assert (found.instance_type, found.cpus, found.memory_mib) == ("c5.large", *TINY)


def test_a_larger_type_is_reached_by_what_no_smaller_one_holds() -> None:
    facts = known(c5_large=GUESS, c5_xlarge=GUESS, c5_2xlarge=GUESS, r5_xlarge=GUESS)
    found = targets(facts, REGION, "q", ["c5.2xlarge", "r5.xlarge"], again=False)
    shapes = {shape.name: shape for shape in facts.shapes("e")}
    for target in found:
        holding = [s.name for s in shapes.values() if s.cpus >= target.cpus and s.memory_mib >= target.memory_mib]
        assert holding[0] == target.instance_type


def test_what_is_measured_is_left_alone_unless_asked_for_again() -> None:
    facts = known(c5_large=SEEN, c5_xlarge=GUESS)
    names = ["c5.large", "c5.xlarge"]
    assert [t.instance_type for t in targets(facts, REGION, "q", names, again=False)] == ["c5.xlarge"]
    assert [t.instance_type for t in targets(facts, REGION, "q", names, again=True)] == names


def test_the_cost_is_in_instance_minutes() -> None:
    found = targets(known(c5_large=GUESS, c5_xlarge=GUESS), REGION, "q", ["c5.large", "c5.xlarge"], again=False)
    assert cost_text(found, 15) == "starts c5.large on q, c5.xlarge on q: at most 2 × 15 = 30 instance-minutes"
