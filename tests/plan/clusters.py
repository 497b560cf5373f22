"""Small clusters made by hand, and what a profile comes to on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nfconfgen.executors.slurm.facts.accounting import Association, Ceilings
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts, NodeGroup, Partition
from nfconfgen.executors.slurm.pools.pools import pools
from nfconfgen.facts.model import Pool
from nfconfgen.plan.model import Plan
from nfconfgen.plan.plan import plan
from nfconfgen.profile.model import Profile
from tests.core import load_text

HOUR_S, DAY_S = 3600, 86400

CLUSTER = ClusterFacts(
    "lab",
    "2026-11-22T00:00:00Z",
    enforce=("associations", "limits", "qos"),
    default_account="lab",
    partitions={
        "gpu": Partition(cpus=16, nodes=1, max_time_s=DAY_S),
        "himem": Partition(cpus=32, nodes=1, max_time_s=2 * DAY_S),
        "long": Partition(cpus=32, nodes=2, max_time_s=7 * DAY_S, max_memory_per_node_mib=48000),
        "percpu": Partition(cpus=32, nodes=2, max_time_s=DAY_S, max_memory_per_cpu_mib=3000),
        "short": Partition(cpus=32, nodes=2, max_time_s=4 * HOUR_S),
    },
    nodes={
        "c[1-2]": NodeGroup(16, 64000, ("long", "percpu", "short"), ("avx2", "ib")),
        "gpu1": NodeGroup(16, 128000, ("gpu",), ("avx2",), {"gpu:a100": 2}),
        "himem1": NodeGroup(32, 500000, ("himem",)),
    },
    qos={"normal": Ceilings(), "big": Ceilings(job={"cpu": 24, "mem": 102400})},
    associations=(Association("lab", qos=("big", "normal"), default_qos="normal"),),
)


def changed(partition: str, **keys: object) -> ClusterFacts:
    """The cluster with one partition that is otherwise."""
    changed_partition = replace(CLUSTER.partitions[partition], **keys)  # type: ignore[arg-type]
    return replace(CLUSTER, partitions={**CLUSTER.partitions, partition: changed_partition})


def profile(site: str = "queues: auto", tasks: str = "", attempts: int = 3) -> Profile:
    """A profile of one Slurm site; `site` are its keys and `tasks` the keys of the default task, each in one line."""
    text = (
        "nfconfgen: 1\npipeline: {name: p}\n"
        f"retry: {{attempts: {attempts}, memory: attempt}}\n"
        f"{f'tasks: {{default: {{{tasks}}}}}' if tasks else ''}\n"
        f"sites:\n  s: {{executor: slurm, {site}}}\n"
    )
    loaded = load_text(text, "p.yml")
    assert loaded.profile is not None, loaded.findings
    assert not [finding for finding in loaded.findings if finding.level == "error"], loaded.findings
    return loaded.profile


def pools_of(site: str = "queues: auto", facts: ClusterFacts = CLUSTER) -> Mapping[str, Pool]:
    """By name, in their order."""
    return {pool.name: pool for pool in pools(facts, profile(site).sites[0])}


def planned(site: str = "queues: auto", tasks: str = "", attempts: int = 3, facts: ClusterFacts = CLUSTER) -> Plan:
    loaded = profile(site, tasks, attempts)
    return plan(loaded, {"s": pools(facts, loaded.sites[0])})


def queues(made: Plan) -> list[str]:
    """Where each attempt of the default task goes."""
    return [step.request.queue for step in made.sites[0].task_plans[0].attempts]


def reported(made: Plan, level: str = "error") -> list[tuple[int, str, str]]:
    """Line, rule and message of what is wrong."""
    return [(f.place.line, f.rule, f.message) for f in made.findings if f.level == level]
