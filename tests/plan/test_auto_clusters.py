"""`queues: auto` on eight clusters: no task goes to a partition that is for something else, and each is explained."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pytest

from nfconfgen.executors.slurm.facts.accounting import Association, Ceilings
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts, NodeGroup, Partition
from nfconfgen.executors.slurm.pools.pools import left_out, pools
from nfconfgen.plan.admission import Need
from nfconfgen.plan.route import route
from nfconfgen.profile.model import Accelerator
from tests.plan.clusters import DAY_S, HOUR_S, profile

SMALL, LARGE, TINY = (32, 128000), (64, 1500000), (4, 16000)


@dataclass(frozen=True)
class Part:
    """A partition, its nodes, and a word of the reason why it is left out; empty: tasks may go there."""

    partition: Partition
    nodes: tuple[int, int] = SMALL
    why: str = ""
    gpus: int = 0


def up_to(hours: float, **keys: object) -> Partition:
    return Partition(cpus=128, nodes=4, max_time_s=int(hours * HOUR_S), **keys)  # type: ignore[arg-type]


CLUSTERS = {
    "debug and interactive": {
        "batch": Part(up_to(48, default=True)),
        "debug": Part(up_to(0.5), why="debug"),
        "gpu-debug": Part(up_to(1), gpus=2, why="debug"),
        "interactive": Part(up_to(8), TINY, "interactive"),
    },
    "few jobs a user": {
        "normal": Part(up_to(24)),
        "express": Part(up_to(4, qos="two"), TINY, "at most 2 jobs at once"),
        "queue10": Part(up_to(4, qos="ten"), TINY, "at most 10 jobs in the queue"),
        "wide": Part(up_to(4, qos="many"), TINY),
    },
    "preemptible": {
        "owners": Part(up_to(24, tier=10)),
        "idle": Part(up_to(168, tier=1, preempted=True), LARGE, "ended for those of other partitions"),
        "scavenger": Part(up_to(168), why="scavenger"),
    },
    "GPUs": {
        "cpu": Part(up_to(24)),
        "a100": Part(up_to(24), gpus=4),
        "long-a100": Part(up_to(240), gpus=4),
    },
    "several nodes": {
        "single": Part(up_to(24)),
        "parallel": Part(up_to(24, min_nodes=2), TINY, "at least 2 nodes"),
        "nothing": Part(up_to(24, max_nodes=0), TINY, "MaxNodes"),
    },
    "closed": {
        "open": Part(up_to(24)),
        "theirs": Part(up_to(24, accounts=("other",)), TINY, "account lab may not"),
        "groups": Part(up_to(24, allowed=False), TINY, "your groups"),
        "elsewhere": Part(up_to(24, elsewhere=True), TINY, "AllocNodes"),
        "drained": Part(up_to(24, state="DRAIN"), TINY, "DRAIN"),
        "course": Part(up_to(24, reserved=True), TINY, "reservation"),
        "qosonly": Part(up_to(24, qos_allowed=("special",)), TINY, "QOS normal may not"),
    },
    "hidden": {
        "all": Part(up_to(24, default=True)),
        "secret": Part(up_to(24, hidden=True), TINY, "hidden"),
        "viz": Part(up_to(24), TINY, "viz"),
        "jupyter": Part(up_to(24), TINY, "jupyter"),
        "dtn": Part(up_to(24), TINY, "dtn"),
    },
    "one partition, called debug as in the first example of Slurm": {"debug": Part(up_to(24, default=True))},
}


def facts_of(parts: dict[str, Part]) -> ClusterFacts:
    return ClusterFacts(
        "lab",
        "2026-11-22T00:00:00Z",
        enforce=("associations", "limits", "qos"),
        default_account="lab",
        partitions={name: part.partition for name, part in parts.items()},
        nodes={
            f"{name}[1-4]": NodeGroup(*part.nodes, (name,), (), {"gpu:a100": part.gpus} if part.gpus else {})
            for name, part in parts.items()
        },
        qos={
            "normal": Ceilings(),
            "two": Ceilings(counts={"maxjobspu": 2}),
            "ten": Ceilings(counts={"maxsubmitpu": 10}),
            "many": Ceilings(counts={"maxjobspu": 50, "maxsubmitpu": 500}),
        },
        associations=(Association("lab", qos=("normal",), default_qos="normal"),),
    )


@pytest.mark.parametrize("name", CLUSTERS)
def test_what_is_left_out_and_why(name: str) -> None:
    parts = CLUSTERS[name]
    (site,) = profile().sites
    found = dict(left_out(facts_of(parts), site))
    assert set(found) == {partition for partition, part in parts.items() if part.why}
    for partition, why in found.items():
        assert parts[partition].why in why


@pytest.mark.parametrize("name", CLUSTERS)
def test_no_task_goes_there(name: str) -> None:
    parts = CLUSTERS[name]
    (site,) = profile().sites
    found = pools(facts_of(parts), site)
    gone = set()
    times = (None, HOUR_S // 4, 4 * HOUR_S, DAY_S, 7 * DAY_S)
    for cpus, mib, time_s, gpus in product((1, 4, 32), (1000, 100000, 1000000), times, (0, 1)):
        pool = route(site, found, Need(cpus, mib, time_s, Accelerator(gpus) if gpus else None), 1)
        if pool is not None:
            gone.add(pool.name)
            assert bool(parts[pool.name].gpus) == bool(gpus)
    assert gone
    assert not {partition for partition in gone if parts[partition].why}


def test_what_is_named_is_used() -> None:
    (site,) = profile("queues: [debug, batch]").sites
    found = pools(facts_of(CLUSTERS["debug and interactive"]), site)
    chosen = route(site, found, Need(1, 1000, HOUR_S // 4), 1)
    assert chosen is not None
    assert chosen.name == "debug"
