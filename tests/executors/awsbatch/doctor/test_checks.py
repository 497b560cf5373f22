"""Each check on values built by hand: nothing wrong, then one thing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nfconfgen.executors.awsbatch.doctor.model import (
    UNSCHEDULABLE,
    Bucket,
    Environment,
    Image,
    Job,
    Live,
    Role,
    Template,
    Volume,
)
from nfconfgen.executors.awsbatch.doctor.surroundings import fusion_token
from nfconfgen.executors.awsbatch.facts import region
from nfconfgen.facts.model import Problem
from nfconfgen.findings import Level
from nfconfgen.profile.units import time_text
from tests.executors.awsbatch.doctor.values import (
    CUSTOM,
    MACHINE,
    PROFILE,
    REGION,
    ROLE,
    ROOT,
    TEMPLATE,
    environment,
    found,
    live,
    with_environment,
    with_machine,
    with_queue,
    with_template,
)

ECS = Image("ami-2", "al2023-ami-ecs-hvm-2023.0.20261105-x86_64", "amazon", root="/dev/xvda", volumes=(ROOT,))
AL2 = replace(ECS, name="amzn2-ami-ecs-hvm-2.0.20261105-x86_64-ebs")
PLAIN = replace(ECS, name="al2023-ami-2023.9.20261105.0-kernel-6.1-x86_64")
GPU = replace(ECS, name="al2023-ami-ecs-gpu-hvm-2023.0.20261105-kernel-6.1-x86_64-ebs")
NEURON = replace(ECS, name="al2023-ami-ecs-neuron-hvm-2023.0.20261105-kernel-6.1-x86_64")
GPUS: dict[str, Any] = {"sheets": {"g4dn.2xlarge": region.InstanceType(8, 32768, gpus={"T4": 1})}}
DISABLED = ("queue-disabled", "is disabled")
CAPACITY = "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY"


def with_broken(broken: Environment) -> Live:
    """The queue `work` has a broken environment before the one that works."""
    clean = with_queue(environments=("broken", "work"))
    return replace(clean, environments={**clean.environments, "broken": broken})


def role(known: Role | None) -> Live:
    return replace(live(), roles={ROLE: known})


def bucket(**changes: object) -> Live:
    return replace(live(), buckets={"bucket": replace(Bucket("bucket", REGION, "AES256"), **changes)})  # type: ignore[arg-type]


def on_gpus(**changes: object) -> Live:
    """`with_machine` of an environment that starts instances with GPUs."""
    known = with_machine(**changes)
    return replace(known, environments={**known.environments, "work": replace(known.environments["work"], **GPUS)})


def versions(today: Template, *others: Template) -> Live:
    """The environment `work` refers to this version today, and may have been made with another one."""
    return with_machine(template=today, others=tuple(replace(MACHINE, template=other) for other in others))


def sized(size_gib: int, number: int = 0, **changes: Any) -> Template:
    name = f"lt-1:{number or '$Latest'}"
    return replace(TEMPLATE, name=name, volumes=(replace(ROOT, size_gib=size_gib),), number=number, **changes)


def with_limits(**limits: dict[str, int]) -> Live:
    clean = live()
    return replace(clean, queues={name: replace(clean.queues[name], limits=its) for name, its in limits.items()})


def fair(*shares: str) -> Live:
    """The queue `work` has a fair-share policy with weights for these identifiers."""
    known = with_queue(shares=shares)
    return replace(known, facts=replace(known.facts, fair_share=("work",)))


FAULTS: list[tuple[Live, str, Level, int, str]] = [
    (
        with_queue(problems=(Problem("work", "queue-disabled", "work is disabled"),)),
        "queue-disabled",
        "error",
        9,
        "work is disabled",
    ),
    (
        with_queue(problems=(Problem("work", "queue-invalid", "work is invalid"),)),
        "queue-invalid",
        "error",
        9,
        "work is invalid",
    ),
    (
        replace(live(), missing={"work": Problem("work", "queue-missing", "there is no job queue work")}),
        "queue-missing",
        "error",
        9,
        "there is no job queue work",
    ),
    (
        with_queue(problems=(Problem("work", "queue-kind", "work is EKS"),)),
        "queue-kind",
        "error",
        9,
        "work is EKS",
    ),
    (with_queue(environments=()), "queue-empty", "error", 9, "has no compute environment"),
    (with_environment(fault=DISABLED), "environment-disabled", "error", 9, "--state ENABLED"),
    (
        with_broken(environment("broken", "c5.2xlarge", 8, fault=DISABLED)),
        "environment-disabled",
        "warning",
        9,
        "broken",
    ),
    (
        with_environment(fault=("queue-invalid", "is invalid (CLIENT_ERROR - no subnet)")),
        "environment-invalid",
        "error",
        9,
        "CLIENT_ERROR - no subnet",
    ),
    (with_queue(environments=("gone",)), "environment-invalid", "error", 9, "does not exist any more"),
    (with_environment(fault=("queue-kind", "is unmanaged")), "environment-kind", "error", 9, "is unmanaged"),
    (with_queue(limits={}), "no-time-limit", "warning", 9, "waits in RUNNABLE indefinitely"),
    (with_queue(limits={CAPACITY: 600}), "no-time-limit", "warning", 9, "waits in RUNNABLE indefinitely"),
    (with_environment(min_vcpus=8), "idle-cost", "warning", 9, "keeps 8 vCPUs running"),
    (with_environment(kind="SPOT", strategy=""), "allocation-strategy", "warning", 9, "BEST_FIT"),
    (with_environment(kind="SPOT", strategy="BEST_FIT"), "allocation-strategy", "warning", 9, "make a new"),
    (with_environment(kind="SPOT"), "allocation-strategy", "warning", 9, "SPOT_PRICE_CAPACITY_OPTIMIZED"),
    (fair(), "share-identifier", "error", 9, "Batch refuses jobs without a share identifier"),
    (with_environment(min_vcpus=8, fault=("queue-kind", "is EKS")), "environment-kind", "error", 9, "is EKS"),
    (with_environment(desired_vcpus=8, idle_minutes=90), "idle-cost", "warning", 9, "without work for 1h 30m"),
    (with_environment(desired_vcpus=8), "idle-cost", "warning", 9, "runs 8 vCPUs though no task"),
    (with_environment(max_vcpus=100), "max-vcpus", "warning", 9, "12.5 c5.2xlarge of 8 vCPUs each: make it a"),
    (with_environment(max_vcpus=4), "max-vcpus", "error", 9, "none starts"),
    (with_environment(sheets={}, asked=("c5.huge",)), "no-such-type", "error", 9, "of c5.huge no type exists"),
    (with_environment(asked=("c5",)), "mixed-types", "warning", 9, "several instance types (c5)"),
    (with_environment(asked=("c5.2xlarge", "m5.2xlarge")), "mixed-types", "warning", 9, "c5.2xlarge, m5.2xlarge"),
    (with_environment(role_missing=True), "instance-role", "error", 9, "no instance profile ecsInstanceRole"),
    (with_template(found=False), "template-missing", "error", 9, "no launch template lt-1:$Default"),
    (with_template(shutdown="stop"), "shutdown-stops", "warning", 9, "only stops an instance"),
    (with_template(volumes=(replace(ROOT, kind="gp2"),)), "volume-type", "warning", 9, "root volume is gp2"),
    (with_template(volumes=(replace(ROOT, deleted=None),)), "volume-kept", "warning", 9, "money: /dev/xvda"),
    (with_template(volumes=(ROOT, Volume("/dev/sdb", 9, "gp3", False))), "volume-kept", "warning", 9, "/dev/sdb"),
    (with_template(volumes=(replace(ROOT, size_gib=43),)), "task-disk", "error", 4, "43 GiB (launch template lt-1"),
    (with_template(volumes=()), "task-disk", "error", 4, "30 GiB (the default of Batch's own AMI)"),
    (with_template(user_data=""), "cli-missing", "error", 11, "has no AWS CLI"),
    (with_machine(kind="ECS_AL2"), "image-old", "warning", 9, "support ends on 30 June 2026"),
    (with_machine(kind="ECS_AL2_NVIDIA"), "image-old", "warning", 9, "switch to ECS_AL2023"),
    (with_machine(ami="ami-2", image=AL2), "image-old", "warning", 9, "Amazon Linux 2"),
    (with_machine(ami="ami-1", image=replace(CUSTOM, base=AL2)), "image-old", "warning", 9, "Amazon Linux 2"),
    (with_machine(ami="ami-1", image=replace(CUSTOM, base=PLAIN)), "image-no-agent", "error", 9, "was made from"),
    (on_gpus(kind="ECS_AL2023"), "image-no-driver", "error", 9, "g4dn.2xlarge from the AMI of ECS_AL2023, which"),
    (on_gpus(ami="ami-2", image=ECS), "image-no-driver", "error", 9, "al2023-ami-ecs-hvm"),
    (on_gpus(kind="ECS_AL2023_NVIDIA", ami="ami-2", image=ECS), "image-no-driver", "error", 9, "al2023-ami-ecs-hvm"),
    (on_gpus(ami="ami-2", image=NEURON), "image-no-driver", "error", 9, "al2023-ami-ecs-neuron-hvm"),
    (on_gpus(ami="ami-1", image=replace(CUSTOM, base=ECS)), "image-no-driver", "warning", 9, "made from al2023-ami"),
    (with_machine(ami="ami-2", image=PLAIN), "image-no-agent", "error", 9, "not ECS-optimised"),
    (
        with_machine(ami="ami-9", image=Image("ami-9", state="missing")),
        "image-missing",
        "error",
        9,
        "does not exist, or is not shared",
    ),
    (
        with_machine(ami="ami-1", image=replace(CUSTOM, deprecated="2026-11-21T00:00:00.000Z")),
        "image-deprecated",
        "warning",
        9,
        "since 2026-11-21",
    ),
    (with_machine(status="UPDATE_AVAILABLE"), "image-update", "warning", 9, "measure memory again"),
    (role(None), "job-role", "error", 14, "IAM has no role salmonJob"),
    (role(Role(ROLE.replace("123456789012", "210987654321"))), "job-role", "error", 14, "of its own account"),
    (role(Role(ROLE, ("ec2.amazonaws.com",))), "job-role", "error", 14, "trusts ec2.amazonaws.com"),
    (bucket(trouble="does not exist"), "bucket", "error", 13, "bucket bucket does not exist"),
    (bucket(trouble="does not grant", denied=True), "bucket", "warning", 13, "s3:ListBucket"),
    (bucket(region="us-east-1"), "bucket-region", "warning", 13, "is in us-east-1"),
    (bucket(encryption="aws:kms"), "bucket-encryption", "warning", 12, "encrypts by aws:kms by default"),
    (bucket(encryption="none"), "bucket-encryption", "warning", 12, "does not encrypt by default"),
    (replace(live(), unchecked={"iam:GetRole": "job roles"}), "unchecked", "warning", 6, "iam:GetRole"),
]


def test_nothing_is_wrong_with_the_clean_one() -> None:
    assert found(live()) == ()


@pytest.mark.parametrize(
    ("known", "rule", "level", "line", "words"), FAULTS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_one_fault_is_one_finding(known: Live, rule: str, level: Level, line: int, words: str) -> None:
    findings = found(known)
    assert [(finding.rule, finding.level, finding.place.line) for finding in findings] == [(rule, level, line)], (
        findings
    )
    assert words in findings[0].text
    assert findings[0].advice or rule.startswith("queue-")


@pytest.mark.parametrize(
    "known",
    [
        with_environment(desired_vcpus=8, running_tasks=1),
        with_environment(desired_vcpus=8, running_tasks=None),
        replace(with_queue(runnable=1), environments=with_environment(desired_vcpus=8).environments),
        with_environment(sheets=None),
        with_machine(ami="ami-1", image=CUSTOM, template=None),
        with_machine(ami="ami-1", image=replace(CUSTOM, base=ECS)),
        with_machine(ami="ami-1", image=None),
        with_machine(ami="ami-1", image=replace(CUSTOM, deprecated="2026-11-23T00:00:00.000Z")),
        # a launch template sets only the size, the AMI the rest
        with_machine(ami="ami-1", image=CUSTOM, status="UPDATE_AVAILABLE"),
        with_template(shutdown=""),
        # instances with GPUs, from an AMI that suits them or whose content is not known
        on_gpus(kind=""),
        on_gpus(kind="ECS_AL2023_NVIDIA"),
        on_gpus(ami="ami-2", image=replace(GPU, volumes=(ROOT,))),
        on_gpus(ami="ami-1", image=CUSTOM),
        on_gpus(ami="ami-1", image=replace(CUSTOM, base=GPU)),
        on_gpus(ami="ami-1", image=None),
        on_gpus(template=replace(TEMPLATE, user_data="install $HOME/miniconda, nvidia-driver")),
        with_environment(**GPUS, machines=(MACHINE, replace(MACHINE, kind="ECS_AL2023_NVIDIA"))),
        replace(live(), roles={}),
        replace(live(), buckets={}),
    ],
)
def test_no_finding_if_all_is_well_or_not_known(known: Live) -> None:
    assert found(known) == ()


def rules(known: Live, text: str = PROFILE) -> set[tuple[str, Level]]:
    return {(finding.rule, finding.level) for finding in found(known, text)}


VERSION: tuple[str, Level] = ("template-version", "warning")


def test_versions_that_are_all_good_enough_differ_without_harm() -> None:
    (finding,) = found(versions(sized(500), sized(100, 2), sized(50, 1)))
    assert (finding.rule, finding.level, finding.place.line) == ("template-version", "warning", 9)
    assert "lt-1:$Latest" in finding.message
    assert "root volume of 500, 100, 50 GiB" in finding.message


def test_todays_version_is_not_taken_for_granted() -> None:
    assert rules(versions(sized(500), sized(30, 1))) == {VERSION, ("task-disk", "warning")}
    (disk,) = [f for f in found(versions(sized(500), sized(30, 1))) if f.rule == "task-disk"]
    assert "30 GiB (launch template lt-1:1)" in disk.message
    # and what is wrong today may not be in effect
    assert rules(versions(sized(30), sized(500, 1))) == {VERSION, ("task-disk", "warning")}


def test_what_is_wrong_with_every_version_is_an_error() -> None:
    assert rules(versions(sized(30), sized(20, 1))) == {VERSION, ("task-disk", "error")}
    (disk,) = [f for f in found(versions(sized(30), sized(20, 1))) if f.rule == "task-disk"]
    assert "30 GiB (launch template lt-1:$Latest)" in disk.message


@pytest.mark.parametrize(("today", "other"), [("install $HOME/miniconda", ""), ("", "install $HOME/miniconda")])
def test_only_some_versions_install_the_cli(today: str, other: str) -> None:
    known = versions(sized(50, user_data=today), sized(50, 1, user_data=other))
    assert rules(known) == {VERSION, ("cli-missing", "warning")}
    assert rules(versions(sized(50, user_data=""), sized(60, 1, user_data=""))) == {VERSION, ("cli-missing", "error")}


def test_only_some_versions_have_an_ami_that_works() -> None:
    with_agent = replace(MACHINE, ami="ami-1", image=CUSTOM, template=sized(50))
    without = replace(MACHINE, ami="ami-2", image=PLAIN, template=sized(50, 1))
    expected = {VERSION, ("image-no-agent", "warning")}
    for machine in (replace(with_agent, others=(without,)), replace(without, others=(with_agent,))):
        assert rules(with_environment(machines=(machine,))) == expected
    both = replace(without, others=(replace(without, template=sized(90, 1)),))
    assert rules(with_environment(machines=(both,))) == {VERSION, ("image-no-agent", "error")}


def test_only_some_versions_have_the_driver() -> None:
    driver = replace(MACHINE, kind="ECS_AL2023", template=sized(50, user_data="miniconda, nvidia"))
    none = replace(driver, template=sized(50, 1))
    for machine in (replace(driver, others=(none,)), replace(none, others=(driver,))):
        assert rules(with_environment(machines=(machine,), **GPUS)) == {VERSION, ("image-no-driver", "warning")}


@pytest.mark.parametrize(
    ("shares", "weighed"),
    [
        ((), True),
        (("lab",), True),
        (("guest", "l*"), True),
        (("guest", "labs", "laboratory*"), False),
        (("*",), True),
    ],
)
def test_a_share_identifier_without_a_weight(shares: tuple[str, ...], weighed: bool) -> None:
    text = PROFILE.replace("queues: [work, excess]", "queues: [work]\n    share_identifier: lab")
    findings = found(fair(*shares), text)
    assert [(f.rule, f.level) for f in findings] == ([] if weighed else [("share-weight", "warning")])


def test_nothing_is_claimed_of_a_launch_template_that_may_not_be_read() -> None:
    unread = replace(MACHINE, template=None, unread=True)
    assert found(with_environment(machines=(unread,))) == ()
    assert found(with_environment(machines=(replace(unread, kind="ECS_AL2023"),), **GPUS)) == ()


SEVERAL = {"asked": ("c5.2xlarge", "m5.2xlarge")}


@pytest.mark.parametrize(
    ("changes", "reported"),
    [
        ({"kind": "SPOT", "strategy": "SPOT_CAPACITY_OPTIMIZED"}, False),
        ({"kind": "SPOT", "strategy": "SPOT_PRICE_CAPACITY_OPTIMIZED"}, False),
        ({"kind": "SPOT", "strategy": "SPOT_CAPACITY_OPTIMIZED_PRIORITIZED"}, False),
        ({"strategy": ""}, False),
        ({"strategy": "", **SEVERAL}, True),
        ({"strategy": "BEST_FIT", "asked": ("c5",)}, True),
        ({"strategy": "BEST_FIT_PROGRESSIVE", **SEVERAL}, False),
        ({"strategy": "BEST_FIT_PROGRESSIVE_ORDERED", **SEVERAL}, False),
        ({"kind": "SPOT", "strategy": "", "fault": DISABLED}, False),
    ],
)
def test_a_strategy_that_waits_or_ignores_interruptions(changes: dict[str, Any], reported: bool) -> None:
    known = rules(with_environment(**changes), PROFILE.replace("fit: instance", "fit: request"))
    assert (("allocation-strategy", "warning") in known) is reported


OVER_MAXIMUM = "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE"
BOTH = {UNSCHEDULABLE: 3600, OVER_MAXIMUM: 3600}


@pytest.mark.parametrize(
    ("ends", "nextflow", "limits", "reported"),
    [
        # the queue ends what waits in vain
        ("wait", "25.04", BOTH, None),
        ("wait", "25.04", {UNSCHEDULABLE: 600}, "no-time-limit"),
        ("wait", "25.04", {CAPACITY: 600}, "no-time-limit"),
        ("wait", "25.04", {}, "no-time-limit"),
        # Nextflow does, but only while it runs
        ("fail", "25.04", {CAPACITY: 600}, None),
        ("fail", "25.04", {}, "no-time-limit"),
        # Nextflow is always faster, also with jobs that fit
        ("fail", "25.04", BOTH, "time-limit-unused"),
        ("fail", "25.04", {UNSCHEDULABLE: 600}, "time-limit-unused"),
        # this Nextflow does not know the option
        ("fail", "24.10", BOTH, None),
        ("fail", "24.10", {CAPACITY: 600}, "no-time-limit"),
    ],
)
def test_who_ends_a_job_that_cannot_be_placed(
    ends: str, nextflow: str, limits: dict[str, int], reported: str | None
) -> None:
    text = PROFILE.replace("    fit: instance\n", f"    fit: instance\n    unschedulable: {ends}\n")
    text = text.replace("{name: salmon-nf,", f"{{name: salmon-nf, nextflow: '>={nextflow}',")
    clean = {"excess": BOTH if ends == "wait" or nextflow < "25.04" else {CAPACITY: 600}}
    known = with_limits(work=limits, **clean)
    assert rules(known, text) == ({(reported, "warning")} if reported else set())


def test_the_command_adds_what_is_missing_alone() -> None:
    (finding,) = found(with_limits(work={UNSCHEDULABLE: 600}, excess=BOTH))
    assert "reason=MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE," in finding.advice
    assert "JOB_RESOURCE_REQUIREMENT" not in finding.advice
    assert "existing ones" in finding.advice


def job(**changes: object) -> Job:
    clean = Job("0a1b", "salmon_1", 7200, cpus=8, memory_mib=15400)
    return replace(clean, **changes)  # type: ignore[arg-type]


def waiting(*jobs: Job, **changes: object) -> Live:
    """`live()` with these jobs in the queue `work`, and these changes of its environment."""
    queue = with_queue(jobs=jobs, runnable=len(jobs))
    return replace(queue, environments=with_environment(**changes).environments)


@pytest.mark.parametrize(
    ("known", "level", "words"),
    [
        (
            waiting(job(reason="MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - x")),
            "error",
            "no instance of the queue is",
        ),
        # Batch reports this for a moment while an environment starts from zero
        (waiting(job(reason="MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT", waited_s=300)), "warning", "starts from"),
        (
            waiting(job(reason="MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT", waited_s=300, memory_mib=16384)),
            "error",
            "no instance of the queue is",
        ),
        (waiting(job(reason="MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE")), "error", "raise maxvCpus"),
        (waiting(job(reason="CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY")), "warning", "no free capacity"),
        (waiting(job(reason="MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS")), "error", "service role"),
        (waiting(job(reason="MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED")), "error", "EC2 refuses"),
        (waiting(job(memory_mib=16384)), "error", "no instance of the queue is large enough"),
        (waiting(job(gpus=1)), "error", "of 8 vCPUs, 1 GPU and 15400 MiB waits in work for 2h: no instance"),
        (waiting(job(cpus=200)), "error", "more vCPUs than the maximum"),
        (waiting(job(), desired_vcpus=8, instances=0), "error", "none has registered with ECS: look into EC2"),
        (waiting(job(), desired_vcpus=80, instances=10), "warning", "at their maximum of vCPUs"),
        (waiting(job(), desired_vcpus=8, instances=1), "warning", "have no room for it"),
        (waiting(job(), kind="FARGATE"), "warning", "Fargate has not started it"),
        (waiting(job(), desired_vcpus=0), "error", "Batch has started no instance"),
        (waiting(job(reason="UNDETERMINED"), desired_vcpus=80, instances=10), "warning", "(AWS: UNDETERMINED)"),
    ],
)
def test_a_waiting_job_is_reported_with_its_cause(known: Live, level: Level, words: str) -> None:
    (finding,) = found(known)
    assert (finding.rule, finding.level, finding.place.line) == ("job-stuck", level, 9)
    assert "job salmon_1 (0a1b)" in finding.message
    assert f"in work for {time_text(known.queues['work'].jobs[0].waited_s)}" in finding.message
    assert words in finding.text


def test_jobs_that_wait_for_the_same_reason_are_reported_together() -> None:
    reason = "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY"
    jobs = [job(id=f"id-{n}", name=f"salmon_{n}", waited_s=600 * n, reason=reason) for n in range(1, 6)]
    (finding,) = found(waiting(*jobs))
    assert "5 jobs (salmon_5, salmon_4, salmon_3 and 2 more; the longest: id-5)" in finding.message
    assert "for 50m" in finding.message


def test_a_job_in_a_queue_without_a_usable_environment() -> None:
    known = waiting(job(), fault=DISABLED)
    assert {finding.rule for finding in found(known)} == {"environment-disabled", "job-stuck"}
    assert any("no compute environment of the queue can be used" in finding.message for finding in found(known))


def with_gpus(count: int) -> Live:
    """`live()` with this number of GPUs on each instance of `work`."""
    clean = live()
    sheets = {**clean.facts.instance_types}
    sheets["c5.2xlarge"] = replace(sheets["c5.2xlarge"], gpus={"T4": count})
    return replace(clean, facts=replace(clean.facts, instance_types=sheets))


@pytest.mark.parametrize(
    ("name", "lacks"),
    [
        ("amzn2-ami-ecs-gpu-hvm-2.0.20261105-x86_64-ebs", False),
        ("amzn2-ami-ecs-kernel-5.10-gpu-hvm-2.0.20261105-x86_64-ebs", False),
        ("amzn2-ami-ecs-kernel-5.10-hvm-2.0.20261105-x86_64-ebs", True),
        ("amzn2-ami-ecs-inf-hvm-2.0.20261105-x86_64-ebs", True),
    ],
)
def test_amis_of_amazon_that_come_with_the_driver(name: str, lacks: bool) -> None:
    assert replace(ECS, name=name).lacks_driver == lacks


def test_tasks_share_no_more_of_an_instance_than_it_has_gpus() -> None:
    small = PROFILE.replace("cpus: 6, memory: 8 GB", "cpus: 2, memory: 3 GB, accelerator: 2")
    (finding,) = found(with_gpus(4), small)
    assert (finding.rule, finding.level) == ("task-wastes", "warning")
    assert "would hold 2 of it" in finding.message
    assert found(with_gpus(2), small) == ()
    assert found(with_gpus(2), small.replace("fit: instance", "fit: request")) == ()


def test_the_plan_reports_gpus_and_processors() -> None:
    (finding,) = found(live(), PROFILE.replace("memory: 8 GB", "memory: 8 GB, accelerator: 1"))
    assert (finding.rule, finding.place.line) == ("gpus-fit", 4)
    clean = live()
    sheets = {name: replace(sheet, architecture="arm64") for name, sheet in clean.facts.instance_types.items()}
    facts = replace(clean.facts, instance_types=sheets)
    assert {finding.rule for finding in found(replace(clean, facts=facts))} == {"architecture"}


REQUEST = PROFILE.replace("fit: instance", "fit: request")


def test_tasks_that_share_an_instance_of_a_single_type() -> None:
    small = REQUEST.replace("cpus: 6, memory: 8 GB, disk: 40 GB", "cpus: 4, memory: 7 GB, disk: 20 GB")
    (finding,) = found(live(), small)
    assert (finding.rule, finding.level, finding.place.line) == ("task-shares", "warning", 4)
    assert "2 tasks of default share one c5.2xlarge of work" in finding.message
    assert found(live(), small.replace("fit: request", "fit: share")) == ()
    assert found(live(), REQUEST) == ()


def test_a_task_that_pays_for_an_instance_twice_its_size() -> None:
    small = PROFILE.replace("cpus: 6, memory: 8 GB", "cpus: 4, memory: 7 GB")
    (finding,) = found(live(), small)
    assert (finding.rule, finding.level) == ("task-wastes", "warning")
    assert "a whole c5.2xlarge that would hold 2 of it" in finding.message


def test_tasks_on_one_instance_need_the_disk_together() -> None:
    shared = PROFILE.replace("fit: instance", "fit: share").replace("cpus: 6, memory: 8 GB", "cpus: 4, memory: 7 GB")
    findings = found(live(), shared)
    assert {(finding.rule, finding.level) for finding in findings} == {("task-disk", "warning")}
    assert any("2 tasks of default may share an instance, 40 GiB of disk each" in f.message for f in findings)


def test_user_data_may_put_docker_on_another_volume() -> None:
    volumes = (replace(ROOT, size_gib=30), Volume("/dev/sdb", 500, "gp3", True))
    assert found(with_template(volumes=volumes)) == ()
    without = with_machine(ami="ami-1", image=replace(CUSTOM, volumes=volumes), template=None)
    assert [finding.rule for finding in found(without)] == ["task-disk"]


def test_the_plan_reports_memory_that_does_not_fit() -> None:
    (finding,) = found(live(), PROFILE.replace("memory: 8 GB", "memory: 32 GB"))
    assert (finding.rule, finding.place.line) == ("memory-fit", 4)


def test_a_shared_environment_is_reported_once() -> None:
    known = with_environment(min_vcpus=8)
    shared = {name: replace(queue, environments=("work",)) for name, queue in known.queues.items()}
    assert [finding.rule for finding in found(replace(known, queues=shared))] == ["idle-cost"]


def test_a_missing_instance_role_is_reported_once() -> None:
    clean = live()
    everywhere = {name: replace(env, role_missing=True) for name, env in clean.environments.items()}
    (finding,) = found(replace(clean, environments=everywhere))
    assert (finding.rule, finding.place.line) == ("instance-role", 9)
    assert "no instance can join work, excess" in finding.message


def test_overrides_of_a_launch_template_count_too() -> None:
    other = replace(MACHINE, template=replace(MACHINE.template, name="lt-2:1", shutdown="stop"))  # type: ignore[type-var]
    (finding,) = found(with_environment(machines=(MACHINE, other)))
    assert "launch template lt-2:1" in finding.message


def test_fusion_needs_no_cli() -> None:
    fusion = PROFILE.replace("    cli_path: /home/ec2-user/miniconda/bin/aws\n", "    staging: fusion\n")
    assert found(with_template(user_data=""), fusion) == ()


def test_fusion_needs_a_token() -> None:
    without = replace(live(), fusion_token=False)
    assert found(without) == ()
    text = PROFILE.replace("    cli_path: /home/ec2-user/miniconda/bin/aws\n", "    staging: fusion\n")
    (finding,) = found(without, text)
    assert (finding.rule, finding.level) == ("fusion-token", "warning")
    assert text.splitlines()[finding.place.line - 1].strip() == "staging: fusion"


@pytest.mark.parametrize(
    ("variable", "file", "text", "known"),
    [
        ("a-token", "", "", True),
        ("", "", "", False),
        ("", "config", "tower.accessToken = 'x'\n", True),
        ("", "config", "tower { enabled = true }\n", False),
        ("", "seqera-auth.config", "tower { accessToken = 'x' }\n", True),
    ],
)
@pytest.mark.parametrize("home", ["HOME", "NXF_HOME"])
def test_where_a_token_is_found(
    variable: str, file: str, text: str, known: bool, home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path if home == "NXF_HOME" else tmp_path / ".nextflow"
    folder.mkdir(exist_ok=True)
    if file:
        (folder / file).write_text(text)
    monkeypatch.setenv("HOME", str(tmp_path))
    environment = {"TOWER_ACCESS_TOKEN": variable, "HOME": str(tmp_path)} | {home: str(tmp_path)}
    assert fusion_token(environment) is known


FARGATE = PROFILE.replace("    fit: instance\n", "    fit: instance\n    staging: fusion\n").replace(
    "    cli_path: /home/ec2-user/miniconda/bin/aws\n", f"    execution_role: {ROLE}-pull\n"
)


def on_fargate(**changes: object) -> Live:
    """`live()` with the same queues on Fargate."""
    clean = live()
    environments = {name: Environment(name, kind="FARGATE", max_vcpus=64, sheets={}) for name in clean.environments}
    offered = {name: region.Environment("FARGATE", 64, "", (), {}) for name in clean.environments}
    facts = replace(clean.facts, environments=offered)
    known = replace(clean, environments=environments, facts=facts)
    return replace(known, **changes)  # type: ignore[arg-type]


def test_fargate_has_no_instances_to_check() -> None:
    assert found(on_fargate(), FARGATE) == ()


def test_the_role_that_pulls_images_is_checked_too() -> None:
    (finding,) = found(on_fargate(roles={f"{ROLE}-pull": None}), FARGATE)
    assert (finding.rule, finding.place.line) == ("execution-role", 12)
    assert "IAM has no role salmonJob-pull" in finding.message
