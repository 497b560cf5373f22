"""A region of the AWS double and a profile for it, with one fault of each kind; and one in which nothing is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.lab.aws.scenario import (
    SUBNETS,
    BlockDevice,
    Bucket,
    Environment,
    Image,
    Job,
    LaunchTemplate,
    Queue,
    Quota,
    Scenario,
    SchedulingPolicy,
    Share,
    StateTimeLimit,
    Subnet,
    TemplateVersion,
    UsedTemplate,
)

ROOT = BlockDevice(size_gib=50)
MINE = Image(
    "ami-0a1b2c3d4e5f60718", "salmon-with-miniconda", owner=None, block_devices=(ROOT,), deprecation_time=None
)
PLAIN = replace(MINE, ami="ami-0aaaaaaaaaaaaaaaa", name="al2023-ami-2023.9.20261105.0-kernel-6.1", owner="amazon")
OLD = replace(MINE, ami="ami-0bbbbbbbbbbbbbbbb", name="salmon-2019", deprecation_time="2021-08-25T00:00:00.000Z")
SLOW = replace(MINE, ami="ami-0cccccccccccccccc", block_devices=(replace(ROOT, volume_type="gp2"),))
SMALL = replace(MINE, ami="ami-0dddddddddddddddd", block_devices=(replace(ROOT, size_gib=40),))

INSTALLS = "yum install awscli"
TEMPLATES = (
    LaunchTemplate("cli", (TemplateVersion((ROOT,), user_data=INSTALLS),)),
    LaunchTemplate("stops", (TemplateVersion((ROOT,), MINE.ami, "stop"),)),
    LaunchTemplate("grown", (TemplateVersion((ROOT,)), TemplateVersion((replace(ROOT, size_gib=500),)))),
    LaunchTemplate("keeps", (TemplateVersion((ROOT, BlockDevice("/dev/sdb", 100, "gp3", None)), MINE.ami),)),
)

CAPACITY = StateTimeLimit("CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY")
UNSCHEDULABLE = (
    StateTimeLimit("MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT"),
    StateTimeLimit("MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE"),
)


def environment(name: str, instance_type: str = "c5.2xlarge", **changes: Any) -> Environment:
    made = Environment(name, (instance_type,), image_id=MINE.ami, allocation_strategy="BEST_FIT_PROGRESSIVE")
    return replace(made, **changes)


def queue(name: str, **changes: Any) -> Queue:
    return replace(Queue(name, (name,), job_state_time_limit_actions=(CAPACITY,)), **changes)


def clean() -> Scenario:
    """A region in which profiles/salmon.yml runs without a fault."""
    return Scenario(
        environments=(environment("salmonWorkload"), environment("salmonExcess", "c5.4xlarge")),
        queues=tuple(
            queue(name, job_state_time_limit_actions=UNSCHEDULABLE) for name in ("salmonWorkload", "salmonExcess")
        ),
        images=(MINE,),
        roles=("ecsInstanceRole", "salmonJob"),
        buckets=(Bucket("obenauflab"),),
    )


def _stuck() -> Job:
    submitted = datetime.now(timezone.utc) - timedelta(hours=2)
    return Job("salmon_7", vcpus=8, memory_mib=16384, created_at=submitted.isoformat())


# rule → the environment and queue (of the same name) that break it, and nothing else
QUEUES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "task-disk": ({"image_id": SMALL.ami}, {}),
    "queue-disabled": ({}, {"state": "DISABLED"}),
    "queue-invalid": ({}, {"status": "INVALID"}),
    "queue-kind": ({"orchestration": "EKS"}, {}),
    "environment-disabled": ({"state": "DISABLED"}, {}),
    "environment-invalid": ({"status": "INVALID", "status_reason": "CLIENT_ERROR - no such subnet"}, {}),
    "environment-kind": ({"management": "UNMANAGED"}, {}),
    "no-time-limit": ({}, {"job_state_time_limit_actions": ()}),
    "time-limit-unused": ({}, {"job_state_time_limit_actions": UNSCHEDULABLE}),
    "idle-cost": ({"min_vcpus": 8}, {}),
    "max-vcpus": ({"max_vcpus": 100}, {}),
    "allocation-strategy": ({"kind": "SPOT"}, {}),
    "no-such-type": ({"instance_types": ("c5.huge",)}, {}),
    "mixed-types": ({"instance_types": ("c5.2xlarge", "c5d.2xlarge")}, {}),
    "template-missing": ({"launch_template": UsedTemplate("nowhere")}, {}),
    "image-missing": ({"image_id": "ami-0eeeeeeeeeeeeeeee"}, {}),
    "image-no-agent": ({"image_id": PLAIN.ami}, {}),
    "image-no-driver": (
        {
            "instance_types": ("g4dn.2xlarge",),
            "image_id": None,
            "image_type": "ECS_AL2023",
            "launch_template": UsedTemplate("cli"),
        },
        {},
    ),
    "image-old": ({"image_id": None, "image_type": "ECS_AL2", "launch_template": UsedTemplate("cli")}, {}),
    "image-deprecated": ({"image_id": OLD.ami}, {}),
    "image-update": (
        {
            "image_id": None,
            "image_type": "ECS_AL2023",
            "batch_image_status": "UPDATE_AVAILABLE",
            "launch_template": UsedTemplate("cli"),
        },
        {},
    ),
    "template-version": ({"launch_template": UsedTemplate("grown", version="$Latest")}, {}),
    "quota": ({"instance_types": ("x1e.2xlarge",)}, {}),
    "no-network": ({"subnets": ("subnet-0000000000000dead",)}, {}),
    "spot-zone": (
        {"kind": "SPOT", "allocation_strategy": "SPOT_PRICE_CAPACITY_OPTIMIZED", "subnets": (SUBNETS[0].id,)},
        {},
    ),
    "volume-type": ({"image_id": SLOW.ami}, {}),
    "volume-kept": ({"image_id": None, "launch_template": UsedTemplate("keeps")}, {}),
    "shutdown-stops": ({"image_id": None, "launch_template": UsedTemplate("stops")}, {}),
    "instance-role": ({"instance_role": "nobody"}, {}),
    "job-stuck": ({}, {"jobs": (_stuck(),)}),
    "share-identifier": ({}, {"scheduling_policy": "fair"}),
}
BESIDES = {
    "queue-missing": "nowhere",
    "cli-missing": "stock",
    "task-shares": "wide",
    "task-wastes": "wide",
    "memory-fit": "wide",
    "gpus-fit": "wide",
    "gpu-type": "gpus",
    "share-weight": "fair",
    "architecture": "arm",
    "job-role": "wide",
    "bucket": "wide",
    "bucket-region": "wide",
    "bucket-encryption": "wide",
}
"""The rules that need their own site, and its queue."""

RULES = sorted([*QUEUES, *BESIDES])


def faulty() -> Scenario:
    """One fault of each kind, for `PROFILE`."""
    return Scenario(
        environments=(
            *(environment(name, **changes) for name, (changes, _) in QUEUES.items()),
            environment("wide"),
            environment("gpus", instance_types=("g4dn.2xlarge", "g5.2xlarge")),
            environment("arm", "c7g.2xlarge"),
            environment("fair"),
            environment("stock", image_id=None, launch_template=UsedTemplate("bare")),
        ),
        queues=(
            *(queue(name, **changes) for name, (_, changes) in QUEUES.items()),
            *map(queue, ("wide", "gpus", "arm", "stock")),
            queue("fair", scheduling_policy="fair"),
        ),
        scheduling_policies=(SchedulingPolicy("fair", (Share("lab*"),)),),
        launch_templates=(*TEMPLATES, LaunchTemplate("bare", (TemplateVersion((ROOT,)),))),
        images=(MINE, PLAIN, OLD, SLOW, SMALL),
        subnets=(*SUBNETS, Subnet("subnet-0000000000000dead", way="nowhere")),
        quotas=(*Scenario().quotas, Quota("L-7295265B", "Running On-Demand X instances", 0.0, applied=False)),
        roles=("ecsInstanceRole",),
        buckets=(Bucket("here"), Bucket("abroad", region="us-east-1"), Bucket("keyed", encryption="aws:kms")),
    )


def _site(name: str, queues: str, bucket: str = "here", more: str = "", tasks: str = "") -> str:
    return f"""\
  {name}:
    executor: awsbatch
    region: eu-central-1
    queues: [{queues}]
    cli_path: /home/ec2-user/miniconda/bin/aws
    work_dir: s3://{bucket}/work
    tasks: {{default: {{{tasks or "disk: 20 GB"}}}}}
    {more or "fit: instance"}
    unschedulable: fail
"""


PROFILE = f"""\
nfconfgen: 1
pipeline: {{name: salmon-nf, run: t-neumann/salmon-nf, nextflow: ">=25.04"}}
tasks:
  default: {{cpus: 6, memory: 8 GB, accelerator: 0, container: "obenauflab/salmon:latest"}}
sites:
{_site("planted", ", ".join([*QUEUES, "nowhere"]), tasks="disk: 40 GB")}
{_site("stocked", "stock")}
{_site("sharing", "wide", more="fit: request", tasks="cpus: 2, memory: 3 GB, disk: 5 GB")}
{_site("wasting", "wide", tasks="cpus: 2, memory: 3 GB, disk: 20 GB")}
{_site("greedy", "wide", tasks="memory: 64 GB")}
{_site("accelerated", "wide", tasks="disk: 20 GB, accelerator: 1")}
{_site("typed", "gpus", more="fit: request", tasks="cpus: 5, disk: 20 GB, accelerator: {count: 1, type: T4}")}
{_site("arm", "arm")}
{_site("fair", "fair", more="share_identifier: guest")}
{_site("alien", "wide", more="job_role: arn:aws:iam::123456789012:role/nobody")}
{_site("homeless", "wide", "nowhere")}
{_site("far", "wide", "abroad")}
{_site("keyed", "wide", "keyed", more="storage_encryption: AES256")}
retry: {{attempts: 3, exit_codes: [137], memory: attempt}}
"""
