"""Do calls fail, and get counted, as a test asks for?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.aws.asking import refusal
from tests.lab.aws.client import Double


@pytest.mark.parametrize(
    ("service", "operation", "called", "code", "status"),
    [
        (
            "batch",
            "describe_compute_environments",
            "DescribeComputeEnvironments",
            "AccessDeniedException",
            403,
        ),
        ("batch", "describe_job_queues", "DescribeJobQueues", "TooManyRequestsException", 429),
        ("ecs", "describe_clusters", "DescribeClusters", "ThrottlingException", 400),
        ("ecs", "list_clusters", "ListClusters", "ExpiredTokenException", 403),
        ("ec2", "describe_vpcs", "DescribeVpcs", "RequestLimitExceeded", 503),
        ("sts", "get_caller_identity", "GetCallerIdentity", "ExpiredToken", 403),
    ],
)
def test_fault_for_once(
    double: Double,
    clients: dict[str, Any],
    service: str,
    operation: str,
    called: str,
    code: str,
    status: int,
) -> None:
    double.fail(called, code, status, times=1)
    call = getattr(clients[service], operation)
    assert refusal(call) == (code, status)
    assert call()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert double.calls() == {called: 2}


def test_fault_until_healed(double: Double, batch: Any) -> None:
    double.fail("DescribeJobQueues", "AccessDeniedException", 403)
    double.fail("DescribeComputeEnvironments", "AccessDeniedException", 403)
    for _ in range(3):
        assert refusal(batch.describe_job_queues)[0] == "AccessDeniedException"
    double.heal()
    assert len(batch.describe_job_queues()["jobQueues"]) == 2
    assert len(batch.describe_compute_environments()["computeEnvironments"]) == 2


def test_call_counts_start_anew(double: Double, batch: Any) -> None:
    batch.describe_job_queues()
    assert double.calls() == {"DescribeJobQueues": 1}
    double.reset_calls()
    assert double.calls() == {}
