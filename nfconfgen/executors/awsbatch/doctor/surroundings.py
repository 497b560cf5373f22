"""What jobs need besides a queue: a share of it, roles in IAM, the bucket of the work directory, Fusion's token."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nfconfgen import files
from nfconfgen.executors.awsbatch.client import DENIED, AwsError, batched
from nfconfgen.executors.awsbatch.doctor.model import Bucket, Role
from nfconfgen.executors.awsbatch.doctor.once import Once


def job_roles(aws: Once, arns: Iterable[str]) -> dict[str, Role | None]:
    """The IAM role of each ARN, None if it does not exist."""

    def ask(arn: str) -> Role:
        role = aws.call("iam", "get_role", RoleName=arn.rsplit("/", 1)[-1])["Role"]
        return Role(str(role["Arn"]), _trusted(role.get("AssumeRolePolicyDocument")))

    return _looked_up(aws, arns, "job roles", ask)


def instance_roles(aws: Once, names: Iterable[str]) -> dict[str, Role | None]:
    """The instance profile of each `instanceRole`, a name or an ARN; None if it does not exist."""

    def ask(name: str) -> Role:
        found = aws.call("iam", "get_instance_profile", InstanceProfileName=name.rsplit("/", 1)[-1])
        return Role(str(found["InstanceProfile"]["Arn"]))

    return _looked_up(aws, names, "instance roles", ask)


def shares(aws: Once, policies: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The share identifiers with a weight of their own in each fair-share policy, by its ARN."""

    def ask(some: Sequence[str]) -> list[Any]:
        found: list[Any] = aws.call("batch", "describe_scheduling_policies", arns=list(some))["schedulingPolicies"]
        return found

    nothing: list[list[Any]] = []
    pages = aws.if_allowed("scheduling policies", lambda: aws.side_by_side(ask, batched(sorted(policies))), nothing)
    return {
        str(policy["arn"]): tuple(
            str(share["shareIdentifier"]) for share in policy.get("fairsharePolicy", {}).get("shareDistribution", [])
        )
        for page in pages
        for policy in page
    }


def _looked_up(aws: Once, names: Iterable[str], what: str, ask: Callable[[str], Role]) -> dict[str, Role | None]:
    """The role of each name, None if IAM has none; left out if these credentials may not ask."""

    def look(name: str) -> dict[str, Role | None]:
        try:
            return {name: ask(name)}
        except AwsError as error:
            if error.code != "NoSuchEntity":
                raise
            return {name: None}

    denied: dict[str, Role | None] = {}
    found = aws.side_by_side(lambda name: aws.if_allowed(what, lambda: look(name), denied), sorted(names))
    return {name: role for answer in found for name, role in answer.items()}


def _trusted(policy: object) -> tuple[str, ...]:
    """The services that may assume the role by this trust policy."""
    if not isinstance(policy, Mapping):
        return ()
    statements: Any = policy.get("Statement", [])
    services: list[str] = []
    for statement in [statements] if isinstance(statements, Mapping) else statements:
        principal = statement.get("Principal", {})
        named = principal.get("Service", []) if isinstance(principal, Mapping) else principal
        services += [named] if isinstance(named, str) else named
    return tuple(services)


def fusion_token(environment: Mapping[str, str]) -> bool:
    """Whether Nextflow finds a token for Fusion: in the environment, or in its own folder."""
    if environment.get("TOWER_ACCESS_TOKEN"):
        return True
    folder = Path(environment.get("NXF_HOME") or os.path.expanduser("~/.nextflow"))  # noqa: PTH111 - where ~ is unknown
    return any(_has_token(folder / name) for name in ("config", "seqera-auth.config"))


def _has_token(config: Path) -> bool:
    try:
        return b"accessToken" in files.read(config)
    except OSError:
        return False


def buckets(aws: Once, names: Iterable[str]) -> dict[str, Bucket]:
    """The buckets of these names, with region and default encryption."""
    return {bucket.name: bucket for bucket in aws.side_by_side(lambda name: _bucket(aws, name), sorted(names))}


def _bucket(aws: Once, name: str) -> Bucket:
    try:
        answer = aws.call("s3", "head_bucket", Bucket=name)
    except AwsError as error:
        if error.code in ("404", "NoSuchBucket"):
            return Bucket(name, trouble="does not exist")
        if error.code in DENIED:
            return Bucket(name, trouble="does not grant access to these credentials", denied=True)
        raise
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = answer.get("BucketRegion") or headers.get("x-amz-bucket-region", "")
    encryption = aws.if_allowed("default encryption of the work bucket", lambda: _encryption(aws, name), "")
    return Bucket(name, str(region), encryption)


def _encryption(aws: Once, name: str) -> str:
    try:
        answer = aws.call("s3", "get_bucket_encryption", Bucket=name)
    except AwsError as error:
        if error.code != "ServerSideEncryptionConfigurationNotFoundError":
            raise
        return "none"
    rules = answer["ServerSideEncryptionConfiguration"]["Rules"]
    by_default = (rule.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm") for rule in rules)
    return str(next(filter(None, by_default), "none"))
