"""Do updates change in place what AWS changes in place, replace what it replaces, and remove what is gone?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.aws.asking import hosts_of, refusal, registered
from tests.lab.aws.client import Double
from tests.lab.aws.cloudformation.example import (
    GIVEN,
    STACK,
    asked,
    described,
    environment,
    events,
    outputs,
    reason,
    resources,
)

TYPES = ("[c5.2xlarge]", "[c5.4xlarge]")
VOLUME = ("VolumeSize: 100", "VolumeSize: 300")
REPLACE = ("ReplaceComputeEnvironment: false", "ReplaceComputeEnvironment: true")


@pytest.fixture(autouse=True)
def stack(double: Double, cloudformation: Any) -> None:
    cloudformation.create_stack(**asked())


def _ids(cloudformation: Any) -> dict[str, str]:
    return {name: resource["PhysicalResourceId"] for name, resource in resources(cloudformation).items()}


def _changed(cloudformation: Any) -> set[str]:
    """Resources of which the last update says anything."""
    found = events(cloudformation)
    start = max(n for n, event in enumerate(found) if event == (STACK, "UPDATE_IN_PROGRESS"))
    return {name for name, _ in found[start:]} - {STACK}


def test_maximum_in_place(double: Double, cloudformation: Any, batch: Any) -> None:
    ids, before = _ids(cloudformation), environment(batch)
    cloudformation.update_stack(**asked(given=GIVEN | {"Most": "32"}))
    after = environment(batch)
    assert (before["computeResources"].pop("maxvCpus"), after["computeResources"].pop("maxvCpus")) == (64, 32)
    assert after == before
    assert (_ids(cloudformation), _changed(cloudformation)) == (ids, {"Hosts"})
    assert described(cloudformation)["StackStatus"] == "UPDATE_COMPLETE"
    assert resources(cloudformation)["Hosts"]["ResourceStatus"] == "UPDATE_COMPLETE"


def test_a_new_version_of_the_template_reaches_the_environment(cloudformation: Any, batch: Any, ec2: Any) -> None:
    ids = _ids(cloudformation)
    cloudformation.update_stack(**asked(VOLUME))
    assert environment(batch)["computeResources"]["launchTemplate"]["version"] == "2"
    assert environment(batch)["status"] == "VALID"
    (found,) = ec2.describe_launch_templates(LaunchTemplateIds=[ids["Disk"]])["LaunchTemplates"]
    assert (found["DefaultVersionNumber"], found["LatestVersionNumber"]) == (1, 2)
    assert (_ids(cloudformation), _changed(cloudformation)) == (ids, {"Disk", "Hosts"})
    assert outputs(cloudformation)["Template"] == f"{ids['Disk']}:2"


@pytest.mark.parametrize("replaces", [False, True])
def test_instance_types(cloudformation: Any, batch: Any, ecs: Any, replaces: bool) -> None:
    before = _ids(cloudformation)
    cloudformation.update_stack(**asked(TYPES, *([REPLACE] if replaces else [])))
    after, hosts = _ids(cloudformation), environment(batch)  # and no other one is left
    assert hosts["computeResources"]["instanceTypes"] == ["c5.4xlarge"]
    assert (after["Hosts"] != before["Hosts"]) == replaces
    assert after["Queue"] == before["Queue"]
    (queue,) = batch.describe_job_queues(jobQueues=[after["Queue"]])["jobQueues"]
    assert [e["computeEnvironment"] for e in queue["computeEnvironmentOrder"]] == [after["Hosts"]]
    name = hosts["computeEnvironmentName"]
    batch.update_compute_environment(computeEnvironment=name, computeResources={"minvCpus": 1})
    batch.describe_compute_environments()
    batch.describe_compute_environments()
    batch.describe_compute_environments()
    (host,) = hosts_of(ecs, hosts["ecsClusterArn"])
    assert registered(host) == {"CPU": 16384, "MEMORY": 31010}


def test_what_is_not_given_is_taken_away(cloudformation: Any, batch: Any) -> None:
    cloudformation.update_stack(**asked(('        Tags: {Name: !Ref "AWS::StackName"}\n', "")))
    assert "tags" not in environment(batch)["computeResources"]


def test_an_environment_with_a_name_is_not_replaced(cloudformation: Any, batch: Any) -> None:
    named = ("      Type: MANAGED\n", "      Type: MANAGED\n      ComputeEnvironmentName: lab-Hosts-ours\n")
    cloudformation.update_stack(**asked(named))
    assert environment(batch)["computeEnvironmentName"] == "lab-Hosts-ours"
    cloudformation.update_stack(**asked(named, TYPES, REPLACE))
    assert described(cloudformation)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "custom-named resource requires replacing" in reason(cloudformation, "Hosts", "UPDATE_FAILED")
    assert environment(batch)["computeResources"]["instanceTypes"] == ["c5.2xlarge"]


def test_queue_in_place(cloudformation: Any, batch: Any) -> None:
    ids = _ids(cloudformation)
    cloudformation.update_stack(
        **asked(("Priority: 10", "Priority: 20\n      State: DISABLED"), ("Seconds: 600", "Seconds: 900"))
    )
    (queue,) = batch.describe_job_queues(jobQueues=[f"{STACK}-small"])["jobQueues"]
    assert (queue["priority"], queue["state"]) == (20, "DISABLED")
    assert [limit["maxTimeSeconds"] for limit in queue["jobStateTimeLimitActions"]] == [900]
    assert _ids(cloudformation) == ids


def test_queue_by_another_name(cloudformation: Any, batch: Any, iam: Any) -> None:
    cloudformation.update_stack(**asked(("}-small", "}-large")))
    names = {queue["jobQueueName"] for queue in batch.describe_job_queues()["jobQueues"]}
    assert names == {"salmonWorkload", "salmonExcess", f"{STACK}-large"}
    ids = _ids(cloudformation)
    policy = iam.get_role_policy(RoleName=ids["TaskRole"], PolicyName="jobs")["PolicyDocument"]
    assert policy["Statement"][0]["Resource"] == [ids["Queue"]]
    assert outputs(cloudformation)["QueueArn"] == ids["Queue"]


def test_removed(double: Double, cloudformation: Any, batch: Any) -> None:
    cloudformation.update_stack(**asked(without=["Hosts", "Queue", "TaskRole", "QueueArn"]))
    assert described(cloudformation)["StackStatus"] == "UPDATE_COMPLETE"
    assert double.state()["queues"].keys() == {"salmonWorkload", "salmonExcess"}
    assert double.state()["environments"].keys() == {"salmonWorkload", "salmonExcess"}
    gone = [name for name, status in events(cloudformation) if status == "DELETE_COMPLETE"]
    assert gone == ["TaskRole", "Queue", "Hosts"]
    assert _ids(cloudformation).keys() == {"Work", "Logs", "Open", "HostRole", "Profile", "Access", "Disk"}
    cloudformation.update_stack(**asked())
    assert environment(batch)["status"] == "VALID"


def test_roles_and_buckets_in_place(cloudformation: Any, s3: Any, iam: Any, logs: Any, ec2: Any) -> None:
    ids = _ids(cloudformation)
    changed = [
        ('"s3:PutObject"]', '"s3:PutObject", "s3:DeleteObject"]'),
        ("ExpirationInDays: 30", "ExpirationInDays: 60"),
        ("ManagedPolicyArns: [!Ref Access]", "Description: tasks"),
        ("FromPort: 443", "FromPort: 80"),
    ]
    cloudformation.update_stack(**asked(*changed, given=GIVEN | {"Days": "7"}))
    assert _ids(cloudformation) == ids
    days = [rule.get("Expiration") for rule in s3.get_bucket_lifecycle_configuration(Bucket=ids["Work"])["Rules"]]
    assert days == [{"Days": 60}, None]
    policy = iam.get_policy(PolicyArn=ids["Access"])["Policy"]
    document = iam.get_policy_version(PolicyArn=ids["Access"], VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    assert document["Document"]["Statement"][0]["Action"] == ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    assert iam.list_attached_role_policies(RoleName=ids["TaskRole"])["AttachedPolicies"] == []
    (group,) = logs.describe_log_groups(logGroupNamePrefix=f"/hosts/{STACK}")["logGroups"]
    assert group["retentionInDays"] == 7
    filters = [{"Name": "group-id", "Values": [ids["Open"]]}]
    (group,) = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    assert [rule["FromPort"] for rule in group["IpPermissionsEgress"]] == [80]


def test_a_replaced_bucket_is_retained_if_it_says_so(cloudformation: Any, s3: Any) -> None:
    kind = "    Type: AWS::S3::Bucket\n"
    keep = (kind, f"{kind}    UpdateReplacePolicy: Retain\n")
    named = ("      PublicAccessBlock", "      BucketName: ours\n      PublicAccessBlock")
    before = _ids(cloudformation)["Work"]
    cloudformation.update_stack(**asked(keep, named))
    assert {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]} == {before, "ours"}
    assert _ids(cloudformation)["Work"] == "ours"


def test_nothing_to_update(cloudformation: Any) -> None:
    before = events(cloudformation)
    client_error: Any = pytest.importorskip("botocore.exceptions").ClientError
    with pytest.raises(client_error, match="No updates are to be performed") as caught:
        cloudformation.update_stack(**asked())
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    with pytest.raises(client_error, match="No updates are to be performed"):
        cloudformation.update_stack(
            **asked(("A queue of hosts", "The queue of hosts"), ("Default: 64", "Default: 64 "))
        )
    assert events(cloudformation) == before


def test_parameters_of_before(cloudformation: Any, batch: Any) -> None:
    cloudformation.update_stack(**asked(given=GIVEN | {"Most": "32"}))
    previous = [{"ParameterKey": name, "UsePreviousValue": True} for name in ("Vpc", "Subnets", "Most")]
    wanted = {"ParameterKey": "Days", "ParameterValue": "7"}
    again = {"StackName": STACK, "UsePreviousTemplate": True, "Capabilities": ["CAPABILITY_IAM"]}
    cloudformation.update_stack(**again, Parameters=[*previous, wanted])
    assert environment(batch)["computeResources"]["maxvCpus"] == 32
    # one that is left out falls back to its default
    cloudformation.update_stack(**again, Parameters=[*previous[:2], wanted])
    assert environment(batch)["computeResources"]["maxvCpus"] == 64
    assert refusal(lambda: cloudformation.update_stack(**again, Parameters=previous[:1]))[0] == "ValidationError"
    assert refusal(lambda: cloudformation.update_stack(**asked(name="other")))[0] == "ValidationError"
