"""Profiles with declared queues, generated from a seed, and the facts that they need."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from functools import cache
from typing import Any

from nfconfgen.executors.awsbatch.facts.instance_types import sheet
from nfconfgen.executors.awsbatch.facts.region import RegionFacts

PARTITIONS = {"cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov"}
REGIONS = ("eu-central-1", "us-east-1", "us-gov-west-1", "cn-north-1")
# alternatives of one kind, which all regions here have
KINDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "plain": (
        ("c5.2xlarge",),
        ("m5.4xlarge", "c5.4xlarge"),
        ("r5.xlarge", "r5.2xlarge", "r5.4xlarge"),
        ("c6i.large",),
        ("m5.24xlarge",),
        ("m5.large",),
    ),
    "arm": (("c6g.2xlarge",), ("m6g.4xlarge", "r6g.4xlarge")),
    "gpu": (("g4dn.xlarge",), ("g4dn.12xlarge",), ("g4dn.2xlarge", "g4dn.4xlarge")),
}
ACCOUNT = "123456789012"


@cache
def facts() -> dict[str, Any]:
    """The facts of a region that has these instance types, and nothing else."""
    from moto.ec2.models.instance_types import INSTANCE_TYPES

    names = sorted({name for groups in KINDS.values() for group in groups for name in group})
    return RegionFacts(instance_types={name: sheet(INSTANCE_TYPES[name]) for name in names}).to_json()


def lock() -> str:
    empty = {"nfconfgen": "0.1.0", "nfconfgen_lock": 1, "outputs": {}, "profile": "0" * 64}
    return json.dumps({**empty, "facts": {"awsbatch": dict.fromkeys(REGIONS, facts())}})


class Maker:
    """Makes one profile from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.seed = seed

    def chance(self, share: float = 0.5) -> bool:
        return self.random.random() < share

    def profile(self) -> dict[str, Any]:
        sites = {f"site{at}": self.site(at) for at in range(self.random.choice((1, 1, 2, 3)))}
        task: dict[str, Any] = {"cpus": self.random.choice((1, 2)), "memory": "3 GB", "time": "2h"}
        if self.chance():
            task["disk"] = self.random.choice(("10 GB", "400 GB", "600 GB"))
        made = {
            "nfconfgen": 1,
            "pipeline": {"name": self.random.choice(("salmon-nf", "A_1", "x" * 60)), "nextflow": ">=24.10"},
            "tasks": {"default": {**task, "container": "demo/tool:1.0"}},
            "retry": {"attempts": 3, "lost": True, "exit_codes": [137], "otherwise": "finish"},
            "sites": sites,
        }
        if self.chance():
            made["launch"] = {
                "params": {
                    name: {"reads": "s3://demo-reads/a b/*.fq", "outdir": "s3://demo-out/x"} for name in sites
                },
                "warmup": {name: {"reads": "s3://demo-reads/one.fq"} for name in sites},
                "upload": [{"from": "it's", "to": "s3://demo-reads/x y", "exclude": "*.tmp"}],
            }
        return made

    def site(self, at: int) -> dict[str, Any]:
        region = self.random.choice(REGIONS)
        fusion, kind = self.chance(0.3), self.random.choice(("plain", "plain", "arm", "gpu"))
        site: dict[str, Any] = {
            "executor": "awsbatch",
            "region": region,
            "queues": [self.queue(f"q{at}-{number}", kind) for number in range(self.random.choice((1, 2, 3)))],
            "work_dir": f"s3://demo-{self.seed}-{at}" + self.random.choice(("", "/work", "/a b/it's [1]")),
            "fit": self.random.choice(("request", "instance", "share")),
            "stack": self.stack(),
            **({"staging": "fusion"} if fusion else {"cli_path": "/opt/aws-cli/bin/aws"}),
        }
        if self.chance():
            site |= {"storage_encryption": "aws:kms", **self.key(region)}
        if kind == "gpu":
            site["tasks"] = {"default": {"accelerator": 1}}
        partition = PARTITIONS.get(region, "aws")
        if self.chance(0.3):
            site["job_role"] = f"arn:{partition}:iam::{ACCOUNT}:role/demoJob"
        if not fusion and self.chance(0.3):
            queue = self.random.choice(({"instance_type": "m5.large"}, {"queue": "there"}))
            site["head"] = {"image": "nextflow/nextflow:25.04.4", **queue}
        if self.chance(0.3):
            site["logs_group"] = "/demo/jobs"
        if self.chance(0.3):
            site["unschedulable"] = self.random.choice(("wait", "fail"))
        return site

    def queue(self, name: str, kind: str) -> dict[str, Any]:
        types = self.random.choice(KINDS[kind])
        queue: dict[str, Any] = {
            "queue": name,
            "instance_type": types[0] if len(types) == 1 else list(types),
            "max_instances": self.random.choice((1, 10, 10000)),
        }
        if self.chance():
            queue |= {"spot": True, "capacity_wait": self.random.choice(("10m", "4h", "1d"))}
        if self.chance(0.3):
            queue["priority"] = self.random.choice((0, 7, 1000))
        if self.chance(0.2):
            queue["image"] = "ami-0123456789abcdef0"
        elif self.chance(0.3):
            queue["volume"] = self.random.choice(("30 GB", "500 GB", "16 TB"))
        return queue

    def stack(self) -> dict[str, Any]:
        stack: dict[str, Any] = {"keep_logs": self.random.choice(("1d", "90d"))}
        if self.chance():
            stack["bucket"] = self.random.choice(({}, {"expire": "30d"}))
        if self.chance(0.3):
            stack |= {"subnets": ["subnet-0123456789abcdef0"], "security_groups": ["sg-0123456789abcdef0"]}
        if self.chance():
            stack |= {"read": ["s3://public-genomes/human"], "write": ["s3://demo-reports/$$x"]}
        if self.chance():
            stack["tags"] = {"project": "demo", "cost centre": "42: x"}
        return stack

    def key(self, region: str) -> dict[str, str]:
        prefix = f"arn:{PARTITIONS.get(region, 'aws')}:kms:{region}:{ACCOUNT}:"
        id_ = "1a2b3c4d-0000-1111-2222-333344445555"
        chosen = self.random.choice(("", id_, "alias/demo", f"{prefix}key/{id_}", f"{prefix}alias/demo"))
        return {"kms_key": chosen} if chosen else {}
