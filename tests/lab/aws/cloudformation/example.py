"""A stack for tests: a template that can be altered, and what is asked of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.lab.aws.scenario import SUBNETS, VPC

EXAMPLE = Path(__file__).with_name("example.yml")
STACK = "lab"
CAPABILITY = "CAPABILITY_IAM"
GIVEN = {"Vpc": VPC, "Subnets": ",".join(subnet.id for subnet in SUBNETS)}


def template(*replaced: tuple[str, str], without: Sequence[str] = ()) -> str:
    """The example, with these pieces of its text replaced, and `without` some of its resources and outputs."""
    text = EXAMPLE.read_text(encoding="utf-8")
    for name in without:
        text, found = re.subn(rf"(?m)^  {name}:.*\n(   .*\n)*", "", text)
        assert found, name
    for old, new in replaced:
        assert old in text, old
        text = text.replace(old, new)
    return text


def asked(
    *replaced: tuple[str, str], given: Mapping[str, str] = GIVEN, name: str = STACK, without: Sequence[str] = ()
) -> dict[str, Any]:
    """Arguments of CreateStack, UpdateStack and CreateChangeSet."""
    return {
        "StackName": name,
        "TemplateBody": template(*replaced, without=without),
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
        "Capabilities": [CAPABILITY],
    }


def described(cloudformation: Any, name: str = STACK) -> dict[str, Any]:
    (found,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    stack: dict[str, Any] = found
    return stack


def outputs(cloudformation: Any) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in described(cloudformation)["Outputs"]}


def resources(cloudformation: Any, name: str = STACK) -> dict[str, Any]:
    """By logical id."""
    found = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
    return {resource["LogicalResourceId"]: resource for resource in found}


def events(cloudformation: Any, name: str = STACK) -> list[tuple[str, str]]:
    """Logical ids and statuses, the oldest first."""
    found = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    return [(event["LogicalResourceId"], event["ResourceStatus"]) for event in reversed(found)]


def reason(cloudformation: Any, resource: str, status: str, name: str = STACK) -> str:
    """Why this resource is in this status."""
    found = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    wanted = (resource, status)
    return next(
        str(event.get("ResourceStatusReason", ""))
        for event in found
        if (event["LogicalResourceId"], event["ResourceStatus"]) == wanted
    )


def environment(batch: Any) -> dict[str, Any]:
    """The compute environment of the stack, as Batch describes it."""
    found = batch.describe_compute_environments()["computeEnvironments"]
    (hosts,) = [each for each in found if each["computeEnvironmentName"].startswith(f"{STACK}-Hosts-")]
    described: dict[str, Any] = hosts
    return described
