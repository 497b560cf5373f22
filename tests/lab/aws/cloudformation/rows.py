"""Stacks, their resources and change sets as CloudFormation describes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.lab.aws.cloudformation.held import ChangeSet
from tests.lab.aws.cloudformation.kinds import InvalidError
from tests.lab.aws.cloudformation.stacks import Stack
from tests.lab.aws.cloudformation.templates import Template


def stack_row(stack: Stack) -> dict[str, Any]:
    row: dict[str, Any] = {
        "StackId": stack.id,
        "StackName": stack.name,
        "Description": stack.template.content.get("Description"),
        "TemplateDescription": stack.template.content.get("Description"),
        "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in stack.template.given.items()],
        "CreationTime": stack.created_at,
        "LastUpdatedTime": stack.updated_at,
        "DeletionTime": stack.deleted_at,
        "StackStatus": stack.shown,
        "StackStatusReason": None if stack.polls else stack.reason,
        "DisableRollback": stack.on_failure == "DO_NOTHING",
        "EnableTerminationProtection": stack.protected,
        "Capabilities": stack.capabilities,
        "Outputs": (stack.shown != "CREATE_IN_PROGRESS" and stack.outputs) or None,
        "Tags": pairs(stack.tags),
        "NotificationARNs": [],
        "RollbackConfiguration": {},
    }
    return {key: value for key, value in row.items() if value is not None}


def resources(stack: Stack, wanted: str | None) -> Iterator[Mapping[str, Any]]:
    if wanted and wanted not in stack.resources:
        raise InvalidError(f"Resource {wanted} does not exist for stack {stack.name}")
    for held in stack.resources.values():
        if not wanted or held.name == wanted:
            row = {
                "StackId": stack.id,
                "StackName": stack.name,
                "LogicalResourceId": held.name,
                "PhysicalResourceId": held.made or None,
                "ResourceType": held.type,
                "Timestamp": held.changed_at,
                "LastUpdatedTimestamp": held.changed_at,
                "ResourceStatus": held.status,
                "ResourceStatusReason": held.reason,
            }
            yield {key: value for key, value in row.items() if value is not None}


def change_set_row(stack: Stack, found: ChangeSet) -> dict[str, Any]:
    row = {
        "StackId": stack.id,
        "StackName": stack.name,
        "ChangeSetId": found.id,
        "ChangeSetName": found.name,
        "Description": found.description,
        "CreationTime": found.created_at,
        "Status": found.status,
        "StatusReason": found.reason,
        "ExecutionStatus": found.execution,
    }
    return {key: value for key, value in row.items() if value is not None}


def pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def described(found: ChangeSet, *, with_values: bool) -> dict[str, Any]:
    """What is in a change set."""
    parameters = [{"ParameterKey": k, "ParameterValue": v} for k, v in found.template.given.items()]
    changes = [{"Type": "Resource", "ResourceChange": c.describe(with_values=with_values)} for c in found.changes]
    return {
        "Parameters": parameters,
        "Capabilities": found.capabilities,
        "Tags": pairs(found.tags),
        "Changes": changes,
    }


def template_row(content: dict[str, Any]) -> dict[str, Any]:
    """What a template says of itself."""
    template = Template("", content, {})
    needed = template.capabilities()
    slots = (content.get("Parameters") or {}).items()
    row = {
        "Version": str(content.get("AWSTemplateFormatVersion", "2010-09-09")),
        "Description": content.get("Description"),
        "Parameters": [_slot(name, slot) for name, slot in slots],
        "Capabilities": needed,
        "CapabilitiesReason": f"The following resource(s) require capabilities: {needed}" if needed else None,
        "ResourceTypes": [str(resource["Type"]) for resource in template.resources.values()],
    }
    return {key: value for key, value in row.items() if value is not None}


def _slot(name: str, slot: Mapping[str, Any]) -> dict[str, Any]:
    default = {"DefaultValue": str(slot["Default"])} if "Default" in slot else {}
    allowed = {"AllowedValues": list(map(str, slot["AllowedValues"]))} if "AllowedValues" in slot else {}
    return {
        "ParameterKey": name,
        "ParameterType": slot.get("Type", "String"),
        "NoEcho": False,
        "Description": slot.get("Description", ""),
        "ParameterConstraints": allowed,
        **default,
    }
