"""What the double does not show: overrides of launch templates, what an AMI was made from, odd answers of S3 and IAM.
By botocore's Stubber, which holds requests and answers to the model of the AWS API."""

from __future__ import annotations

import ast
import base64
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone
from typing import Any, TypeVar

import boto3
import pytest
from botocore.stub import Stubber

from nfconfgen.executors.awsbatch.client import AwsError
from nfconfgen.executors.awsbatch.doctor import surroundings
from nfconfgen.executors.awsbatch.doctor.machines import machines
from nfconfgen.executors.awsbatch.doctor.model import Bucket, Image, Machine, Role, Volume
from nfconfgen.executors.awsbatch.doctor.once import Once
from nfconfgen.executors.awsbatch.doctor.waiting import waiting_jobs
from tests.conftest import ROOT

REGION = "eu-central-1"
T = TypeVar("T")
R = TypeVar("R")


class Stubbed(Once):
    """AWS that returns the answers it was given, in that order, and nothing else."""

    def __init__(self) -> None:
        super().__init__(REGION)
        self.stubs: dict[str, Stubber] = {}
        for service in ("batch", "ec2", "iam", "s3"):
            client = boto3.client(service, REGION, aws_access_key_id="testing", aws_secret_access_key="testing")
            self._clients[service] = client
            self.stubs[service] = Stubber(client)
            self.stubs[service].activate()

    def side_by_side(self, ask: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """One after another: the answers have an order."""
        return [ask(item) for item in items]

    def answer(self, service: str, operation: str, response: dict[str, Any], **expected: Any) -> None:
        self.stubs[service].add_response(operation, response, expected or None)

    def refuse(self, service: str, operation: str, code: str, status: int = 400) -> None:
        self.stubs[service].add_client_error(operation, code, http_status_code=status)


@pytest.fixture
def aws() -> Iterator[Stubbed]:
    stubbed = Stubbed()
    yield stubbed
    for stub in stubbed.stubs.values():
        stub.assert_no_pending_responses()


def environment(**resources: Any) -> dict[str, dict[str, Any]]:
    return {"e": {"computeEnvironmentName": "e", "computeResources": {"type": "EC2", **resources}}}


def template(aws: Stubbed, name: str, *versions: dict[str, Any], default: int = 1, **asked: Any) -> None:
    described = [
        {"VersionNumber": number, "DefaultVersion": number == default, "LaunchTemplateData": data}
        for number, data in enumerate(versions, start=1)
    ]
    answer = {"LaunchTemplateVersions": described}
    aws.answer(
        "ec2", "describe_launch_template_versions", answer, LaunchTemplateName=name, ResolveAlias=True, **asked
    )


def images(aws: Stubbed, *answered: dict[str, Any], asked: list[str]) -> None:
    filters = [{"Name": "image-id", "Values": asked}]
    aws.answer("ec2", "describe_images", {"Images": list(answered)}, Filters=filters, IncludeDeprecated=True)


def test_without_settings_batch_chooses(aws: Stubbed) -> None:
    assert machines(aws, environment()) == {"e": (Machine(),)}
    chosen = environment(ec2Configuration=[{"imageType": "ECS_AL2023", "batchImageStatus": "LATEST"}])
    assert machines(aws, chosen) == {"e": (Machine("ECS_AL2023", "LATEST"),)}


def test_each_override_has_its_own_machine(aws: Stubbed) -> None:
    template(aws, "arm", {"ImageId": "ami-3"})
    template(aws, "base", {"ImageId": "ami-1", "UserData": base64.b64encode(b"echo awscli").decode()})
    images(aws, {"ImageId": "ami-2", "Name": "two", "OwnerId": "1"}, {"ImageId": "ami-3"}, asked=["ami-2", "ami-3"])
    overrides = [{"launchTemplateName": "arm", "version": "$Latest", "targetInstanceTypes": ["m6g"]}]
    used = {"launchTemplateName": "base", "overrides": overrides}
    base, arm = machines(aws, environment(imageId="ami-2", launchTemplate=used))["e"]
    # the environment's own AMI goes before that of its launch template, that of an override before both
    assert (base.ami, arm.ami) == ("ami-2", "ami-3")
    assert base.image is not None
    assert base.image.name == "two"
    assert base.template is not None
    assert base.template.user_data == "echo awscli"


def data(size_gib: int, ami: str = "") -> dict[str, Any]:
    disk = {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": size_gib}}]}
    return {**disk, "ImageId": ami} if ami else disk


def sizes(machine: Machine) -> list[int | None]:
    return [each.root[0].size_gib if each.root else None for each in machine.possible]


@pytest.mark.parametrize(("version", "found"), [("$Latest", [500, 30, 100]), ("$Default", [100, 500, 30])])
def test_any_version_may_be_in_effect_if_it_is_not_named_by_number(
    aws: Stubbed, version: str, found: list[int]
) -> None:
    template(aws, "tpl", data(30), data(100), data(30), data(500), default=2)
    (machine,) = machines(aws, environment(launchTemplate={"launchTemplateName": "tpl", "version": version}))["e"]
    assert sizes(machine) == found
    assert [each.template.name for each in machine.possible if each.template] == (
        ["tpl:$Latest", "tpl:3", "tpl:2"] if version == "$Latest" else ["tpl:$Default", "tpl:4", "tpl:3"]
    )


def test_a_version_by_number_is_the_only_one(aws: Stubbed) -> None:
    template(aws, "tpl", data(30), Versions=["1"])
    (machine,) = machines(aws, environment(launchTemplate={"launchTemplateName": "tpl", "version": "1"}))["e"]
    assert machine.others == ()


def test_a_template_that_may_not_be_read_is_known_as_such(aws: Stubbed) -> None:
    aws.refuse("ec2", "describe_launch_template_versions", "UnauthorizedOperation", 403)
    (machine,) = machines(aws, environment(launchTemplate={"launchTemplateName": "tpl"}))["e"]
    assert (machine.template, machine.unread) == (None, True)
    assert machines(aws, environment())["e"][0].unread is False


def test_versions_that_start_the_same_machine_are_no_others(aws: Stubbed) -> None:
    """The environment sets the AMI, so that of the template has no effect."""
    template(aws, "tpl", data(30, "ami-1"), data(30, "ami-2"))
    images(aws, {"ImageId": "ami-9"}, asked=["ami-9"])
    used = {"launchTemplateName": "tpl", "version": "$Latest"}
    (machine,) = machines(aws, environment(imageId="ami-9", launchTemplate=used))["e"]
    assert (machine.ami, machine.others) == ("ami-9", ())


def test_the_amis_of_all_versions_are_described(aws: Stubbed) -> None:
    template(aws, "tpl", data(30, "ami-1"), data(30, "ami-2"))
    images(aws, {"ImageId": "ami-1"}, {"ImageId": "ami-2", "Name": "two"}, asked=["ami-1", "ami-2"])
    (machine,) = machines(aws, environment(launchTemplate={"launchTemplateName": "tpl", "version": "$Latest"}))["e"]
    assert [(each.ami, each.image is not None) for each in machine.possible] == [("ami-2", True), ("ami-1", True)]


def test_a_template_is_queried_once_and_may_be_missing(aws: Stubbed) -> None:
    aws.refuse("ec2", "describe_launch_template_versions", "InvalidLaunchTemplateId.NotFound")
    used = {"launchTemplateId": "lt-1", "version": "3"}
    two = {**environment(launchTemplate=used), "f": environment(launchTemplate=used)["e"]}
    found = machines(aws, two)
    assert found["e"] == found["f"]
    assert found["e"][0].template is not None
    assert (found["e"][0].template.name, found["e"][0].template.found) == ("lt-1:3", False)


def test_an_ami_has_the_one_it_was_made_from(aws: Stubbed) -> None:
    ebs = {"VolumeSize": 50, "VolumeType": "gp3", "DeleteOnTermination": False}
    mappings = [{"DeviceName": "/dev/xvda", "Ebs": ebs}, {"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"}]
    own = {"ImageId": "ami-1", "OwnerId": "1", "SourceImageId": "ami-0", "BlockDeviceMappings": mappings}
    images(aws, own, asked=["ami-1", "ami-9"])
    images(aws, {"ImageId": "ami-0", "Name": "amzn2-ami-ecs-hvm-2", "ImageOwnerAlias": "amazon"}, asked=["ami-0"])
    first, second = machines(aws, {**environment(imageId="ami-1"), "f": environment(imageId="ami-9")["e"]}).values()
    assert first[0].image is not None
    assert first[0].image.volumes == (Volume("/dev/xvda", 50, "gp3", False),)
    assert first[0].image.base == Image("ami-0", "amzn2-ami-ecs-hvm-2", "amazon")
    assert second[0].image == Image("ami-9", state="missing")
    assert second[0].root is None


def test_amis_that_may_not_be_described_are_not_checked(aws: Stubbed) -> None:
    aws.refuse("ec2", "describe_images", "UnauthorizedOperation", 403)
    assert machines(aws, environment(imageId="ami-1"))["e"][0].image is None
    assert aws.unchecked == {"ec2:DescribeImages": "AMIs and their volumes"}


def test_other_errors_are_not_swallowed(aws: Stubbed) -> None:
    aws.refuse("ec2", "describe_images", "InternalError", 400)
    with pytest.raises(AwsError, match="InternalError"):
        machines(aws, environment(imageId="ami-1"))


def _needs(cpus: str, memory_mib: str, **more: str) -> dict[str, Any]:
    asked = {"VCPU": cpus, "MEMORY": memory_mib, **more}
    return {"resourceRequirements": [{"type": kind, "value": value} for kind, value in asked.items()]}


def _several(*containers: dict[str, Any]) -> dict[str, Any]:
    return {"ecsProperties": {"taskProperties": [{"containers": list(containers)}]}}


@pytest.mark.parametrize(
    ("properties", "size"),
    [
        ({"container": _needs("2", "4096", GPU="1")}, (2, 4096, 1)),
        (
            {
                "ecsProperties": {
                    "taskProperties": [{"containers": [_needs("2", "4096"), _needs("1", "512", GPU="1")]}]
                }
            },
            (3, 4608, 1),
        ),
        (
            {
                "nodeProperties": {
                    "numNodes": 2,
                    "mainNode": 0,
                    "nodeRangeProperties": [
                        {"targetNodes": "0", "container": _needs("2", "4096")},
                        {"targetNodes": "1:", "container": _needs("8", "9000")},
                    ],
                }
            },
            (8, 9000, 0),
        ),
        ({"eksProperties": {"podProperties": {}}}, (1, 0, 0)),
    ],
    ids=["one container", "several containers", "several nodes", "a pod"],
)
def test_the_size_of_a_waiting_job_is_that_of_what_one_instance_must_hold(
    aws: Stubbed, properties: dict[str, Any], size: tuple[int, int, int]
) -> None:
    summary = {"jobId": "j", "jobName": "job", "createdAt": 0}
    aws.answer("batch", "list_jobs", {"jobSummaryList": [summary]})
    job = {**summary, "jobQueue": "q", "status": "RUNNABLE", "startedAt": 0, "jobDefinition": "d", **properties}
    aws.answer("batch", "describe_jobs", {"jobs": [job]})
    (found,), _ = waiting_jobs(aws, "q", "2026-11-20T09:30:00Z")
    assert (found.cpus, found.memory_mib, found.gpus) == size


def _role(arn: str, principal: object) -> dict[str, Any]:
    policy = json.dumps({"Statement": [{"Effect": "Allow", "Principal": principal}]})
    created = datetime(2026, 11, 20, tzinfo=timezone.utc)
    return {
        "Role": {
            "Path": "/",
            "RoleName": "roleName",
            "RoleId": "AROA00000000000000",
            "Arn": arn,
            "CreateDate": created,
            "AssumeRolePolicyDocument": policy,
        }
    }


@pytest.mark.parametrize(
    ("principal", "trusted"),
    [
        ({"Service": "ecs-tasks.amazonaws.com"}, ("ecs-tasks.amazonaws.com",)),
        (
            {"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]},
            ("ec2.amazonaws.com", "ecs-tasks.amazonaws.com"),
        ),
        ({"AWS": "arn:aws:iam::123456789012:root"}, ()),
        ("*", ("*",)),
    ],
)
def test_the_services_that_a_role_trusts(aws: Stubbed, principal: object, trusted: tuple[str, ...]) -> None:
    arn = "arn:aws:iam::123456789012:role/path/jobs"
    aws.answer("iam", "get_role", _role(arn, principal), RoleName="jobs")
    assert surroundings.job_roles(aws, [arn]) == {arn: Role(arn, trusted)}


def test_a_role_that_is_not_there(aws: Stubbed) -> None:
    aws.refuse("iam", "get_role", "NoSuchEntity", 404)
    assert surroundings.job_roles(aws, ["arn:aws:iam::123456789012:role/jobs"]) == {
        "arn:aws:iam::123456789012:role/jobs": None
    }


@pytest.mark.parametrize(
    ("code", "status", "found"),
    [
        ("404", 404, Bucket("b", trouble="does not exist")),
        ("403", 403, Bucket("b", trouble="does not grant access to these credentials", denied=True)),
    ],
)
def test_a_bucket_that_does_not_answer(aws: Stubbed, code: str, status: int, found: Bucket) -> None:
    aws.refuse("s3", "head_bucket", code, status)
    assert surroundings.buckets(aws, ["b"]) == {"b": found}


def test_a_bucket_without_default_encryption(aws: Stubbed) -> None:
    aws.answer("s3", "head_bucket", {"BucketRegion": REGION}, Bucket="b")
    aws.refuse("s3", "get_bucket_encryption", "ServerSideEncryptionConfigurationNotFoundError", 404)
    assert surroundings.buckets(aws, ["b"]) == {"b": Bucket("b", REGION, "none")}


IMPURE = {
    "boto3",
    "botocore",
    "typer",
    "os",
    "socket",
    "datetime",
    "time",
    "nfconfgen.executors.awsbatch.doctor.once",
    "nfconfgen.executors.awsbatch.doctor.survey",
}


def test_checks_query_nothing() -> None:
    folder = ROOT / "nfconfgen/executors/awsbatch/doctor"
    for path in [*folder.rglob("check*.py"), *(folder / f"{name}.py" for name in ("examine", "subjects", "model"))]:
        imported = {node.module for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)}
        assert not IMPURE & imported, path
