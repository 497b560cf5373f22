"""Do stacks come into being and go as on AWS, with all that is in them?"""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.lab.aws.asking import cluster_of, hosts_of, refusal, registered
from tests.lab.aws.client import Double
from tests.lab.aws.cloudformation.example import (
    CAPABILITY,
    GIVEN,
    STACK,
    asked,
    described,
    environment,
    events,
    outputs,
    reason,
    resources,
    template,
)
from tests.lab.aws.scenario import SUBNETS, nothing

pytestmark = pytest.mark.usefixtures("double")

RETAINED = ("    Type: AWS::S3::Bucket\n", "    Type: AWS::S3::Bucket\n    DeletionPolicy: Retain\n")


def test_creation(cloudformation: Any) -> None:
    made = cloudformation.create_stack(**asked(), Tags=[{"Key": "who", "Value": "we"}])
    stack = described(cloudformation)
    assert (stack["StackId"], stack["StackStatus"]) == (made["StackId"], "CREATE_COMPLETE")
    assert stack["Tags"] == [{"Key": "who", "Value": "we"}]
    assert stack["Capabilities"] == [CAPABILITY]
    assert {p["ParameterKey"]: p["ParameterValue"] for p in stack["Parameters"]} == GIVEN | {
        "Most": "64",
        "Days": "30",
    }
    found = resources(cloudformation)
    assert {r["ResourceStatus"] for r in found.values()} == {"CREATE_COMPLETE"}
    told = outputs(cloudformation)
    assert told["QueueArn"] == found["Queue"]["PhysicalResourceId"]
    assert told["Template"] == f"{found['Disk']['PhysicalResourceId']}:1"
    order = [name for name, status in events(cloudformation) if status == "CREATE_COMPLETE"]
    assert order[-1] == STACK
    assert order.index("Hosts") < order.index("Queue") < order.index("TaskRole")
    assert cloudformation.get_template(StackName=STACK)["TemplateBody"] == template()
    summaries = cloudformation.list_stack_resources(StackName=STACK)["StackResourceSummaries"]
    assert {s["LogicalResourceId"]: s["PhysicalResourceId"] for s in summaries} == {
        name: resource["PhysicalResourceId"] for name, resource in found.items()
    }


def test_compute_environment(cloudformation: Any, batch: Any) -> None:
    cloudformation.create_stack(**asked())
    found, hosts = resources(cloudformation), environment(batch)
    assert found["Hosts"]["PhysicalResourceId"] == hosts["computeEnvironmentArn"]
    assert (hosts["status"], hosts["state"], hosts["type"]) == ("VALID", "ENABLED", "MANAGED")
    assert hosts["serviceRole"].endswith("/AWSServiceRoleForBatch")
    assert hosts["updatePolicy"] == {"terminateJobsOnUpdate": False, "jobExecutionTimeoutMinutes": 2880}
    assert hosts["ecsClusterArn"]
    used = hosts["computeResources"]
    assert used.pop("instanceRole").endswith(f":instance-profile/{found['Profile']['PhysicalResourceId']}")
    assert used == {
        "type": "SPOT",
        "allocationStrategy": "SPOT_PRICE_CAPACITY_OPTIMIZED",
        "minvCpus": 0,
        "maxvCpus": 64,
        "desiredvCpus": 0,
        "instanceTypes": ["c5.2xlarge"],
        "ec2Configuration": [{"imageType": "ECS_AL2023", "batchImageStatus": "LATEST"}],
        "launchTemplate": {"launchTemplateId": found["Disk"]["PhysicalResourceId"], "version": "1"},
        "subnets": [subnet.id for subnet in SUBNETS],
        "securityGroupIds": [found["Open"]["PhysicalResourceId"]],
        "tags": {"Name": STACK},
    }
    (queue,) = batch.describe_job_queues(jobQueues=[f"{STACK}-small"])["jobQueues"]
    assert (queue["status"], queue["state"], queue["priority"]) == ("VALID", "ENABLED", 10)
    assert queue["computeEnvironmentOrder"] == [{"order": 1, "computeEnvironment": hosts["computeEnvironmentArn"]}]
    limit = {"reason": "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT", "state": "RUNNABLE", "action": "CANCEL"}
    assert queue["jobStateTimeLimitActions"] == [limit | {"maxTimeSeconds": 600}]


@pytest.mark.parametrize(
    ("types", "memory_mib"), [("c5.2xlarge", 15467), ("c7g.2xlarge", 15634), ("c6i.large", 4096 * 95 // 100)]
)
def test_a_job_gets_a_host(
    double: Double, cloudformation: Any, batch: Any, ecs: Any, types: str, memory_mib: int
) -> None:
    cloudformation.create_stack(**asked(("c5.2xlarge", types)))
    needs = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "2048"}]
    container = {"image": "busybox", "command": ["true"], "resourceRequirements": needs}
    batch.register_job_definition(jobDefinitionName="probe", type="container", containerProperties=container)
    job = batch.submit_job(jobName="probe", jobQueue=f"{STACK}-small", jobDefinition="probe")["jobId"]
    statuses = [batch.describe_jobs(jobs=[job])["jobs"][0]["status"] for _ in range(5)]
    assert statuses[-1] == "RUNNING"
    (host,) = hosts_of(ecs, cluster_of(batch, environment(batch)["computeEnvironmentName"]))
    assert registered(host)["MEMORY"] == memory_mib
    cloudformation.delete_stack(StackName=STACK)
    assert batch.describe_jobs(jobs=[job])["jobs"][0]["status"] == "FAILED"
    assert double.state()["hosts"].keys() == {"salmonWorkload", "salmonExcess"}


def test_what_belongs_to_it(cloudformation: Any, s3: Any, iam: Any, ec2: Any, logs: Any) -> None:
    cloudformation.create_stack(**asked())
    found = {name: resource["PhysicalResourceId"] for name, resource in resources(cloudformation).items()}
    work = {"Bucket": found["Work"]}
    block = s3.get_public_access_block(**work)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    assert len(block) == 4
    assert s3.get_bucket_ownership_controls(**work)["OwnershipControls"] == {
        "Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]
    }
    days = {rule["ID"]: rule for rule in s3.get_bucket_lifecycle_configuration(**work)["Rules"]}
    assert days["work"]["Expiration"] == {"Days": 30}
    assert days["parts"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 3}
    attached = iam.list_attached_role_policies(RoleName=found["HostRole"])["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["AmazonEC2ContainerServiceforEC2Role"]
    task = iam.get_role_policy(RoleName=found["TaskRole"], PolicyName="jobs")["PolicyDocument"]
    assert task["Statement"][0]["Resource"] == [found["Queue"]]
    (group,) = ec2.describe_security_groups(Filters=[{"Name": "group-id", "Values": [found["Open"]]}])[
        "SecurityGroups"
    ]
    assert [rule["FromPort"] for rule in group["IpPermissionsEgress"]] == [443]
    wanted = {"LaunchTemplateId": found["Disk"], "Versions": ["$Latest"]}
    (version,) = ec2.describe_launch_template_versions(**wanted)["LaunchTemplateVersions"]
    script = base64.b64decode(version["LaunchTemplateData"]["UserData"]).decode()
    assert script == f"#!/bin/sh\necho {STACK} ${{HOME}}\n"
    (group,) = logs.describe_log_groups(logGroupNamePrefix=f"/hosts/{STACK}")["logGroups"]
    assert group["retentionInDays"] == 30


def test_deletion(double: Double, cloudformation: Any, batch: Any, s3: Any, iam: Any) -> None:
    before = double.state()
    arn = cloudformation.create_stack(**asked(RETAINED))["StackId"]
    bucket = outputs(cloudformation)["Bucket"]
    s3.put_object(Bucket=bucket, Key="work/left", Body=b"behind")
    cloudformation.delete_stack(StackName=STACK)
    assert double.state() == before
    assert iam.list_roles()["Roles"] == []
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == [bucket]
    assert refusal(lambda: cloudformation.describe_stacks(StackName=STACK)) == ("ValidationError", 400)
    assert described(cloudformation, arn)["StackStatus"] == "DELETE_COMPLETE"
    gone = [name for name, status in events(cloudformation, arn) if status == "DELETE_COMPLETE"]
    assert gone.index("Queue") < gone.index("Hosts") < gone.index("Disk")
    assert ("Work", "DELETE_SKIPPED") in events(cloudformation, arn)
    cloudformation.delete_stack(StackName=STACK)  # there is none: as good as deleted
    cloudformation.create_stack(**asked())


def test_a_full_bucket_stays(cloudformation: Any, batch: Any, s3: Any) -> None:
    arn = cloudformation.create_stack(**asked())["StackId"]
    bucket = outputs(cloudformation)["Bucket"]
    s3.put_object(Bucket=bucket, Key="work/left", Body=b"behind")
    cloudformation.delete_stack(StackName=STACK)
    stack = described(cloudformation)
    assert (stack["StackStatus"], "[Work]" in stack["StackStatusReason"]) == ("DELETE_FAILED", True)
    assert "not empty" in reason(cloudformation, "Work", "DELETE_FAILED")
    assert refusal(lambda: cloudformation.update_stack(**asked(given=GIVEN | {"Most": "32"})))[0] == "ValidationError"
    s3.delete_object(Bucket=bucket, Key="work/left")
    cloudformation.delete_stack(StackName=STACK)
    assert described(cloudformation, arn)["StackStatus"] == "DELETE_COMPLETE"
    assert s3.list_buckets()["Buckets"] == []


def test_a_full_bucket_can_be_left(cloudformation: Any, s3: Any) -> None:
    arn = cloudformation.create_stack(**asked())["StackId"]
    s3.put_object(Bucket=outputs(cloudformation)["Bucket"], Key="work/left", Body=b"behind")
    retain = {"StackName": STACK, "RetainResources": ["Work"]}
    assert refusal(lambda: cloudformation.delete_stack(**retain))[0] == "ValidationError"
    cloudformation.delete_stack(StackName=STACK)
    cloudformation.delete_stack(**retain)
    assert described(cloudformation, arn)["StackStatus"] == "DELETE_COMPLETE"
    assert len(s3.list_buckets()["Buckets"]) == 1


def test_an_environment_that_a_queue_refers_to_stays(cloudformation: Any, batch: Any) -> None:
    arn = cloudformation.create_stack(**asked())["StackId"]
    hosts = {"order": 1, "computeEnvironment": environment(batch)["computeEnvironmentArn"]}
    batch.create_job_queue(jobQueueName="theirs", state="ENABLED", priority=1, computeEnvironmentOrder=[hosts])
    cloudformation.delete_stack(StackName=STACK)
    found = {name: resource["ResourceStatus"] for name, resource in resources(cloudformation).items()}
    assert (found["Queue"], found["Hosts"], found["Disk"]) == ("DELETE_COMPLETE", "DELETE_FAILED", "CREATE_COMPLETE")
    assert "JobQueue relationship" in reason(cloudformation, "Hosts", "DELETE_FAILED")
    assert environment(batch)["status"] == "VALID"
    batch.delete_job_queue(jobQueue="theirs")
    cloudformation.delete_stack(StackName=STACK)
    assert described(cloudformation, arn)["StackStatus"] == "DELETE_COMPLETE"


def test_faults_and_counts(double: Double, cloudformation: Any) -> None:
    double.fail("CreateStack", "AccessDenied", 403, times=1)
    assert refusal(lambda: cloudformation.create_stack(**asked())) == ("AccessDenied", 403)
    cloudformation.create_stack(**asked())
    described(cloudformation)
    assert double.calls() == {"CreateStack": 2, "DescribeStacks": 1}
    double.load(nothing())
    assert cloudformation.describe_stacks()["Stacks"] == []


def test_in_progress_for_a_while(double: Double, cloudformation: Any) -> None:
    double.load(nothing(stack_polls=2))
    subnets = ",".join(subnet.id for subnet in nothing().subnets)
    arn = cloudformation.create_stack(**asked(given=GIVEN | {"Subnets": subnets}))["StackId"]
    assert refusal(lambda: cloudformation.update_stack(**asked(given=GIVEN)))[0] == "ValidationError"
    seen = [described(cloudformation)["StackStatus"], events(cloudformation)[-1][0]]
    assert seen == ["CREATE_IN_PROGRESS", "TaskRole"]
    assert described(cloudformation)["StackStatus"] == "CREATE_COMPLETE"
    assert events(cloudformation)[-1] == (STACK, "CREATE_COMPLETE")
    cloudformation.delete_stack(StackName=STACK)
    statuses = [described(cloudformation, arn)["StackStatus"] for _ in range(3)]
    assert statuses == ["DELETE_IN_PROGRESS", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"]
