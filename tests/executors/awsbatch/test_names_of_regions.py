"""A profile can use every region of AWS."""

from __future__ import annotations

from pathlib import Path

import pytest

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
