"""Random requests of an ordinary user on clusters of other kinds: what the plan expects, and what Slurm does."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from nfconfgen.executors.slurm.facts import client
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
from nfconfgen.executors.slurm.pools.pools import pools
from nfconfgen.facts.model import Pool
from nfconfgen.plan.admission import Need, charged_cpus, faults, raised_cpus
from nfconfgen.plan.attempts import first_need
from nfconfgen.profile.model import Site
from tests.lab.slurm import jobs
from tests.lab.slurm.cluster import Outcome, PartLimits
from tests.lab.slurm.requests import Request, done, expected, profile_of
from tests.lab.slurm.topologies import NAMES, USER, Topology, topology

REQUESTS = int(os.environ.get("NFCONFGEN_LAB_REQUESTS", "60"))
"""For each cluster and each EnforcePartLimits."""
CPUS = (1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 24, 25, 30, 31, 32)
MEMORY_MIB = (1000, 2000, 4000, 8000, 12000, 16000, 20000, 20001, 32000, 32001, 64000, 64001, 102400, 102401)
MINUTES = (10, 30, 31, 60, 61, 100, 240, 481, 719, 721, 1440, 1441)


@cache
def running(name: str) -> Topology:
    return topology(name)


def ask(cluster: Topology, folder: Path) -> ClusterFacts:
    with cluster.by_ssh(folder) as host:
        facts, doubts = client.ask(host, "2026-11-22T00:00:00Z")
    assert doubts == []
    return facts


def requests(facts: ClusterFacts, count: int, seed: str) -> list[Request]:
    """Small ones more often than large ones, as a request that nothing limits is the one to start."""
    chosen = random.Random(seed)
    own = [a for a in facts.associations or () if a.user]

    def small_first(values: Sequence[int]) -> int:
        return values[min(chosen.randrange(len(values)), chosen.randrange(len(values)))]

    found = []
    for _ in range(count):
        name, association = chosen.choice(sorted(facts.partitions)), chosen.choice(own)
        part = facts.partitions[name]
        # what Slurm compares first where it has no nodes to compare with was not worth a rule
        unlike_others = part.max_nodes == 0 or not facts.queues[name]
        gpus = 0 if unlike_others or part.min_nodes > 1 else chosen.choice([0] * 8 + [1, 2, 3])
        # there a request that no node holds waits, and does not say why
        ways = ["per-node"] if facts.whole_nodes or unlike_others else ["per-node", "per-node", "per-cpu"]
        found.append(
            Request(
                name,
                MEMORY_MIB[0] if unlike_others else small_first(MEMORY_MIB),
                CPUS[0] if unlike_others else small_first(CPUS),
                small_first(MINUTES),
                account=association.account,
                qos="" if unlike_others else chosen.choice(["", *association.qos]),
                gpus=gpus,
                gpu_type=chosen.choice(["", "a100", "v100"]) if gpus else "",
                ask_memory=chosen.choice(ways),
                exclusive=chosen.random() < 0.15,
            )
        )
    return found


@pytest.mark.parametrize("part_limits", ["NO", "ANY", "ALL"])
@pytest.mark.parametrize("name", NAMES)
def test_plan_and_cluster_agree(name: str, part_limits: PartLimits, tmp_path: Path) -> None:
    cluster = running(name)
    with cluster.alone():
        cluster.enforce(part_limits)
        facts = ask(cluster, tmp_path)
        wanted = requests(facts, REQUESTS, f"{name} {part_limits} {os.environ.get('NFCONFGEN_LAB_SEED', '')}")
        outcomes = cluster.submit([request.sbatch() for request in wanted], part_limits)
    sites = profile_of(wanted).sites
    found = [
        (request, *disagreement)
        for request, outcome, site in zip(wanted, outcomes, sites, strict=True)
        if (disagreement := differs(facts, site, outcome)) is not None
    ]
    assert not found, "\n".join(map(str, found))


def differs(facts: ClusterFacts, site: Site, outcome: Outcome) -> tuple[object, ...] | None:
    (pool,) = pools(facts, site)
    (task,) = site.tasks
    assert task.memory_mib is not None
    need = first_need(task, task.memory_mib.value)
    wanted = expected(pool, need)
    unlike = pool.whole_nodes and len(pool.shapes) > 1
    if unlike and (wanted[0], outcome.kind) == ("pends", "started"):
        # the plan reckons with the worst of its nodes, and Slurm took another one
        return None
    came_of_it = done(outcome, wanted[1])
    # of several limits that it is beyond, Slurm names one or another
    reasons = {fault.reason for fault in faults(pool, need) if fault.kind == "pends"}
    if wanted != came_of_it and (wanted[0] != came_of_it[0] or came_of_it[1] not in reasons):
        return wanted, outcome
    if outcome.kind == "started" and not pool.whole_nodes and outcome.cpus not in charged(facts, pool, need):
        return charged(facts, pool, need), outcome.cpus
    return None


def charged(facts: ClusterFacts, pool: Pool, need: Need) -> set[int]:
    """The CPUs on any of its nodes, which may have cores of one thread and of two. Raised CPUs of a single one may be
    spread over two sockets."""
    spread = {pool.cpu_step * 2} if pool.cpu_step > 2 and raised_cpus(pool, need) > need.cpus == 1 else set()
    steps = {facts.nodes[name].cpu_step for name in facts.queues[pool.name]}
    return spread | {charged_cpus(replace(pool, cpu_step=step), need) * pool.nodes for step in steps}


NODES = (
    *(Request(name) for name in ("main", "onenode", "resv", "debug")),
    *(Request("main", nodelist=node) for node in ("d1", "d2", "d3", "d4")),
    *(Request("main", exclude=nodes) for nodes in ("d[1,3-4]", "d[1-2]", "d[2-4]", "d[1-4]")),
    *(Request(name, reservation="course") for name in ("main", "resv", "onenode")),
    *(Request("main", reservation=name) for name in ("others", "nobodys")),
    *(Request("main", reservation="course", nodelist=node) for node in ("d1", "d3")),
)


def test_single_nodes_and_reservations(tmp_path: Path) -> None:
    """One node is drained, one reserved for the user, one for others."""
    cluster = running("deep")
    with cluster.alone():
        cluster.enforce("NO")
        try:
            cluster.administer("scontrol", "update", "nodename=d2", "state=drain", "reason=test")
            for name, user, node in (("course", USER, "d3"), ("others", "root", "d4")):
                options = (
                    f"reservationname={name}",
                    f"users={user}",
                    f"nodes={node}",
                    "starttime=now",
                    "duration=60",
                )
                cluster.administer("scontrol", "create", "reservation", *options)
            jobs.until(lambda: "RESERVED" in cluster.ask("scontrol", "show", "node", "d4"), "d4 is reserved")
            facts = ask(cluster, tmp_path)
            outcomes = cluster.submit([request.sbatch() for request in NODES])
        finally:
            for name in ("course", "others"):
                cluster.administer("scontrol", "delete", f"reservationname={name}")
            cluster.administer("scontrol", "update", "nodename=d2", "state=resume")
    found = [
        (request, *disagreement)
        for request, outcome, site in zip(NODES, outcomes, profile_of(NODES).sites, strict=True)
        if (disagreement := differs(facts, site, outcome)) is not None
    ]
    assert not found, "\n".join(map(str, found))
    assert {outcome.kind for outcome in outcomes} == {"started", "refused", "pends"}


def test_hidden_partitions_are_known(tmp_path: Path) -> None:
    cluster = running("whole")
    with cluster.alone():
        shown = cluster.ask("scontrol", "-o", "show", "partition")
        facts = ask(cluster, tmp_path)
    assert "PartitionName=hidden" not in shown
    assert facts.partitions["hidden"].hidden
    assert {name for name in facts.partitions if name in ("all", "NONE")} == {"all", "NONE"}
    assert facts.queues["all"] == ("w[1-2]",)
