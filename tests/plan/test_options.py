"""Options of sbatch by rule and by task class, queues of single classes, and several partitions at once."""

from __future__ import annotations

from dataclasses import replace

from nfconfgen.executors.slurm.facts.accounting import Association, Ceilings
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
from nfconfgen.executors.slurm.pools.pools import pools
from nfconfgen.facts.gather import pools_of
from nfconfgen.plan.admission import Need, faults
from nfconfgen.plan.model import Plan, TaskPlan
from nfconfgen.plan.plan import plan
from tests.core import load_text

from .clusters import CLUSTER, HOUR_S, changed, queues, reported
from .clusters import planned as planned_default
from .regions import plan_of as plan_on_batch
from .regions import region

ALLOWED = ("big", "brief", "normal")
QOS = replace(
    CLUSTER,
    qos={**(CLUSTER.qos or {}), "brief": Ceilings(wall_s=HOUR_S)},
    associations=(
        Association("lab", qos=ALLOWED, default_qos="normal"),
        Association("small", qos=ALLOWED, default_qos="normal", ceilings=Ceilings(job={"cpu": 4})),
    ),
)
SIZES = "cpus: 2, memory: 8 GB, time: 2h"


def made(site: str, tasks: str = f"default: {{{SIZES}}}", facts: ClusterFacts = QOS) -> Plan:
    text = (
        "nfconfgen: 1\npipeline: {name: p}\n"
        "retry: {attempts: 3, exit_codes: [137], memory: attempt}\n"
        f"tasks: {{{tasks}}}\n"
        f"sites:\n  s: {{executor: slurm, {site}}}\n"
    )
    loaded = load_text(text, "p.yml")
    assert loaded.profile is not None, loaded.findings
    assert not [finding for finding in loaded.findings if finding.level == "error"], loaded.findings
    return plan(loaded.profile, pools_of(loaded.profile.sites[0], facts))


def of_class(found: Plan, name: str) -> TaskPlan:
    return next(each for each in found.sites[0].task_plans if each.task.name == name)


def ways(found: Plan, name: str = "") -> list[tuple[str, dict[str, object]]]:
    return [(step.request.queue, dict(step.request.options)) for step in of_class(found, name).attempts]


def test_a_rule_brings_its_options() -> None:
    found = made("queues: [{queue: short, when: {memory: 10 GB}, qos: big}, {queue: himem, account: lab}]")
    assert ways(found) == [("short", {"qos": "big"}), ("himem", {"account": "lab"}), ("himem", {"account": "lab"})]
    assert reported(found) == []


def test_rules_before_that_of_the_queue_set_options_which_come_first() -> None:
    rules = "[{when: {from: {attempt: 2}}, qos: big}, {queue: short, when: {memory: 20 GB}, qos: normal}, himem]"
    assert ways(made(f"queues: {rules}")) == [
        ("short", {"qos": "normal"}),
        ("short", {"qos": "big"}),
        ("himem", {"qos": "big"}),
    ]


def test_rules_of_options_alone_leave_the_default_partition() -> None:
    facts = replace(QOS, partitions={**QOS.partitions, "short": replace(QOS.partitions["short"], default=True)})
    found = made("queues: [{when: {from: {attempt: 2}}, qos: big}]", facts=facts)
    assert ways(found) == [("short", {}), ("short", {"qos": "big"}), ("short", {"qos": "big"})]
    assert not found.sites[0].site.names_queues


def test_the_limits_of_a_rule_s_options_are_those_that_hold() -> None:
    found = made("queues: [{queue: short, when: {memory: 10 GB}, qos: brief}, {queue: himem, account: small}]")
    ((line, rule, message),) = reported(found)
    assert (line, rule) == (4, "time-limit")
    assert "MaxWall of QOS brief" in message


def test_a_later_attempt_that_does_not_fit_is_an_error() -> None:
    rules = "[{when: {from: {attempt: 2}}, constraint: ib}, {queue: short, when: {memory: 10 GB}}, himem]"
    ((_, rule, message),) = reported(made(f"queues: {rules}"))
    assert rule == "no-node"
    assert "attempt 2" in message
    assert "himem" in message


def test_a_class_with_an_account_has_its_limits() -> None:
    tasks = f"default: {{{SIZES}}}, labels: {{wide: {{cpus: 6}}}}"
    found = made("queues: [short], tasks: {labels: {wide: {account: small}}}", tasks)
    ((_, rule, message),) = reported(found)
    assert rule == "cpus-fit"
    assert "account small" in message


def test_a_class_names_its_queue_whatever_it_asks_for() -> None:
    tasks = f"default: {{{SIZES}}}, processes: {{ALIGN: {{memory: 9 GB}}}}"
    found = made("queues: auto, tasks: {processes: {ALIGN: {queue: himem}}}", tasks)
    assert {queue for queue, _ in ways(found, "ALIGN")} == {"himem"}
    assert "himem" not in queues(found)
    assert reported(found) == []


def test_rules_that_only_set_options_hold_for_a_class_with_a_queue() -> None:
    rules = "[{when: {from: {attempt: 2}}, qos: big}, {queue: short, when: {memory: 10 GB}, qos: normal}, himem]"
    tasks = f"default: {{{SIZES}}}, processes: {{ALIGN: {{memory: 9 GB}}}}"
    found = made(f"queues: {rules}, tasks: {{processes: {{ALIGN: {{queue: himem}}}}}}", tasks)
    assert ways(found, "ALIGN") == [("himem", {}), ("himem", {"qos": "big"}), ("himem", {"qos": "big"})]
    assert reported(found) == []


def test_a_queue_that_a_class_names_must_hold_it() -> None:
    tasks = f"default: {{{SIZES}}}, processes: {{ALIGN: {{memory: 90 GB}}}}"
    ((_, rule, _),) = reported(made("queues: [himem], tasks: {processes: {ALIGN: {queue: short}}}", tasks))
    assert rule == "memory-fit"


def test_a_process_has_the_queue_of_the_label_that_it_starts_from() -> None:
    tasks = f"default: {{{SIZES}}}, labels: {{large: {{}}}}, processes: {{ALIGN: {{label: large, memory: 9 GB}}}}"
    found = made("queues: [short], tasks: {labels: {large: {queue: himem, cpus: 1}}}", tasks)
    assert {queue for queue, _ in ways(found, "ALIGN")} == {"himem"}


def test_a_class_may_have_its_own_retry_settings() -> None:
    tasks = f"default: {{{SIZES}}}, labels: {{once: {{cpus: 1}}, doubled: {{cpus: 1}}}}"
    own = "{labels: {once: {retry: {attempts: 1}}, doubled: {retry: {memory: double}}}}"
    found = made(f"queues: [short], tasks: {own}", tasks)
    assert len(of_class(found, "once").attempts) == 1
    sizes = [step.request.memory_mib for step in of_class(found, "doubled").attempts]
    assert sizes == [8192, 16384, 32768]


def test_the_default_of_a_site_sets_options_for_the_whole_site() -> None:
    found = made("queues: [short], tasks: {default: {qos: brief}}", f"default: {{{SIZES.replace('2h', '1h')}}}")
    assert reported(found) == []
    assert reported(made("queues: [short], tasks: {default: {qos: brief}}")) != []


def test_the_limits_of_the_site_allow_what_a_class_may_ask_for() -> None:
    found = made("queues: [short], tasks: {processes: {ALIGN: {queue: himem}}}")
    assert found.sites[0].limits.memory_mib == 500000


def test_several_partitions_hold_what_any_of_them_holds() -> None:
    found = planned_default("queues: [[short, himem]]", "memory: 60 GB, time: 3h", facts=CLUSTER)
    assert queues(found) == ["short,himem"] * 3
    assert [step.part for step in found.sites[0].task_plans[0].attempts] == ["short", "himem", "himem"]
    assert reported(found) == []


def test_several_partitions_before_another() -> None:
    found = planned_default("queues: [[short, percpu], himem]", "memory: 40 GB, time: 3h")
    assert queues(found) == ["short,percpu", "himem", "himem"]


def test_with_all_limits_enforced_every_one_of_several_must_allow_it() -> None:
    enforced = replace(CLUSTER, part_limits=True, every_part_limits=True)
    site = "queues: [[short, long]]"
    need = Need(1, 1000, 8 * HOUR_S)
    loaded = load_text(f"nfconfgen: 1\npipeline: {{name: p}}\nsites:\n  s: {{executor: slurm, {site}}}\n", "p.yml")
    assert loaded.profile is not None
    for facts, holds in ((CLUSTER, True), (enforced, False), (replace(enforced, every_part_limits=False), True)):
        assert any(not faults(pool, need) for pool in pools(facts, loaded.profile.sites[0])) == holds
    closed = replace(enforced, partitions=changed("short", state="DOWN").partitions)
    assert any(not faults(pool, need) for pool in pools(closed, loaded.profile.sites[0]))


def test_a_class_names_its_queue_on_aws_batch() -> None:
    facts = region(["m5.xlarge"], ["m5.12xlarge"])
    text = (
        "nfconfgen: 1\npipeline: {name: p}\nretry: {attempts: 2, exit_codes: [137], memory: attempt}\n"
        "tasks: {default: {cpus: 2, memory: 6 GB}, labels: {large: {memory: 7 GB}}}\n"
        "sites:\n  s: {executor: awsbatch, region: eu-central-1, queues: [q1], work_dir: s3://bucket/work, "
        "tasks: {labels: {large: {queue: q2}}}}\n"
    )
    found = plan_on_batch(text, facts)
    assert queues(found) == ["q1", "q1"]
    assert ways(found, "large") == [("q2", {}), ("q2", {})]


def test_memory_that_comes_with_cpus_may_need_more_than_there_are() -> None:
    facts = replace(CLUSTER, default_memory_per_cpu_mib=1000)
    found = planned_default("queues: [short], ask_memory: never", "cpus: 16, memory: 60 GB, time: 1h", facts=facts)
    ((_, rule, message),) = reported(found)
    assert rule == "cpus-fit"
    assert "62 cpus" in message


def test_a_class_with_a_constraint_that_no_node_meets() -> None:
    ((_, rule, _),) = reported(made("queues: [short], tasks: {processes: {ALIGN: {constraint: nothing}}}"))
    assert rule == "no-node"


def test_one_open_partition_of_several_is_enough() -> None:
    facts = changed("long", state="DOWN")
    assert reported(planned_default("queues: [[long, short]]", "memory: 1 GB, time: 1h", facts=facts)) == []
    both = replace(facts, partitions={**facts.partitions, "short": replace(facts.partitions["short"], state="DRAIN")})
    assert {rule for _, rule, _ in reported(planned_default("queues: [[long, short]]", facts=both))} == {"no-access"}


def test_growth_of_a_size_that_a_class_does_not_set_is_a_warning() -> None:
    found = made("queues: [short], tasks: {processes: {ALIGN: {retry: {memory: double}}}}")
    assert [rule for _, rule, _ in reported(found, "warning")] == ["retry-growth"]


def test_of_several_partitions_the_least_memory_of_a_cpu_counts() -> None:
    partitions = {
        **CLUSTER.partitions,
        "short": replace(CLUSTER.partitions["short"], default_memory_per_cpu_mib=1000),
        "himem": replace(CLUSTER.partitions["himem"], default_memory_per_cpu_mib=8000),
    }
    facts = replace(CLUSTER, partitions=partitions)
    site = "queues: [[short, himem]], ask_memory: never"
    found = planned_default(site, "cpus: 2, memory: 8000 MB, time: 1h", 1, facts=facts)
    assert [step.request.cpus for step in found.sites[0].task_plans[0].attempts] == [8]


def test_a_queue_of_a_class_is_not_the_default_partition_of_the_others() -> None:
    facts = replace(QOS, partitions={**QOS.partitions, "short": replace(QOS.partitions["short"], default=True)})
    tasks = f"default: {{{SIZES}}}, processes: {{ALIGN: {{memory: 9 GB}}}}"
    found = made("host: login, tasks: {processes: {ALIGN: {queue: himem}}}", tasks, facts)
    assert {queue for queue, _ in ways(found)} == {"short"}
    assert {queue for queue, _ in ways(found, "ALIGN")} == {"himem"}
