"""Queries the quotas on vCPUs that the environments of a profile count against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nfconfgen.executors.awsbatch.client import AwsError
from nfconfgen.executors.awsbatch.doctor.account.quota_codes import EC2, FARGATE_CODES, OF_FARGATE, Quota, code_of
from nfconfgen.executors.awsbatch.doctor.once import Once


def codes(environment: Mapping[str, Any], types: Iterable[str]) -> set[tuple[str, str]]:
    """Service and code of each quota that an environment with these instance types counts against."""
    kind = str(environment.get("computeResources", {}).get("type", ""))
    if kind in FARGATE_CODES:
        return {(OF_FARGATE, FARGATE_CODES[kind])}
    return {(EC2, code) for name in types if (code := code_of(name, spot=kind == "SPOT"))}


def quotas(aws: Once, wanted: Iterable[tuple[str, str]]) -> dict[str, Quota]:
    """The quotas by code; without those that AWS does not know in this region, or that may not be read."""

    def ask(one: tuple[str, str]) -> Quota | None:
        return aws.if_allowed("quotas on vCPUs", lambda: _quota(aws, *one), None)

    return {quota.code: quota for quota in aws.side_by_side(ask, sorted(wanted)) if quota is not None}


def _quota(aws: Once, service: str, code: str) -> Quota | None:
    """The value that applies to the account; without one of its own, the default of AWS does."""
    for operation in ("get_service_quota", "get_aws_default_service_quota"):
        try:
            found = aws.call("service-quotas", operation, ServiceCode=service, QuotaCode=code)["Quota"]
        except AwsError as error:
            if error.code != "NoSuchResourceException":
                raise
        else:
            return Quota(service, code, str(found.get("QuotaName", code)), int(found["Value"]))
    return None
