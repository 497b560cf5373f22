"""A cluster twice as large takes twice the work, however unlike its nodes are. Counted in calls, not in seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from nfconfgen.executors.slurm.facts.parse import Answers, parse
from tests.executors.slurm.samples import NOW, node
from tests.plan.clusters import pools_of


def calls(work: Callable[[], object]) -> int:
    """How many functions are called, those of C included."""
    count = 0

    def count_one(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count_one)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def cluster(nodes: int, unlike: bool, partitions: int = 10) -> Answers:
    names = [f"p{number}" for number in range(partitions)]
    lines = [
        node(f"n{number:05}", RealMemory=str(8000 + (number if unlike else number % 5)), Partitions=",".join(names))
        for number in range(nodes)
    ]
    config = "ClusterName = large\n"
    return Answers(config, "".join(f"PartitionName={name} MaxTime=1:00:00\n" for name in names), "\n".join(lines))


@pytest.mark.parametrize("unlike", [True, False])
def test_reading_and_pools_grow_with_the_nodes(unlike: bool) -> None:
    def work(nodes: int) -> Callable[[], object]:
        answers = cluster(nodes, unlike)
        return lambda: pools_of(facts=parse(answers, NOW))

    work(10)()  # what is imported or compiled the first time
    small, large = calls(work(400)), calls(work(1600))
    assert large < small * 4.4
