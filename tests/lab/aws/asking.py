"""Query the double with boto3, as a client of AWS would."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from tests.lab.aws.client import Double

SERVICES = ("batch", "ecs", "ec2", "sts", "ssm", "iam", "s3", "logs", "cloudformation", "pricing")


def connect(double: Double, service: str, region: str | None = None) -> Any:
    """A client without retries, so that one call is one request."""
    boto3: Any = pytest.importorskip("boto3")
    config: Any = pytest.importorskip("botocore.config")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in double.env().items():
            patch.setenv(name, value)
        once = config.Config(retries={"total_max_attempts": 1})
        return boto3.Session().client(service, region_name=region, config=once)


def refusal(call: Callable[[], object]) -> tuple[str, int]:
    """Code and HTTP status with which the call is refused."""
    client_error: Any = pytest.importorskip("botocore.exceptions").ClientError
    with pytest.raises(client_error) as caught:
        call()
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def forget_change_sets(cloudformation: Any, stack: str) -> None:
    """Before another `aws cloudformation deploy`: it names a change set by the second, and here both fit into one."""
    for change_set in cloudformation.list_change_sets(StackName=stack)["Summaries"]:
        cloudformation.delete_change_set(ChangeSetName=change_set["ChangeSetId"])


def cluster_of(batch: Any, environment: str) -> str:
    found = batch.describe_compute_environments(computeEnvironments=[environment])["computeEnvironments"]
    return str(found[0]["ecsClusterArn"])


def hosts_of(ecs: Any, cluster: str) -> list[dict[str, Any]]:
    pages = ecs.get_paginator("list_container_instances").paginate(cluster=cluster)
    found: list[dict[str, Any]] = []
    for page in pages:
        if arns := page["containerInstanceArns"]:
            described = ecs.describe_container_instances(cluster=cluster, containerInstances=arns)
            found += described["containerInstances"]
    return found


def registered(host: dict[str, Any]) -> dict[str, int]:
    return {r["name"]: r["integerValue"] for r in host["registeredResources"] if r["type"] == "INTEGER"}
