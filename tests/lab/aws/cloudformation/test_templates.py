"""Are templates refused that AWS refuses, and what is in them acknowledged?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab.aws.asking import refusal
from tests.lab.aws.client import Double
from tests.lab.aws.cloudformation.example import CAPABILITY, GIVEN, STACK, asked, outputs, resources, template

pytestmark = pytest.mark.usefixtures("double")


@pytest.mark.parametrize(
    ("replaced", "given", "code"),
    [
        (("Type: AWS::S3::Bucket", "Type: AWS::S3::Basket"), GIVEN, "ValidationError"),
        (("!Ref Work}", "!Ref Nothing}"), GIVEN, "ValidationError"),
        (("{Roles: [!Ref HostRole]}", "{Roles: &a [!Ref HostRole], Path: *a}"), GIVEN, "ValidationError"),
        (("AWS::Region", "AWS::Region"), GIVEN | {"Other": "1"}, "ValidationError"),
        (("AWS::Region", "AWS::Region"), {"Vpc": "vpc-1"}, "ValidationError"),
    ],
    ids=["type", "reference", "anchor", "unknown parameter", "missing parameter"],
)
def test_refused_at_once(
    double: Double, cloudformation: Any, replaced: tuple[str, str], given: dict[str, str], code: str
) -> None:
    changed = [replaced] if replaced[0] != replaced[1] else []
    assert refusal(lambda: cloudformation.create_stack(**asked(*changed, given=given))) == (code, 400)
    assert cloudformation.describe_stacks()["Stacks"] == []


@pytest.mark.parametrize(
    ("name", "given", "accepted"),
    [
        ("", [], False),
        ("", ["CAPABILITY_IAM"], True),
        ("", ["CAPABILITY_NAMED_IAM"], True),
        ("ManagedPolicyName: access", ["CAPABILITY_IAM"], False),
        ("ManagedPolicyName: access", ["CAPABILITY_NAMED_IAM"], True),
    ],
)
def test_capabilities(cloudformation: Any, name: str, given: list[str], accepted: bool) -> None:
    properties = "    Type: AWS::IAM::ManagedPolicy\n    Properties:\n"
    changed = (properties, f"{properties}      {name}\n")
    request = asked(changed) | {"Capabilities": given}
    if accepted:
        cloudformation.create_stack(**request)
    else:
        assert refusal(lambda: cloudformation.create_stack(**request)) == ("InsufficientCapabilitiesException", 400)


def test_what_a_template_says_of_itself(cloudformation: Any) -> None:
    sent = {"TemplateBody": template()}
    cloudformation.create_stack(**asked())
    for told in (cloudformation.get_template_summary(**sent), cloudformation.get_template_summary(StackName=STACK)):
        assert told["Capabilities"] == [CAPABILITY]
        defaults = {slot["ParameterKey"]: slot.get("DefaultValue") for slot in told["Parameters"]}
        assert defaults == {"Vpc": None, "Subnets": None, "Most": "64", "Days": "30"}
        assert "AWS::Batch::JobQueue" in told["ResourceTypes"]
    assert cloudformation.validate_template(**sent)["Capabilities"] == [CAPABILITY]
    assert refusal(lambda: cloudformation.validate_template(TemplateBody="{"))[0] == "ValidationError"


def test_a_template_in_a_bucket(double: Double, cloudformation: Any, s3: Any) -> None:
    s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="templates", Key="a/stack.yml", Body=template().encode())
    request = asked()
    del request["TemplateBody"]
    missing = request | {"TemplateURL": f"{double.url}/templates/a/other.yml"}
    assert refusal(lambda: cloudformation.create_stack(**missing)) == ("ValidationError", 400)
    cloudformation.create_stack(**request, TemplateURL=f"{double.url}/templates/a/stack.yml")
    assert cloudformation.get_template(StackName=STACK)["TemplateBody"] == template()
    assert refusal(lambda: cloudformation.create_stack(**request | {"StackName": "other"}))[0] == "ValidationError"


FUNCTIONS = {
    "join": {"Fn::Join": ["-", ["a", {"Ref": "Kind"}, {"Fn::Select": ["1", {"Fn::Split": [",", "x,y"]}]}]]},
    "if": {"Fn::If": ["Large", "large", {"Ref": "AWS::NoValue"}]},
    "map": {"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "Size"]},
    "sub": {"Fn::Sub": ["${Own}/${Kind}/${!Kind}", {"Own": {"Fn::ToJsonString": {"k": 1}}}]},
}
RESULTS = {
    "large": {"join": "a-large-y", "if": "large", "map": "7", "sub": '{"k": 1}/large/${Kind}'},
    "small": {"join": "a-small-y", "map": "7", "sub": '{"k": 1}/small/${Kind}'},
}


@pytest.mark.parametrize("kind", ["large", "small"])
def test_functions(cloudformation: Any, logs: Any, kind: str) -> None:
    body = {
        "Parameters": {"Kind": {"Type": "String", "AllowedValues": ["large", "small"]}},
        "Mappings": {"Sizes": {"eu-central-1": {"Size": 7}}},
        "Conditions": {
            "Large": {"Fn::Equals": [{"Ref": "Kind"}, "large"]},
            "Small": {"Fn::And": [{"Fn::Not": [{"Condition": "Large"}]}, {"Fn::Or": [{"Condition": "Small2"}]}]},
            "Small2": {"Fn::Equals": [{"Ref": "Kind"}, "small"]},
        },
        "Resources": {
            "Logs": {"Type": "AWS::Logs::LogGroup"},
            "More": {"Type": "AWS::Logs::LogGroup", "Condition": "Small", "DependsOn": "Logs"},
        },
        "Outputs": {name: {"Value": value} for name, value in FUNCTIONS.items() if name != "if"}
        | {"if": {"Value": FUNCTIONS["if"], "Condition": "Large"}, "arn": {"Value": {"Fn::GetAtt": ["Logs", "Arn"]}}},
    }
    given = [{"ParameterKey": "Kind", "ParameterValue": kind}]
    cloudformation.create_stack(StackName=STACK, TemplateBody=json.dumps(body), Parameters=given)
    found = outputs(cloudformation)
    assert found.pop("arn").endswith(":*")
    assert found == RESULTS[kind]
    assert resources(cloudformation).keys() == {"Logs"} | ({"More"} if kind == "small" else set())
    wrong = [{"ParameterKey": "Kind", "ParameterValue": "huge"}]
    call = {"StackName": "other", "TemplateBody": json.dumps(body), "Parameters": wrong}
    assert refusal(lambda: cloudformation.create_stack(**call)) == ("ValidationError", 400)
