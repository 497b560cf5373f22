"""The partition of AWS that a region belongs to: the second part of every ARN in it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html; the regions are those of botocore's
partitions.json, which takes too long to read for a plan (a test compares them).
"""

from __future__ import annotations

_BY_PREFIX = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "eusc-": "aws-eusc",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
}


def partition_of(region: str) -> str:
    """`aws-cn` of cn-north-1."""
    return next((partition for prefix, partition in _BY_PREFIX.items() if region.startswith(prefix)), "aws")


def of_arn(arn: str) -> str:
    """`aws-cn` of arn:aws-cn:iam::123456789012:role/jobs."""
    return arn.split(":")[1]
