"""What jobs need besides a queue: roles in IAM, the bucket of the work directory, a token for Fusion."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from nfconfgen import files
from nfconfgen.executors.awsbatch.client import AwsError
from nfconfgen.executors.awsbatch.doctor.model import Bucket, Role
from nfconfgen.executors.awsbatch.doctor.once import DENIED, Once, code_of


def job_roles(aws: Once, arns: Iterable[str]) -> dict[str, Role | None]:
    """The IAM role behind each ARN, None where there is none."""

    def ask(arn: str) -> Role:
        role = aws.call("iam", "get_role", RoleName=arn.rsplit("/", 1)[-1])["Role"]
        return Role(str(role["Arn"]), _trusted(role.get("AssumeRolePolicyDocument")))

    return _looked_up(aws, arns, "job roles", ask)


def instance_roles(aws: Once, names: Iterable[str]) -> dict[str, Role | None]:
    """The instance profile behind each `instanceRole`, which may be a name or an ARN."""

    def ask(name: str) -> Role:
        found = aws.call("iam", "get_instance_profile", InstanceProfileName=name.rsplit("/", 1)[-1])
        return Role(str(found["InstanceProfile"]["Arn"]))

    return _looked_up(aws, names, "instance roles", ask)


def _looked_up(aws: Once, names: Iterable[str], what: str, ask: Callable[[str], Role]) -> dict[str, Role | None]:
    def look(name: str) -> tuple[Role | None, ...]:
        try:
            return (ask(name),)
        except AwsError as error:
            if code_of(error) != "NoSuchEntity":
                raise
            return (None,)

    nothing: tuple[Role | None, ...] = ()
    wanted = sorted(set(names))
    found = aws.side_by_side(lambda name: aws.if_allowed(what, lambda: look(name), nothing), wanted)
    return {name: answer[0] for name, answer in zip(wanted, found, strict=True) if answer}


def _trusted(policy: object) -> tuple[str, ...]:
    """The services that a trust policy lets take on the role."""
    if not isinstance(policy, Mapping):
        return ()
    statements: Any = policy.get("Statement", [])
    services: list[str] = []
    for statement in [statements] if isinstance(statements, Mapping) else statements:
        principal = statement.get("Principal", {})
        said = principal.get("Service", []) if isinstance(principal, Mapping) else principal
        services += [said] if isinstance(said, str) else said
    return tuple(services)


def fusion_token(environment: Mapping[str, str]) -> bool:
    """Whether Nextflow finds a token for Fusion: in the environment, or in its own folder."""
    if environment.get("TOWER_ACCESS_TOKEN"):
        return True
    folder = Path(environment.get("NXF_HOME") or os.path.expanduser("~/.nextflow"))  # noqa: PTH111 - where ~ is unknown
    return any(_says_token(folder / name) for name in ("config", "seqera-auth.config"))


def _says_token(config: Path) -> bool:
    try:
        return b"accessToken" in files.read(config)
    except OSError:
        return False


def buckets(aws: Once, names: Iterable[str]) -> dict[str, Bucket]:
    """The buckets of these names, each asked for its region and its default encryption."""
    wanted = sorted(set(names))
    return dict(zip(wanted, aws.side_by_side(lambda name: _bucket(aws, name), wanted), strict=True))


def _bucket(aws: Once, name: str) -> Bucket:
    try:
        answer = aws.call("s3", "head_bucket", Bucket=name)
    except AwsError as error:
        # the answer to HEAD has no body: the code is the bare status
        if code_of(error) in ("404", "NoSuchBucket"):
            return Bucket(name, trouble="does not exist")
        if code_of(error) in DENIED:
            return Bucket(name, trouble="does not let these credentials look into it", denied=True)
        raise
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = answer.get("BucketRegion") or headers.get("x-amz-bucket-region", "")
    what = "default encryption of the work bucket"
    encryption = aws.if_allowed(what, lambda: _encryption(aws, name), "")
    return Bucket(name, str(region), encryption)


def _encryption(aws: Once, name: str) -> str:
    try:
        answer = aws.call("s3", "get_bucket_encryption", Bucket=name)
    except AwsError as error:
        if code_of(error) != "ServerSideEncryptionConfigurationNotFoundError":
            raise
        return "none"
    rules = answer["ServerSideEncryptionConfiguration"]["Rules"]
    by_default = [
        rule["ApplyServerSideEncryptionByDefault"] for rule in rules if "ApplyServerSideEncryptionByDefault" in rule
    ]
    return str(by_default[0]["SSEAlgorithm"]) if by_default else "none"
