"""Does a stack that cannot be made or updated go back to where it was, and say why?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.aws.asking import refusal
from tests.lab.aws.client import Double
from tests.lab.aws.cloudformation.example import (
    GIVEN,
    STACK,
    asked,
    described,
    environment,
    events,
    reason,
    resources,
    template,
)
from tests.lab.aws.scenario import Refusal, Scenario

pytestmark = pytest.mark.usefixtures("double")

TAKEN = ('!Sub "${AWS::StackName}-small"', "salmonWorkload")
KIND = "    Type: AWS::S3::Bucket\n"


@pytest.mark.parametrize(
    ("replaced", "failed", "why"),
    [
        (TAKEN, "Queue", "already exists"),
        (("[c5.2xlarge]", "[c5.huge]"), "Hosts", "c5.huge"),
        (("Subnets: !Ref Subnets", "Subnets: [subnet-0]"), "Hosts", "subnet-0"),
        (("/service-role/AmazonEC2Container", "/AmazonEC2Container"), "HostRole", "not attachable"),
        (("!Ref Days}", "!GetAtt Disk.Nothing}"), "Logs", "does not support attribute type Nothing"),
    ],
    ids=["name taken", "instance type", "subnet", "policy", "attribute"],
)
def test_creation_rolls_back(
    double: Double,
    cloudformation: Any,
    s3: Any,
    iam: Any,
    logs: Any,
    replaced: tuple[str, str],
    failed: str,
    why: str,
) -> None:
    before = double.state()
    cloudformation.create_stack(**asked(replaced))
    stack = described(cloudformation)
    assert (stack["StackStatus"], stack.get("Outputs")) == ("ROLLBACK_COMPLETE", None)
    assert why in reason(cloudformation, failed, "CREATE_FAILED")
    assert f"[{failed}]" in reason(cloudformation, STACK, "ROLLBACK_IN_PROGRESS")
    assert {r["ResourceStatus"] for r in resources(cloudformation).values()} == {"DELETE_COMPLETE"}
    assert double.state() == before
    assert [s3.list_buckets()["Buckets"], iam.list_roles()["Roles"], logs.describe_log_groups()["logGroups"]] == [
        []
    ] * 3
    assert refusal(lambda: cloudformation.create_stack(**asked())) == ("AlreadyExistsException", 400)
    assert refusal(lambda: cloudformation.update_stack(**asked())) == ("ValidationError", 400)
    cloudformation.delete_stack(StackName=STACK)
    cloudformation.create_stack(**asked())
    assert described(cloudformation)["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.parametrize(("policy", "left"), [("Retain", 1), ("RetainExceptOnCreate", 0)])
def test_a_retained_bucket_outlives_a_creation_that_fails(
    cloudformation: Any, s3: Any, policy: str, left: int
) -> None:
    cloudformation.create_stack(**asked(TAKEN, (KIND, f"{KIND}    DeletionPolicy: {policy}\n")))
    assert described(cloudformation)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert len(s3.list_buckets()["Buckets"]) == left


def test_a_failed_creation_can_be_left_as_it_is(cloudformation: Any, batch: Any) -> None:
    cloudformation.create_stack(**asked(TAKEN), OnFailure="DO_NOTHING")
    assert described(cloudformation)["StackStatus"] == "CREATE_FAILED"
    assert environment(batch)["status"] == "VALID"


def test_a_failed_creation_can_be_deleted(cloudformation: Any) -> None:
    arn = cloudformation.create_stack(**asked(TAKEN), OnFailure="DELETE")["StackId"]
    assert described(cloudformation, arn)["StackStatus"] == "DELETE_COMPLETE"
    assert refusal(lambda: described(cloudformation))[0] == "ValidationError"


@pytest.mark.parametrize(
    ("replaced", "failed"),
    [
        ([("VolumeSize: 100", "VolumeSize: 300"), ("[c5.2xlarge]", "[c5.huge]")], "Hosts"),
        ([("VolumeSize: 100", "VolumeSize: 300"), ("[c5.2xlarge]", "[c5.4xlarge]"), TAKEN], "Queue"),
        ([("ReplaceComputeEnvironment: false", ""), ("[c5.2xlarge]", "[c5.4xlarge]"), TAKEN], "Queue"),
        ([("}-small", "}-large"), ('Action: ["batch:SubmitJob"]', "Action: []")], "TaskRole"),
    ],
    ids=["in place", "after changes in place", "after a replacement", "after another replacement"],
)
def test_update_rolls_back(double: Double, cloudformation: Any, replaced: list[tuple[str, str]], failed: str) -> None:
    cloudformation.create_stack(**asked())
    before, ids = double.state(), _ids(cloudformation)
    cloudformation.update_stack(**asked(*replaced))
    assert described(cloudformation)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert reason(cloudformation, failed, "UPDATE_FAILED")
    assert (STACK, "UPDATE_ROLLBACK_IN_PROGRESS") in events(cloudformation)
    assert double.state() == before
    assert _ids(cloudformation) == ids
    assert {r["ResourceStatus"] for r in resources(cloudformation).values()} <= {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    assert cloudformation.get_template(StackName=STACK)["TemplateBody"] == template()
    assert refusal(lambda: cloudformation.update_stack(**asked()))[0] == "ValidationError"
    cloudformation.update_stack(**asked(given=GIVEN | {"Most": "32"}))
    assert described(cloudformation)["StackStatus"] == "UPDATE_COMPLETE"


def _ids(cloudformation: Any) -> dict[str, str]:
    return {name: resource["PhysicalResourceId"] for name, resource in resources(cloudformation).items()}


def test_what_cannot_be_removed_is_left_behind(cloudformation: Any, batch: Any) -> None:
    cloudformation.create_stack(**asked())
    hosts = {"order": 1, "computeEnvironment": environment(batch)["computeEnvironmentArn"]}
    batch.create_job_queue(jobQueueName="theirs", state="ENABLED", priority=1, computeEnvironmentOrder=[hosts])
    cloudformation.update_stack(**asked(without=["Hosts", "Queue", "TaskRole", "QueueArn"]))
    assert described(cloudformation)["StackStatus"] == "UPDATE_COMPLETE"
    assert "JobQueue relationship" in reason(cloudformation, "Hosts", "DELETE_FAILED")
    assert environment(batch)["status"] == "VALID"


def test_batch_still_sees_a_queue(double: Double, cloudformation: Any) -> None:
    double.load(Scenario(stack_refusals=(Refusal("Hosts", "delete", times=2),)))
    arn = cloudformation.create_stack(**asked())["StackId"]
    seen = []
    for _ in range(3):
        cloudformation.delete_stack(StackName=STACK)
        seen.append(described(cloudformation, arn)["StackStatus"])
    assert seen == ["DELETE_FAILED", "DELETE_FAILED", "DELETE_COMPLETE"]
    assert "JobQueue relationship" in reason(cloudformation, "Hosts", "DELETE_FAILED", arn)


@pytest.mark.parametrize(
    ("action", "status"), [("create", "ROLLBACK_COMPLETE"), ("update", "UPDATE_ROLLBACK_COMPLETE")]
)
def test_refused_for_whatever_reason(double: Double, cloudformation: Any, action: str, status: str) -> None:
    double.load(Scenario(stack_refusals=(Refusal("Hosts", action, "No capacity"),)))
    cloudformation.create_stack(**asked())
    if action == "update":
        cloudformation.update_stack(**asked(given=GIVEN | {"Most": "32"}))
    assert described(cloudformation)["StackStatus"] == status
    assert "No capacity" in reason(cloudformation, "Hosts", f"{action.upper()}_FAILED")


def test_protected(cloudformation: Any) -> None:
    cloudformation.create_stack(**asked(), EnableTerminationProtection=True)
    assert refusal(lambda: cloudformation.delete_stack(StackName=STACK))[0] == "ValidationError"
    assert described(cloudformation)["StackStatus"] == "CREATE_COMPLETE"
