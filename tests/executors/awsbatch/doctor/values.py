"""A profile and what AWS reports about it, built by hand, with nothing wrong: tests change one thing in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nfconfgen.executors.awsbatch.doctor.examine import checked
from nfconfgen.executors.awsbatch.doctor.model import (
    ENDED_BY_NEXTFLOW,
    Bucket,
    Environment,
    Image,
    Live,
    Machine,
    Queue,
    Role,
    Template,
    Volume,
)
from nfconfgen.executors.awsbatch.facts import region
from nfconfgen.executors.awsbatch.facts.region import InstanceType, Offer, Reading, RegionFacts
from nfconfgen.executors.examination import Examination
from nfconfgen.facts.query import Query
from nfconfgen.findings import Finding
from nfconfgen.plan.plan import plan
from nfconfgen.profile.document.yaml12 import parse
from tests.core import load_text

NOW = "2026-11-22T12:00:00Z"
REGION = "eu-central-1"
ROLE = "arn:aws:iam::123456789012:role/salmonJob"
CLI = "/home/ec2-user/miniconda/bin/aws"

PROFILE = f"""\
nfconfgen: 1
pipeline: {{name: salmon-nf, run: t-neumann/salmon-nf}}
tasks:
  default: {{cpus: 6, memory: 8 GB, disk: 40 GB, container: "obenauflab/salmon:latest"}}
sites:
  aws:
    executor: awsbatch
    region: {REGION}
    queues: [work, excess]
    fit: instance
    cli_path: {CLI}
    storage_encryption: AES256
    work_dir: s3://bucket/work
    job_role: {ROLE}
retry: {{attempts: 3, exit_codes: [137], memory: attempt}}
"""

ROOT = Volume("/dev/xvda", 50, "gp3", True)
TEMPLATE = Template("lt-1:$Default", volumes=(ROOT,), user_data="install $HOME/miniconda", shutdown="terminate")
MACHINE = Machine("ECS_AL2023", "LATEST", template=TEMPLATE)
LIMITS = dict.fromkeys(ENDED_BY_NEXTFLOW, 3600)
CUSTOM = Image("ami-1", "mine", "123456789012", root="/dev/xvda", volumes=(ROOT,))


def environment(name: str, instance_type: str, cpus: int, **changes: Any) -> Environment:
    clean = Environment(
        name,
        max_vcpus=10 * cpus,
        asked=(instance_type,),
        sheets={instance_type: InstanceType(cpus, 0)},
        role="ecsInstanceRole",
        strategy="BEST_FIT_PROGRESSIVE",
        machines=(MACHINE,),
        instances=0,
        running_tasks=0,
    )
    return replace(clean, **changes)


def facts() -> RegionFacts:
    sizes = {"c5.2xlarge": (8, 16384, 15434), "c5.4xlarge": (16, 32768, 31130)}
    return RegionFacts(
        {"work": ("work",), "excess": ("excess",)},
        {
            queue: region.Environment("EC2", 160, "ECS_AL2023", (name,), {name: Offer("measured", "ami-1")})
            for queue, name in (("work", "c5.2xlarge"), ("excess", "c5.4xlarge"))
        },
        {name: InstanceType(cpus, nominal, "nitro", {}, "x86_64") for name, (cpus, nominal, _) in sizes.items()},
        {name: {"ami-1": Reading(cpus, mib, NOW)} for name, (cpus, _, mib) in sizes.items()},
        fair_share=(),
    )


def live() -> Live:
    """A region in which nothing is wrong."""
    return Live(
        REGION,
        {name: Queue(name, (name,), limits=LIMITS) for name in ("work", "excess")},
        {"work": environment("work", "c5.2xlarge", 8), "excess": environment("excess", "c5.4xlarge", 16)},
        {ROLE: Role(ROLE, ("ecs-tasks.amazonaws.com",))},
        {"bucket": Bucket("bucket", REGION, "AES256")},
        facts(),
    )


def with_queue(**changes: Any) -> Live:
    """`live()` with these changes of the queue `work`."""
    clean = live()
    return replace(clean, queues={**clean.queues, "work": replace(clean.queues["work"], **changes)})


def with_environment(**changes: Any) -> Live:
    """`live()` with these changes of the environment `work`."""
    clean = live()
    changed = replace(clean.environments["work"], **changes)
    return replace(clean, environments={**clean.environments, "work": changed})


def with_machine(**changes: Any) -> Live:
    return with_environment(machines=(replace(MACHINE, **changes),))


def with_template(**changes: Any) -> Live:
    return with_machine(template=replace(TEMPLATE, **changes))


def found(known: Live, text: str = PROFILE) -> tuple[Finding, ...]:
    """The findings of the checks about this region and profile."""
    loaded = load_text(text, "profile.yml")
    document, _ = parse(text, "profile.yml")
    assert loaded.profile is not None, loaded.findings
    assert document is not None
    assert not loaded.findings, loaded.findings
    lives: Mapping[str, Live] = {known.region: known}
    profile = loaded.profile
    examination = Examination(profile, document, {}, Query(NOW), lambda facts: plan(profile, facts), print)
    return checked(examination, lives).findings
