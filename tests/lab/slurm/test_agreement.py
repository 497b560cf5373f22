"""What the plan expects of a request, and what the real Slurm does with it: no disagreement is allowed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nfconfgen.executors.slurm.facts import client as slurm_facts
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
from nfconfgen.executors.slurm.pools.pools import pools
from nfconfgen.facts.model import Pool
from nfconfgen.plan.admission import Need, faults, raised_cpus
from nfconfgen.plan.attempts import first_need
from nfconfgen.plan.plan import plan
from tests.lab.slurm.cluster import Cluster, PartLimits
from tests.lab.slurm.requests import Request, done, expected, profile_of

WAYS = ("per-node", "per-cpu")
PARTITIONS = (
    "short",
    "long",
    "himem",
    "percpu",
    "fewcpus",
    "fewpercpu",
    "sick",
    "mixed",
    "gpu",
    "pqos",
    "ht",
    "excl",
    "infinite",
)


def requests(facts: ClusterFacts) -> list[Request]:
    """Requests around every limit of the lab: one below it (or on it), one beyond."""
    return list(dict.fromkeys([*_sizes(facts), *_rights(), *_nodes(), *_together()]))


def _sizes(facts: ClusterFacts) -> Iterator[Request]:
    for name in PARTITIONS:
        partition = facts.partitions[name]
        nodes = [group for group in facts.nodes.values() if name in group.partitions]
        marks = {group.memory_mib for group in nodes} | {partition.max_memory_per_node_mib or 0}
        if partition.max_memory_per_cpu_mib:
            marks |= {partition.max_memory_per_cpu_mib * cpus for cpus in {1, 2, 3, *(group.cpus for group in nodes)}}
        for mark in sorted(marks - {0}):
            for memory_mib in (mark - 1, mark, mark + 1):
                yield Request(name, memory_mib)
                yield Request(name, memory_mib, cpus=2)
        counts = {group.cpus for group in nodes} | {partition.max_cpus_per_node or 0, partition.cpus}
        for count in sorted(counts - {0}):
            yield from (Request(name, cpus=cpus) for cpus in (count - 1, count, count + 1))
        minutes = (partition.max_time_s or 40 * 86400) // 60
        yield from (Request(name, minutes=m) for m in (1, minutes - 1, minutes, minutes + 1))
        for cpus, mib in ((3, 24000), (3, 24001), (4, 12004), (4, 47996), (4, 48004), (2, 64000), (2, 64004)):
            yield Request(name, mib, cpus, ask_memory="per-cpu")


def _rights() -> Iterator[Request]:
    for name in ("closed", "noqos", "denyqos", "pdown", "pdrain", "pinact"):
        yield from (Request(name), Request(name, qos="big"))
        yield Request(name, minutes=1441)
    for account in ("lab", "small", "other", "nope"):
        yield from (Request("short", account=account), Request("closed", account=account))
    for qos in (
        "normal",
        "short",
        "big",
        "strict",
        "pernode",
        "grp",
        "peruser",
        "minq",
        "partover",
        "private",
        "nope",
    ):
        yield Request("short", cpus=4, qos=qos)
        yield Request("short", cpus=4, qos=qos, account="small")
    yield from (Request("himem", memory_mib=m, qos="big") for m in (102399, 102400, 102401))
    yield from (Request("himem", cpus=cpus, qos="big") for cpus in (24, 25))
    yield from (Request("short", memory_mib=m, qos="strict") for m in (51200, 51201))
    yield from (Request("pqos", memory_mib=m, qos=q) for m in (20480, 20481) for q in ("", "big", "strict"))
    for qos, mib, cpus in (("pernode", 10240, 4), ("grp", 30720, 6), ("peruser", 30720, 6)):
        yield from (Request("short", memory_mib=m, qos=qos) for m in (mib, mib + 1))
        yield from (Request("short", cpus=c, qos=qos) for c in (cpus, cpus + 1))
    yield from (Request("short", cpus=cpus, qos="minq") for cpus in (3, 4))
    yield from (Request("infinite", minutes=m, qos="short") for m in (239, 240, 241))
    yield from (Request("short", minutes=m, qos="strict") for m in (119, 120, 121))
    yield from (Request("short", minutes=m, qos="partover") for m in (240, 241, 2880, 2881))
    yield from (Request("short", cpus=c, account="small") for c in (4, 5))
    yield from (Request("short", memory_mib=m, account="small") for m in (8192, 8193))
    yield from (Request("short", minutes=m, account="small") for m in (60, 61))


def _nodes() -> Iterator[Request]:
    for constraint in ("avx2", "ib", "avx2&ib", "avx2|ib"):
        yield from (Request(name, constraint=constraint) for name in ("short", "gpu", "himem", "mixed"))
    yield from (Request("gpu", gpus=gpus) for gpus in (1, 2, 3))
    yield from (Request("gpu", gpus=gpus, gpu_type="a100") for gpus in (1, 2, 3))
    yield from (Request("short", gpus=1), Request("mixed", gpus=1))
    yield from (Request("short", nodelist=node) for node in ("c1", "c2", "himem1"))
    yield from (Request("mixed", nodelist=node, memory_mib=m) for node in ("c1", "sick1") for m in (64000, 64001))
    yield from (Request("short", exclude=nodes) for nodes in ("c1", "c[1-2]", "himem1"))
    yield from (
        Request("short", m, 2, ask_memory=how, exclusive=True) for m in (4000, 8000, 8002, 64000) for how in WAYS
    )
    yield Request("mixed", exclude="c[1-2]")


def _together() -> Iterator[Request]:
    """Beyond two limits at once."""
    yield from (
        Request("short", memory_mib=64001, minutes=241),
        Request("long", memory_mib=64001),
        Request("long", memory_mib=48001, cpus=17),
        Request("long", cpus=17, minutes=10081),
        Request("percpu", memory_mib=100000, cpus=33),
        Request("pdown", memory_mib=64001),
        Request("sick", memory_mib=64001, minutes=1441),
        Request("himem", memory_mib=500001, minutes=2881),
        Request("short", memory_mib=64001, qos="grp"),
        Request("himem", memory_mib=500001, qos="big"),
        Request("short", cpus=17, qos="big"),
        Request("percpu", memory_mib=18000, qos="grp"),
        Request("percpu", memory_mib=20000, qos="grp"),
        Request("percpu", memory_mib=20000, qos="peruser"),
    )


@pytest.mark.parametrize("part_limits", ["NO", "ALL"])
def test_plan_and_cluster_agree(slurm: Cluster, part_limits: PartLimits) -> None:
    with slurm.alone():
        slurm.enforce(part_limits)
        facts, doubts = slurm_facts.ask("", "2026-11-22T00:00:00Z")
        assert not doubts
        wanted = requests(facts)
        outcomes = slurm.submit([request.sbatch() for request in wanted], part_limits)
    profile = profile_of(wanted)
    offered = {site.name: pools(facts, site) for site in profile.sites}
    planned = plan(profile, offered)
    # the head job is another request, and none of those submitted
    errors = [finding for finding in planned.findings if finding.level == "error" and finding.rule != "head-fit"]
    refused = {finding.place.line for finding in errors}
    assert len(wanted) >= 200
    disagreements: list[object] = []
    for request, outcome, site in zip(wanted, outcomes, planned.sites, strict=True):
        (pool,) = offered[site.site.name]
        (task,) = site.site.tasks
        assert task.memory_mib is not None
        need = first_need(task, task.memory_mib.value)
        wanted_of = expected(pool, need)
        fits = bool(site.task_plans) and site.site.place.line not in refused
        if wanted_of != done(outcome, wanted_of[1]) or fits != (outcome.kind == "started"):
            disagreements.append((request, wanted_of, fits, outcome))
        elif outcome.kind == "started" and not pool.whole_nodes and outcome.cpus not in _cpus(pool, need):
            disagreements.append((request, _cpus(pool, need), outcome))
    assert not disagreements, "\n".join(map(str, disagreements))


PAIRS = (
    *("short,himem", "himem,short", "short,long", "long,short", "short,closed", "pdrain,short", "pdown,long"),
    *("percpu,himem", "pqos,short", "short,gpu", "short,denyqos"),
)


def several() -> list[Request]:
    """Requests for several partitions at once that the first, the second, both or neither may start."""
    sizes = [(m, t) for m in (1000, 30000, 60000, 100000, 600000) for t in (10, 300, 2000)]
    found = [Request(pair, memory_mib=m, minutes=t) for pair in PAIRS for m, t in sizes]
    found += [Request("short,gpu", gpus=gpus) for gpus in (1, 3)]
    return [*found, *(Request("short,denyqos", qos="big", minutes=t) for t in (10, 300))]


@pytest.mark.parametrize("part_limits", ["NO", "ANY", "ALL"])
def test_plan_and_cluster_agree_on_several_partitions_at_once(slurm: Cluster, part_limits: PartLimits) -> None:
    with slurm.alone():
        slurm.enforce(part_limits)
        facts, _ = slurm_facts.ask("", "2026-11-22T00:00:00Z")
        wanted = several()
        outcomes = slurm.submit([request.sbatch() for request in wanted], part_limits)
    disagreements: list[object] = []
    for request, outcome, site in zip(wanted, outcomes, profile_of(wanted).sites, strict=True):
        (task,) = site.tasks
        assert task.memory_mib is not None
        need = first_need(task, task.memory_mib.value)
        holding = [pool.part for pool in pools(facts, site) if not faults(pool, need)]
        if bool(holding) != (outcome.kind == "started") or (holding and outcome.partition not in holding):
            disagreements.append((request, holding, outcome))
    assert not disagreements, "\n".join(map(str, disagreements))


def _cpus(pool: Pool, need: Need) -> set[int]:
    """Where MaxCPUsPerNode holds besides MaxMemPerCPU, Slurm raises only while other jobs leave the CPUs."""
    return {raised_cpus(pool, need), *([need.cpus] if pool.name == "fewpercpu" else [])}
