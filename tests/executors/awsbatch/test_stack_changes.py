"""What an update of a stack changes, and what that does; templates that are none of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from nfconfgen.executors.awsbatch.stack.parsed import Template, parse
from nfconfgen.executors.awsbatch.stack.stack_changes import Change, changes, lines
from tests.lab.aws.cloudformation.example import EXAMPLE

HEAD = "Description: 'x: made by nfconfgen'\n"
BASE = """
Parameters: {SubnetIds: {Type: String}, VpcId: {Type: String}}
Resources:
  Work:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    Properties: {BucketName: one, Tags: [{Key: a, Value: b}]}
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties: {GroupDescription: out, VpcId: !Ref VpcId}
  Role:
    Type: AWS::IAM::Role
    Properties: {Policies: [{PolicyName: p, PolicyDocument: {Statement: [{Resource: [a, b]}]}}]}
  Disk:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData: {UserData: !Base64 text, BlockDeviceMappings: [{Ebs: {VolumeSize: 30}}]}
  Hosts:
    Type: AWS::Batch::ComputeEnvironment
    Properties:
      UpdatePolicy: {JobExecutionTimeoutMinutes: 2880}
      ComputeResources:
        Type: EC2
        MaxvCpus: 8
        InstanceTypes: [c5.2xlarge]
        LaunchTemplate: {LaunchTemplateId: !Ref Disk, Version: !GetAtt Disk.LatestVersionNumber}
        SecurityGroupIds: [!Ref Group]
        Subnets: !Ref SubnetIds
        Tags: {Name: x}
  Queue:
    Type: AWS::Batch::JobQueue
    Properties: {JobQueueName: small, Priority: 1, ComputeEnvironmentOrder: [{ComputeEnvironment: !Ref Hosts}]}
"""
NEW_INSTANCES = "instances are replaced"


def compared(*replaced: tuple[str, str], **parameters: tuple[str, str]) -> dict[str, Change]:
    text = BASE
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    found = changes(parse(HEAD + BASE), parse(HEAD + text), parameters)
    assert lines(found)[-1].startswith(f"{len(found)} resource")
    return {change.name: change for change in found}


def effects(change: Change) -> dict[str, str]:
    return {each.path: each.effect for each in change.properties}


def test_nothing_changes() -> None:
    assert compared() == {}


@pytest.mark.parametrize(
    ("replaced", "name", "how", "path", "effect"),
    [
        (("MaxvCpus: 8", "MaxvCpus: 16"), "Hosts", "change", "ComputeResources.MaxvCpus", "no instance is touched"),
        (("2880", "2881"), "Hosts", "change", "UpdatePolicy.JobExecutionTimeoutMinutes", "no instance is touched"),
        (("[c5.2xlarge]", "[m5.xlarge]"), "Hosts", "change", "ComputeResources.InstanceTypes", NEW_INSTANCES),
        (("Type: EC2", "Type: SPOT"), "Hosts", "change", "ComputeResources.Type", NEW_INSTANCES),
        (("Name: x", "Name: y"), "Hosts", "change", "ComputeResources.Tags.Name", NEW_INSTANCES),
        (("Name: x}", "Name: x}\n      Type: MANAGED"), "Hosts", "replace", "Type", "replaced"),
        (("Name: x}", "Name: x}\n      Tags: {a: b}"), "Hosts", "replace", "Tags.a", "replaced"),
        (("Name: x}", "Name: x}\n      ReplaceComputeEnvironment: false"), "Hosts", "change",
         "ReplaceComputeEnvironment", ""),
        (("Priority: 1", "Priority: 2"), "Queue", "change", "Priority", ""),
        (("JobQueueName: small", "JobQueueName: large"), "Queue", "replace", "JobQueueName", "replaced"),
        (("BucketName: one", "BucketName: two"), "Work", "replace", "BucketName", "replaced"),
        (("Value: b", "Value: c"), "Work", "change", "Tags[0].Value", ""),
        (("DeletionPolicy: Retain", "DeletionPolicy: Delete"), "Work", "change", "attributes", ""),
        (("[a, b]", "[a]"), "Role", "change", "Policies[0].PolicyDocument.Statement[0].Resource", ""),
    ],
)  # fmt: skip
def test_one_property(replaced: tuple[str, str], name: str, how: str, path: str, effect: str) -> None:
    found = compared(replaced)
    # and the queue, whose environment is another one
    assert list(found) == ([name, "Queue"] if (name, how) == ("Hosts", "replace") else [name])
    assert found[name].how == how
    (shown,) = effects(found[name]).items()
    assert shown[0] == path
    assert shown[1].startswith(effect) if effect else shown[1] == ""


@pytest.mark.parametrize("change", [("VolumeSize: 30", "VolumeSize: 50"), ("!Base64 text", "!Base64 other")])
def test_a_new_version_of_a_launch_template_reaches_the_instances(change: tuple[str, str]) -> None:
    """By the reference to its version: the environment itself says the same as before. The queue is left alone."""
    found = compared(change)
    assert list(found) == ["Disk", "Hosts"]
    (shown,) = found["Hosts"].properties
    assert (shown.path, shown.after) == ("ComputeResources.LaunchTemplate.Version", "a new version")
    assert shown.effect.startswith(NEW_INSTANCES)


def test_what_is_replaced_moves_what_refers_to_it() -> None:
    """Through several references: the group of another VPC is another one, so the instances are new."""
    found = compared(VpcId=("vpc-1", "vpc-2"))
    assert {name: change.how for name, change in found.items()} == {"Group": "replace", "Hosts": "change"}
    assert effects(found["Hosts"]).keys() == {"ComputeResources.SecurityGroupIds"}
    found = compared(("Name: x}", "Name: x}\n      Type: MANAGED"))
    assert {name: change.how for name, change in found.items()} == {"Hosts": "replace", "Queue": "change"}


def test_a_parameter_that_changes_is_shown_with_both_values() -> None:
    found = compared(SubnetIds=("subnet-1", "subnet-1,subnet-2"))
    ((name, change),) = found.items()
    assert name == "Hosts"
    assert change.properties[0].after == "subnet-1 -> subnet-1,subnet-2"


def test_resources_come_and_go() -> None:
    before, after = parse(HEAD + BASE), Template()
    gone = changes(before, after, {})
    assert {change.how for change in gone} == {"remove"}
    assert [change.name for change in gone if change.kept] == ["Work"]
    assert any(line.endswith("(kept on AWS, no longer in the stack)") for line in lines(gone))
    assert {change.how for change in changes(after, before, {})} == {"add"}
    other = BASE.replace("AWS::S3::Bucket", "AWS::Logs::LogGroup")
    assert changes(before, parse(HEAD + other), {})[0].how == "replace"


def test_a_long_value_is_cut() -> None:
    (change,) = compared(("BucketName: one", f"BucketName: {'x' * 500}")).values()
    assert all(len(line) < 200 for line in lines([change]))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "a",
            "[]",
            "{}",
            "null",
            "3",
            "Resources: 3",
            "Resources: [a]",
            "Resources: {A: 3}",
            "Resources: {A: {}}",
        ),
        *("{", "\t", "a: b: c", "a: &x [*x", "%", "\x00", "Resources: {A: {Type: B, Properties: !!python/none }}"),
        *("[" * 100_000, "{a: " * 100_000, "- " * 100_000, "Resources:\n  A: !Ref\n   x: !X"),
        *("--- a\n--- b\n", "Resources: {A: {Type: B}}\n---\nx: y", "Resources: !Ref x", "Resources: null"),
        '{"Resources": ' + '{"A":' * 50_000 + "1" + "}" * 50_000,
    ],
    ids=range(26),
)
def test_what_is_no_template_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a template"):
        parse(text)


def test_functions_are_read_in_both_forms() -> None:
    short = "Resources: {A: {Type: B, Properties: {X: !GetAtt A.Arn, Y: [!Sub '${A}'], Z: !If [C, 1, !Ref D]}}}"
    found = parse(short).resources["A"].properties
    assert found == {
        "X": {"Fn::GetAtt": "A.Arn"},
        "Y": [{"Fn::Sub": "${A}"}],
        "Z": {"Fn::If": ["C", 1, {"Ref": "D"}]},
    }
    assert not parse(short).ours
    assert parse(HEAD + short).ours


def test_aliases_are_read_once() -> None:
    """A template of somebody else may have them; those that multiply are compared in no time."""
    bomb = "Resources:\n  A:\n    Type: B\n    Properties:\n      a0: &a0 [x, x]\n"
    bomb += "".join(f"      a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 200))
    try:
        found = parse(bomb)
    except ValueError:
        return
    assert "A" in found.resources


def test_the_template_of_the_double_is_none_of_ours() -> None:
    assert not parse(Path(EXAMPLE).read_text(encoding="utf-8")).ours
