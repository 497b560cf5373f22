"""Where the attempts of a task go on a cluster, with what size."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nfconfgen.executors.slurm.facts.accounting import Ceilings
from nfconfgen.executors.slurm.facts.cluster import NodeGroup
from nfconfgen.plan.admission import Need, faults
from nfconfgen.plan.attempts import grown
from tests.plan.clusters import CLUSTER, DAY_S, HOUR_S, changed, planned, pools_of, queues, reported

Sizes = list[tuple[str, int, int]]


def sizes(site: str, tasks: str, attempts: int = 3) -> Sizes:
    """Queue, CPUs and MiB of each attempt."""
    steps = planned(site, tasks, attempts).sites[0].task_plans[0].attempts
    return [(step.request.queue, step.request.cpus, step.request.memory_mib) for step in steps]


def test_partitions_of_auto_have_the_smallest_nodes_first_and_gpus_last() -> None:
    assert list(pools_of()) == ["short", "percpu", "long", "himem", "gpu"]
    assert pools_of()["gpu"].time_s == DAY_S


def test_named_partitions_have_the_order_of_the_profile() -> None:
    assert list(pools_of("queues: [long, himem, short]")) == ["long", "himem", "short"]


def test_no_limit_of_time_is_the_longest() -> None:
    assert list(pools_of(facts=changed("short", max_time_s=None))) == ["percpu", "long", "short", "himem", "gpu"]


def test_a_wall_time_of_a_qos_counts_as_the_time_of_the_partition() -> None:
    """The limit of the QOS is compared before MaxTime: the shorter one goes first."""
    facts = replace(changed("short", max_time_s=3 * DAY_S, qos="brief"))
    assert next(iter(pools_of(facts=facts))) == "percpu"
    brief = replace(facts, qos={**(CLUSTER.qos or {}), "brief": Ceilings(wall_s=HOUR_S)})
    assert next(iter(pools_of(facts=brief))) == "short"
    assert pools_of(facts=brief)["short"].time_s == HOUR_S


@pytest.mark.parametrize(
    ("keys", "site"),
    [
        ({"state": "DOWN"}, "queues: auto"),
        ({"state": "INACTIVE"}, "queues: auto"),
        ({"accounts": ("other",)}, "queues: auto"),
        ({"reserved": True}, "queues: auto"),
        ({"allowed": False}, "queues: auto"),
        ({"denied_qos": ("big",)}, "queues: auto, qos: big"),
    ],
)
def test_auto_leaves_out_what_takes_no_jobs_of_the_site(keys: dict[str, object], site: str) -> None:
    assert "short" in pools_of(site)
    assert "short" not in pools_of(site, changed("short", **keys))
    # a site that names it gets a finding
    assert "short" in pools_of(site.replace("auto", "[short]"), changed("short", **keys))


def test_auto_leaves_out_partitions_without_nodes_for_the_site() -> None:
    assert list(pools_of("queues: auto, constraint: ib")) == ["short", "percpu", "long"]
    assert list(pools_of("queues: auto, nodelist: [himem1]")) == ["himem"]
    assert list(pools_of('queues: auto, exclude: ["c[1-2]"]')) == ["himem", "gpu"]
    # one node of two is left
    assert "short" in pools_of("queues: auto, exclude: [c1]")


@pytest.mark.parametrize(
    ("tasks", "where"),
    [
        ("memory: 8 GB, time: 4h", "short"),
        ("memory: 64000 MB, time: 4h", "short"),
        ("memory: 8 GB, time: 241m", "percpu"),  # which charges 3 CPUs for it
        ("cpus: 3, memory: 9000 MB, time: 241m", "percpu"),
        ("memory: 64001 MB, time: 4h", "himem"),
        ("cpus: 17, memory: 1 GB, time: 1h", "himem"),
        ("cpus: 16, memory: 48000 MB, time: 49h", "long"),
        ("memory: 8 GB, accelerator: 1, time: 1h", "gpu"),
        ("memory: 8 GB", "long"),  # of unknown length
    ],
)
def test_each_task_goes_to_the_first_partition_that_holds_it(tasks: str, where: str) -> None:
    assert queues(planned("queues: [short, percpu, himem, long, gpu]", tasks, attempts=1)) == [where]


def test_each_attempt_goes_to_the_first_partition_that_holds_it() -> None:
    assert sizes("queues: auto", "cpus: 2, memory: 30 GB, time: 1h", 4) == [
        ("short", 2, 30720),
        ("short", 2, 61440),
        ("himem", 2, 92160),
        ("himem", 2, 122880),
    ]


def test_growth_ends_at_the_partition_that_has_most() -> None:
    assert sizes("queues: auto", "memory: 200 GB, time: 1h", 4) == [
        ("himem", 1, 204800),
        ("himem", 1, 409600),
        ("himem", 1, 500000),
        ("himem", 1, 500000),
    ]


def test_growth_ends_where_the_time_is_held() -> None:
    """himem has more memory, but not for so long."""
    assert sizes("queues: auto", "memory: 30 GB, time: 5d") == [
        ("long", 1, 30720),
        ("long", 1, 48000),
        ("long", 1, 48000),
    ]


def test_a_partition_that_raises_cpus_is_the_last_choice_of_auto() -> None:
    assert sizes("queues: auto", "cpus: 4, memory: 12000 MB, time: 5h", 1) == [("percpu", 4, 12000)]
    assert sizes("queues: auto", "cpus: 1, memory: 12000 MB, time: 5h", 1) == [("long", 1, 12000)]
    # the order of a list is that of the profile
    assert sizes("queues: [percpu, himem]", "cpus: 1, memory: 12000 MB, time: 1h", 1) == [("percpu", 1, 12000)]
    made = planned("queues: [percpu]", "cpus: 1, memory: 12000 MB, time: 1h", attempts=2)
    assert [step.granted_cpus for step in made.sites[0].task_plans[0].attempts] == [4, 8]
    assert reported(made, "warning") == [
        (
            4,
            "cpus-raised",
            "attempt 1 of default asks for 1 cpu and gets 4: percpu gives 3000 MB per CPU (MaxMemPerCPU)",
        )
    ]


def test_memory_that_comes_with_the_cpus_takes_so_many() -> None:
    facts = changed("short", default_memory_per_cpu_mib=2000)
    made = planned("queues: [short], ask_memory: never", "memory: 8000 MB, time: 1h", attempts=3, facts=facts)
    steps = made.sites[0].task_plans[0].attempts
    assert [(step.request.cpus, step.request.memory_mib) for step in steps] == [(4, 8000), (8, 16000), (12, 24000)]


def test_nodes_in_repair_are_planned_around() -> None:
    sick = replace(CLUSTER, nodes={**CLUSTER.nodes, "c[1-2]": replace(CLUSTER.nodes["c[1-2]"], up=False)})
    assert list(pools_of(facts=sick)) == ["himem", "gpu"]
    assert queues(planned(tasks="memory: 8 GB, time: 1h", attempts=2, facts=sick)) == ["himem", "himem"]


def test_of_unlike_nodes_one_must_hold_it_all() -> None:
    """One has the CPUs, another the memory."""
    nodes = {"a1": NodeGroup(64, 10000, ("short",)), "b1": NodeGroup(4, 200000, ("short",))}
    facts = replace(CLUSTER, partitions={"short": replace(CLUSTER.partitions["short"], cpus=68)}, nodes=nodes)
    assert queues(planned(tasks="cpus: 64, memory: 10000 MB", attempts=1, facts=facts)) == ["short"]
    assert queues(planned(tasks="cpus: 4, memory: 200000 MB", attempts=1, facts=facts)) == ["short"]
    assert [rule for _, rule, _ in reported(planned(tasks="cpus: 5, memory: 10001 MB", facts=facts))] == [
        "memory-fit"
    ]


@pytest.mark.parametrize("memory_mib", [1, 1000, 3000, 3001, 48000, 48001, 64000, 64001, 128001, 500000])
@pytest.mark.parametrize("time_h", [1, 5, 25, 49])
@pytest.mark.parametrize("cpus", [1, 16, 17])
def test_every_request_of_a_plan_is_taken_where_it_goes(cpus: int, memory_mib: int, time_h: int) -> None:
    made = planned(tasks=f"cpus: {cpus}, memory: {memory_mib} MB, time: {time_h}h")
    offered = {pool.name: pool for pool in made.sites[0].pools}
    need = Need(cpus, memory_mib, time_h * HOUR_S)
    anywhere = any(not faults(pool, need) for pool in offered.values())
    assert bool(made.sites[0].task_plans) == anywhere
    assert bool(reported(made)) != anywhere
    for step in (step for task_plan in made.sites[0].task_plans for step in task_plan.attempts):
        request = step.request
        assert not faults(offered[request.queue], Need(request.cpus, request.memory_mib, request.time_s))
        assert request.memory_mib >= memory_mib
        if step.capped_from_mib is None:
            assert request.memory_mib == grown(memory_mib, step.number, "attempt")
