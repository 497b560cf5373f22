"""Templates, images, parameters, roles and buckets: what a doctor looks at besides queues and hosts."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.lab.aws.asking import connect, refusal
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import (
    BlockDevice,
    Bucket,
    Environment,
    Image,
    LaunchTemplate,
    Parameter,
    Queue,
    ScalingPolicy,
    Scenario,
    StateTimeLimit,
    TemplateVersion,
    UpdatePolicy,
    UsedTemplate,
    custom_image,
    ecs_al2,
    ecs_al2023,
)

TEMPLATE = LaunchTemplate(
    "salmon-disk",
    (
        TemplateVersion((BlockDevice(size_gib=50, delete_on_termination=None),), "ami-0000000000000000a"),
        TemplateVersion(
            (BlockDevice(size_gib=200), BlockDevice("/dev/sdf", 500, "gp2", delete_on_termination=False)),
            "resolve:ssm:/salmon/ami",
            "terminate",
            "#!/bin/sh\necho ready\n",
        ),
    ),
)
AL2023, AL2, OURS = (
    ecs_al2023("ami-0000000000000002f"),
    ecs_al2("ami-0000000000000002e"),
    custom_image("ami-0000000a"),
)
RECOMMENDED = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended"
ACCOUNT = Scenario(
    environments=(
        Environment(
            "e",
            ("c5.2xlarge",),
            kind="SPOT",
            bid_percentage=60,
            image_type="ECS_AL2023",
            batch_image_status="UPDATE_AVAILABLE",
            image_id_override="ami-1",
            launch_template=UsedTemplate(name="salmon-disk", version="$Latest"),
            scaling_policy=ScalingPolicy(30),
            update_policy=UpdatePolicy(job_execution_timeout_minutes=60),
            instance_role="hosts",
            service_role="batch",
        ),
        Environment("by-id", ("c5",), launch_template=UsedTemplate(id=TEMPLATE.id), instance_role=None),
    ),
    queues=(Queue("q", ("e",), job_state_time_limit_actions=(StateTimeLimit("CAPACITY:…", 3600),)),),
    launch_templates=(TEMPLATE, LaunchTemplate("other")),
    images=(AL2023, AL2, OURS),
    parameters=(Parameter("/salmon/ami", OURS.ami), Parameter(f"{RECOMMENDED}/image_id", AL2023.ami)),
    roles=("hosts", "batch"),
    buckets=(
        Bucket("salmon-work"),
        Bucket("salmon-far", "us-west-2", "aws:kms"),
        Bucket("salmon-plain", "us-east-1", None),
    ),
)


@pytest.fixture(autouse=True)
def account(double: Double) -> None:
    double.load(ACCOUNT)


def test_scenario_survives_json() -> None:
    assert Scenario.from_json(json.loads(json.dumps(ACCOUNT.to_json()))) == ACCOUNT


def test_environment_and_queue(double: Double, batch: Any) -> None:
    found = {e["computeEnvironmentName"]: e for e in batch.describe_compute_environments()["computeEnvironments"]}
    full, bare = found["e"], found["by-id"]
    resources = full["computeResources"]
    assert resources["launchTemplate"] == {"launchTemplateName": "salmon-disk", "version": "$Latest"}
    image = {"imageType": "ECS_AL2023", "batchImageStatus": "UPDATE_AVAILABLE", "imageIdOverride": "ami-1"}
    assert resources["ec2Configuration"] == [image]
    assert resources["scalingPolicy"] == {"minScaleDownDelayMinutes": 30}
    assert resources["instanceRole"].endswith(":instance-profile/hosts")
    assert full["serviceRole"].endswith(":role/batch")
    assert full["updatePolicy"] == {"terminateJobsOnUpdate": False, "jobExecutionTimeoutMinutes": 60}
    assert bare["computeResources"]["launchTemplate"] == {"launchTemplateId": TEMPLATE.id}
    assert "instanceRole" not in bare["computeResources"]
    (queue,) = batch.describe_job_queues()["jobQueues"]
    limit = {"reason": "CAPACITY:…", "state": "RUNNABLE", "maxTimeSeconds": 3600, "action": "CANCEL"}
    assert queue["jobStateTimeLimitActions"] == [limit]


def test_launch_template_versions(ec2: Any) -> None:
    def version(**asked: Any) -> dict[str, Any]:
        (found,) = ec2.describe_launch_template_versions(**asked)["LaunchTemplateVersions"]
        described: dict[str, Any] = found
        return described

    default = version(LaunchTemplateName="salmon-disk", Versions=["$Default"])
    assert (default["VersionNumber"], default["DefaultVersion"]) == (1, True)
    assert default["LaunchTemplateData"] == {
        "ImageId": "ami-0000000000000000a",
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 50, "VolumeType": "gp3"}}],
    }
    latest = version(LaunchTemplateId=TEMPLATE.id, Versions=["$Latest"])["LaunchTemplateData"]
    assert latest["ImageId"] == "resolve:ssm:/salmon/ami"
    assert [m["Ebs"]["DeleteOnTermination"] for m in latest["BlockDeviceMappings"]] == [True, False]
    assert latest["InstanceInitiatedShutdownBehavior"] == "terminate"
    assert base64.b64decode(latest["UserData"]).decode() == "#!/bin/sh\necho ready\n"
    resolved = version(LaunchTemplateId=TEMPLATE.id, Versions=["2"], ResolveAlias=True)
    assert resolved["LaunchTemplateData"]["ImageId"] == OURS.ami


def test_launch_templates(ec2: Any) -> None:
    (found,) = ec2.describe_launch_templates(LaunchTemplateIds=[TEMPLATE.id])["LaunchTemplates"]
    assert (found["LaunchTemplateName"], found["LatestVersionNumber"]) == ("salmon-disk", 2)
    unknown = {"LaunchTemplateName": "nowhere", "Versions": ["$Latest"]}
    code = "InvalidLaunchTemplateName.NotFoundException"
    assert refusal(lambda: ec2.describe_launch_template_versions(**unknown)) == (code, 400)
    assert refusal(lambda: ec2.describe_launch_templates(LaunchTemplateNames=["nowhere"])) == (code, 400)
    gone = {"LaunchTemplateIds": ["lt-00000000000000000"]}
    assert refusal(lambda: ec2.describe_launch_templates(**gone)) == ("InvalidLaunchTemplateId.NotFound", 400)


@pytest.mark.parametrize(
    ("image", "alias", "volume"), [(AL2023, "amazon", "gp3"), (AL2, "amazon", "gp2"), (OURS, None, "gp3")]
)
def test_images(ec2: Any, image: Image, alias: str | None, volume: str) -> None:
    (found,) = ec2.describe_images(ImageIds=[image.ami])["Images"]
    assert (found["Name"], found.get("ImageOwnerAlias"), found["RootDeviceName"]) == (image.name, alias, "/dev/xvda")
    (root,) = found["BlockDeviceMappings"]
    assert (root["DeviceName"], root["Ebs"]["VolumeType"], root["Ebs"]["DeleteOnTermination"]) == (
        "/dev/xvda", volume, True,
    )  # fmt: skip
    assert (found["CreationDate"], found.get("DeprecationTime")) == (image.creation_date, image.deprecation_time)


def test_images_that_are_not_there(ec2: Any) -> None:
    asked = {"ImageIds": [OURS.ami, "ami-0123456789abcdef0"]}
    assert refusal(lambda: ec2.describe_images(**asked)) == ("InvalidAMIID.NotFound", 400)
    assert len(ec2.describe_images(Owners=["self"])["Images"]) == 1
    named = {"Filters": [{"Name": "name", "Values": ["al2023-*"]}]}
    assert [i["ImageId"] for i in ec2.describe_images(**named)["Images"]] == [AL2023.ami]


def test_parameters(ssm: Any) -> None:
    def value(name: str) -> str:
        return str(ssm.get_parameter(Name=name)["Parameter"]["Value"])

    assert value("/salmon/ami") == OURS.ami
    assert value(f"{RECOMMENDED}/image_id") == AL2023.ami
    # moto's own, where the scenario sets nothing
    al2 = "/aws/service/ecs/optimized-ami/amazon-linux-2/recommended"
    assert json.loads(value(al2))["image_id"] == value(f"{al2}/image_id")
    assert refusal(lambda: value("/salmon/nothing"))[0] == "ParameterNotFound"


def test_roles(iam: Any) -> None:
    assert iam.get_role(RoleName="batch")["Role"]["Arn"].endswith(":role/batch")
    profile = iam.get_instance_profile(InstanceProfileName="hosts")["InstanceProfile"]
    assert [role["RoleName"] for role in profile["Roles"]] == ["hosts"]
    assert refusal(lambda: iam.get_role(RoleName="nobody")) == ("NoSuchEntity", 404)
    assert refusal(lambda: iam.get_instance_profile(InstanceProfileName="nobody")) == ("NoSuchEntity", 404)


@pytest.mark.parametrize("bucket", ACCOUNT.buckets)
def test_buckets(double: Double, s3: Any, bucket: Bucket) -> None:
    headers = s3.head_bucket(Bucket=bucket.name)["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amz-bucket-region"] == bucket.region
    reported = s3.get_bucket_location(Bucket=bucket.name).get("LocationConstraint")
    assert reported == (None if bucket.region == "us-east-1" else bucket.region)
    if bucket.encryption is None:
        code = refusal(lambda: s3.get_bucket_encryption(Bucket=bucket.name))[0]
        assert code == "ServerSideEncryptionConfigurationNotFoundError"
    else:
        (rule,) = s3.get_bucket_encryption(Bucket=bucket.name)["ServerSideEncryptionConfiguration"]["Rules"]
        assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": bucket.encryption}
    s3.put_object(Bucket=bucket.name, Key="work/a/b.txt", Body=b"salmon")
    assert s3.get_object(Bucket=bucket.name, Key="work/a/b.txt")["Body"].read() == b"salmon"
    s3.delete_object(Bucket=bucket.name, Key="work/a/b.txt")
    assert s3.list_objects_v2(Bucket=bucket.name)["KeyCount"] == 0
    assert double.calls() == {
        "HeadBucket": 1, "GetBucketLocation": 1, "GetBucketEncryption": 1, "PutObject": 1, "GetObject": 1,
        "DeleteObject": 1, "ListObjectsV2": 1,
    }  # fmt: skip


def test_bucket_out_of_reach(double: Double, s3: Any) -> None:
    assert refusal(lambda: s3.head_bucket(Bucket="nowhere-at-all")) == ("404", 404)
    double.fail("HeadBucket", "AccessDenied", 403)
    double.fail("GetBucketLocation", "AccessDenied", 403)
    assert refusal(lambda: s3.head_bucket(Bucket="salmon-work")) == ("403", 403)
    assert refusal(lambda: s3.get_bucket_location(Bucket="salmon-work")) == ("AccessDenied", 403)


def test_buckets_start_anew(double: Double, s3: Any) -> None:
    s3.put_object(Bucket="salmon-work", Key="left", Body=b"behind")
    double.load(ACCOUNT)
    assert s3.list_objects_v2(Bucket="salmon-work")["KeyCount"] == 0


def test_tagging_is_counted_by_name(double: Double, batch: Any) -> None:
    arn = batch.describe_job_queues()["jobQueues"][0]["jobQueueArn"]
    batch.list_tags_for_resource(resourceArn=arn)
    assert double.calls()["ListTagsForResource"] == 1


def test_another_region_has_no_images(double: Double) -> None:
    elsewhere = connect(double, "ec2", "us-east-1")
    assert elsewhere.describe_images()["Images"] == []
    elsewhere.close()
