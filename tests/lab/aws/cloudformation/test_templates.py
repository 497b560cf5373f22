"""Are templates refused that AWS refuses, and what is in them acknowledged?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.aws.asking import refusal
from tests.lab.aws.client import Double
from tests.lab.aws.cloudformation.example import CAPABILITY, GIVEN, STACK, asked, template

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
