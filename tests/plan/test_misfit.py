"""Findings for a task that no partition accepts: their place and rule, and what Slurm would do with the task."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nfconfgen.executors.slurm.facts.accounting import Association, Ceilings
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
from nfconfgen.executors.slurm.pools.pools import pools
from nfconfgen.plan.plan import plan
from tests.core import load_text
from tests.plan.clusters import CLUSTER, changed, planned, reported

TASKS = "tasks: {default: {"
NO_ACCESS: list[tuple[str, ClusterFacts, str]] = [
    (
        "queues: [short]",
        changed("short", accounts=("other",)),
        "account lab may not use partition short: it would pend indefinitely (AccountNotAllowed)",
    ),
    (
        "queues: [short]",
        replace(changed("short", accounts=("other",)), part_limits=True),
        "account lab may not use partition short: Slurm would refuse it",
    ),
    (
        "queues: [short], qos: big",
        changed("short", denied_qos=("big",)),
        "QOS big may not be used in partition short: it would pend indefinitely (QOSNotAllowed)",
    ),
    (
        "queues: [short]",
        changed("short", state="DOWN"),
        "partition short is DOWN: it would pend indefinitely (PartitionDown)",
    ),
    ("queues: [short]", changed("short", state="DRAIN"), "partition short is DRAIN: Slurm would refuse it"),
    (
        "queues: [short], account: other",
        CLUSTER,
        "account other is not one of yours (there are lab): Slurm would refuse it",
    ),
    (
        "queues: [short], qos: nope",
        CLUSTER,
        "QOS nope is not available for account lab (there are big, normal): Slurm would refuse it",
    ),
]


@pytest.mark.parametrize(
    ("site", "tasks", "rule", "message", "advice"),
    [
        (
            "queues: [short]",
            "memory: 64001 MB",
            "memory-fit",
            "memory 64001 MB does not fit short (largest: c[1-2], 64000 MiB, configured 2026-11-22): "
            "Slurm would refuse it",
            "ask for at most 64000 MB",
        ),
        (
            "queues: [long]",
            "memory: 48001 MB",
            "memory-fit",
            "memory 48001 MB does not fit long (MaxMemPerNode of long is 48000 MB): it would pend indefinitely "
            "(MaxMemPerLimit)",
            "ask for at most 48000 MB",
        ),
        (
            "queues: [short]",
            "memory: 1 GB, time: 5h",
            "time-limit",
            "time 5h does not fit short (MaxTime of short is 4h): it would pend indefinitely (PartitionTimeLimit)",
            "ask for at most 4h",
        ),
        (
            "queues: [short]",
            "memory: 1 GB, cpus: 17",
            "cpus-fit",
            "17 cpus do not fit short (largest: c[1-2], 16 CPUs): Slurm would refuse it",
            "ask for at most 16",
        ),
        (
            "queues: [gpu]",
            "memory: 1 GB, accelerator: 3",
            "gpus-fit",
            "3 GPUs do not fit gpu (no node has more than 2): Slurm would refuse it",
            "ask for at most 2",
        ),
        (
            "queues: [gpu]",
            "memory: 1 GB, accelerator: {count: 3, type: a100}",
            "gpus-fit",
            "3 a100 GPUs do not fit gpu (no node has more than 2): Slurm would refuse it",
            "ask for at most 2",
        ),
        (
            "queues: [gpu]",
            "memory: 1 GB, accelerator: {count: 1, type: v100}",
            "gpus-fit",
            "1 v100 GPU does not fit gpu (no node has any): Slurm would refuse it",
            "ask for less, or name another partition",
        ),
        # of several, the one that takes most is what to keep to
        (
            "queues: [short, himem]",
            "memory: 500001 MB",
            "memory-fit",
            "memory 500001 MB does not fit short or himem (largest: himem1, 500000 MiB, configured 2026-11-22): "
            "Slurm would refuse it",
            "ask for at most 500000 MB",
        ),
        (
            "queues: [short, himem], qos: big",
            "memory: 102401 MB, time: 1h",
            "memory-fit",
            "memory 102401 MB does not fit short or himem (MaxTRESPerJob of QOS big is 100 GB): it would pend "
            "indefinitely (QOSMaxMemoryPerJob)",
            "ask for at most 102400 MB",
        ),
    ],
)
def test_what_fits_nowhere(site: str, tasks: str, rule: str, message: str, advice: str) -> None:
    (found,) = [f for f in planned(site, tasks).findings if f.level == "error"]
    assert (found.place.line, found.rule, found.message, found.advice) == (4, rule, message, advice)
    # the column is that of the number at fault
    key = {"memory-fit": "memory", "time-limit": "time", "cpus-fit": "cpus", "gpus-fit": "accelerator"}[rule]
    text = f"{TASKS}{tasks}}}}}"
    assert text[found.place.column - 1 :].startswith(text.split(f"{key}: ", 1)[1][:2])


def test_different_faults_of_partitions_are_all_reported() -> None:
    made = planned("queues: [short, himem]", "memory: 100 GB, time: 3d")
    assert reported(made) == [
        (
            4,
            "time-limit",
            "time 3d does not fit short or himem (MaxTime of himem is 2d): it would pend indefinitely "
            "(PartitionTimeLimit)",
        )
    ]
    made = planned("queues: [short, long]", "memory: 60 GB, time: 5h")
    assert reported(made) == [
        (
            4,
            "memory-fit",
            "no partition holds default: short: time 5h (MaxTime of short is 4h); "
            "long: memory 60 GB (MaxMemPerNode of long is 48000 MB)",
        )
    ]


@pytest.mark.parametrize(("site", "facts", "message"), NO_ACCESS)
def test_no_access_is_reported_once_at_the_partition(site: str, facts: ClusterFacts, message: str) -> None:
    made = planned(site, "memory: 1 GB", facts=facts)
    assert reported(made) == [(6, "no-access", message)]
    assert made.findings[0].place.column == 33  # short


def test_accounts_of_other_users_do_not_matter() -> None:
    """Accounts of other users do not affect the findings."""
    others = (*(CLUSTER.associations or ()), Association("other", user=False, ceilings=Ceilings(job={"cpu": 1})))
    assert (
        reported(planned("queues: [short]", "memory: 1 GB, cpus: 16", facts=replace(CLUSTER, associations=others)))
        == []
    )


@pytest.mark.parametrize("field", ["accounts", "denied_accounts"])
def test_an_account_from_the_environment_is_not_checked(field: str) -> None:
    facts = changed("short", **{field: ("lab",)})
    assert reported(planned("queues: [short], account: '${LAB}'", "memory: 1 GB", facts=facts)) == []


def test_without_accounting_every_account_is_accepted() -> None:
    facts = replace(CLUSTER, enforce=(), qos=None, associations=None, default_account="")
    assert reported(planned("queues: [short], account: nope, qos: nope", "memory: 1 GB", facts=facts)) == []


def test_names_of_many_partitions_are_not_all_listed() -> None:
    facts = replace(
        CLUSTER,
        partitions={f"p{n}": CLUSTER.partitions["short"] for n in range(60)},
        nodes={"c[1-2]": replace(CLUSTER.nodes["c[1-2]"], partitions=tuple(f"p{n}" for n in range(60)))},
    )
    ((_, rule, message),) = reported(planned("queues: auto", "memory: 65 GB", facts=facts))
    assert rule == "memory-fit"
    assert message.startswith("memory 65 GB does not fit p0 or p1 or p10 or p11 or 56 more (largest: c[1-2], 64000")


@pytest.mark.parametrize(
    ("attempts", "found"),
    [(1, []), (2, [(4, "cpus-raised", 2)]), (3, [(4, "cpus-raised", 2)])],
)
def test_raised_cpus_are_a_warning_at_the_memory(attempts: int, found: list[tuple[int, str, int]]) -> None:
    """The first attempt with raised CPUs is reported; 16 CPUs are not raised any more."""
    made = planned("queues: [percpu]", "cpus: 8, memory: 24000 MB, time: 1h", attempts)
    warnings = [f for f in made.findings if f.level == "warning"]
    assert [(f.place.line, f.rule, int(f.message.split()[1])) for f in warnings] == found
    assert all("asks for 8 cpus and gets 16: percpu gives 3000 MB per CPU" in f.message for f in warnings)


def test_a_limit_that_is_a_least_is_advised_as_one() -> None:
    facts = replace(CLUSTER, qos={"normal": Ceilings(least={"cpu": 4})})
    made = planned("queues: [short], head: {cpus: 4}", "cpus: 3, memory: 1 GB", facts=facts)
    assert [(found.rule, found.advice) for found in made.findings] == [("cpus-fit", "ask for at least 4")]


@pytest.mark.parametrize(
    ("added", "rule"),
    [
        ("{time: 7d}", None),
        ("{time: 8d}", "time-limit"),
        ("{accelerator: 2}", None),
        ("{accelerator: 3}", "gpus-fit"),
        ("{accelerator: 1, time: 1d}", None),
        ("{accelerator: 1, time: 2d}", "gpus-fit"),
    ],
)
def test_what_a_label_only_adds_must_be_there_too(added: str, rule: str | None) -> None:
    """nf-core's process_long asks for nothing but time, whatever the task's other labels ask for."""
    text = (
        "nfconfgen: 1\npipeline: {name: p}\ntasks:\n  default: {cpus: 2, memory: 1 GB, time: 1h}\n"
        f"  labels:\n    more: {added}\nsites:\n  s: {{executor: slurm, queues: auto}}\n"
    )
    loaded = load_text(text, "p.yml")
    assert loaded.profile is not None
    made = plan(loaded.profile, {"s": pools(CLUSTER, loaded.profile.sites[0])})
    found = [(f.place.line, f.rule) for f in made.findings if f.level == "error"]
    assert found == ([(6, rule)] if rule else [])
