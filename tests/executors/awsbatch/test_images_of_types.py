"""Declared instance types without an ECS-optimised AMI of Amazon Linux 2023."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli import nfconfgen
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import nothing

PROFILE = """\
nfconfgen: 1
pipeline: {name: p}
tasks: {default: {cpus: 1, memory: 1 GB, accelerator: GPUS}}
sites:
  batch:
    executor: awsbatch
    region: us-east-1
    queues: [{queue: q, instance_type: TYPE, max_instances: 1MORE}]
    cli_path: /opt/aws-cli/bin/aws
    work_dir: s3://bucket/work
"""


@pytest.mark.parametrize(
    ("instance_type", "gpus", "image", "missing"),
    [
        ("c5.2xlarge", 0, "", False),
        ("g4dn.xlarge", 1, "", False),
        ("p3dn.24xlarge", 1, "", True),
        ("g5g.xlarge", 1, "", True),
        ("a1.xlarge", 0, "", True),
        ("p3dn.24xlarge", 1, ", image: ami-0123456789abcdef0", False),
    ],
)
def test_a_type_needs_an_image(
    instance_type: str, gpus: int, image: str, missing: bool, tmp_path: Path, double: Double
) -> None:
    double.load(nothing(region="us-east-1"))
    path = tmp_path / "profile.yml"
    path.write_text(PROFILE.replace("TYPE", instance_type).replace("GPUS", str(gpus)).replace("MORE", image))
    ended = nfconfgen("build", path, environment=list(double.env().items()), alone=True)
    assert ("there is no ECS-optimised Amazon Linux 2023 for" in ended.out) is missing, ended
    assert ended.code == (1 if missing else 0), ended
    assert "[declared-queue]" in ended.out or not missing
