"""A profile can use every region of AWS."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from nfconfgen.executors.awsbatch.partitions import partition_of
from tests.conftest import ROOT
from tests.core import load

PROFILE = """\
nfconfgen: 1
pipeline: {{name: p}}
sites:
  batch: {{executor: awsbatch, region: {region}, queues: [q], staging: fusion, work_dir: "s3://demo-bucket/work"}}
"""


def known_to_botocore() -> set[str]:
    boto3 = pytest.importorskip("boto3")
    session = boto3.session.Session()
    return {
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("ec2", partition_name=partition)
    }


def test_a_region_is_in_the_partition_that_botocore_knows() -> None:
    boto3 = pytest.importorskip("boto3")
    session = boto3.session.Session()
    for partition in session.get_available_partitions():
        for region in session.get_available_regions("ec2", partition_name=partition):
            assert partition_of(region) == partition
    assert partition_of("eusc-de-east-1") == "aws-eusc"


@pytest.mark.parametrize("key", ["job_role", "execution_role"])
def test_a_role_of_another_partition_is_refused_at_its_line(tmp_path: Path, key: str) -> None:
    path = tmp_path / "profile.yml"
    for region, partition in [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-central-1", "aws")]:
        for of_role in ("aws", "aws-cn", "aws-us-gov"):
            role = f", region: {region},\n    {key}: 'arn:{of_role}:iam::123456789012:role/jobs'"
            path.write_text(PROFILE.format(region="X").replace(", region: X", role))
            found = [(finding.rule, finding.place.line) for finding in load(path).findings]
            assert found == ([] if of_role == partition else [("arn", 5)])


def test_the_lock_takes_every_region() -> None:
    schema = json.loads((ROOT / "schemas/lock.schema.json").read_text())
    pattern = schema["properties"]["facts"]["properties"]["awsbatch"]["propertyNames"]["pattern"]
    every = known_to_botocore() | {"eusc-de-east-1", "us-isob-east-1"}
    assert [region for region in sorted(every) if not re.search(pattern, region)] == []


def faults(tmp_path: Path, region: str) -> list[str]:
    path = tmp_path / "profile.yml"
    path.write_text(PROFILE.format(region=region))
    return [finding.text for finding in load(path).findings if finding.rule == "region"]


def test_every_region_of_every_partition_is_taken(tmp_path: Path) -> None:
    # some partitions are newer than the oldest botocore that is supported
    regions = known_to_botocore() | {"eusc-de-east-1", "us-gov-west-1", "cn-northwest-1", "us-isob-east-1"}
    assert len(regions) > 30
    refused = {region: found for region in sorted(regions) if (found := faults(tmp_path, region))}
    assert refused == {}


@pytest.mark.parametrize("region", ["eu-central", "eu-central-1a", "EU-CENTRAL-1", "frankfurt", "aws-global"])
def test_what_is_no_region_is_refused(tmp_path: Path, region: str) -> None:
    assert faults(tmp_path, region)
