"""The launch templates of compute environments, in every version that may be in effect.

An environment refers to a version by number, or to $Default or $Latest. Batch resolves these two when the environment
is made and at an infrastructure update, not when an instance starts, and DescribeComputeEnvironments does not report
the result: https://docs.aws.amazon.com/batch/latest/APIReference/API_LaunchTemplateSpecification.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any

from nfconfgen.executors.awsbatch.client import AwsError
from nfconfgen.executors.awsbatch.doctor.model import Template, Volume
from nfconfgen.executors.awsbatch.doctor.once import Once

Reference = tuple[str, str, str]
"""How an environment refers to a launch template: by id or by name (the parameter of EC2), the value, the version."""

Versions = tuple[Template, ...]
"""The versions that may be in effect: first the one that the reference means today, then the others, newest first.
Empty if these credentials may not read them."""

_RESOLVED_ONCE = ("$Default", "$Latest")


def references(environment: Mapping[str, Any]) -> list[Reference | None]:
    """The launch template of an environment, then those of its overrides."""
    used = environment.get("computeResources", {}).get("launchTemplate") or {}
    return [_reference(item) for item in (used, *used.get("overrides", []))]


def _reference(used: Mapping[str, Any]) -> Reference | None:
    for key in ("LaunchTemplateId", "LaunchTemplateName"):
        if value := used.get(f"l{key[1:]}"):
            return key, str(value), str(used.get("version") or "$Default")
    return None


def templates(aws: Once, environments: Iterable[Mapping[str, Any]]) -> dict[Reference, Versions]:
    """The versions of each launch template that an environment refers to; each is queried once."""
    wanted = {ref for environment in environments for ref in references(environment) if ref is not None}
    questions = sorted({_question(ref) for ref in wanted})
    answers = dict(zip(questions, aws.side_by_side(lambda ref: _queried(aws, ref), questions), strict=True))
    return {ref: _versions(ref, answers[_question(ref)]) for ref in wanted}


def _question(ref: Reference) -> Reference:
    """The reference, with an empty version if all versions are needed."""
    return (*ref[:2], "") if ref[2] in _RESOLVED_ONCE else ref


def _queried(aws: Once, question: Reference) -> list[Any] | None:
    """The versions as EC2 describes them, none if they do not exist; None if these credentials may not read them."""
    key, value, version = question
    wanted: dict[str, Any] = {key: value, "ResolveAlias": True} | ({"Versions": [version]} if version else {})

    def ask() -> list[Any]:
        try:
            return aws.pages("ec2", "describe_launch_template_versions", "LaunchTemplateVersions", **wanted)
        except AwsError as error:
            if not error.code.startswith("InvalidLaunchTemplate"):
                raise
            return []

    return aws.if_allowed("launch templates", ask, None)


def _versions(ref: Reference, found: list[Any] | None) -> Versions:
    name = ":".join(ref[1:])
    if found is None:
        return ()
    if not found:
        return (Template(name, found=False),)
    newest_first = sorted(found, key=lambda item: -int(item["VersionNumber"]))
    defaults = [item for item in newest_first if item.get("DefaultVersion") and ref[2] == "$Default"]
    today = (defaults or newest_first)[0]
    others = [_template(item, f"{ref[1]}:{item['VersionNumber']}") for item in newest_first if item is not today]
    return (_template(today, name), *others)


def _template(version: Mapping[str, Any], name: str) -> Template:
    data = version["LaunchTemplateData"]
    return Template(
        name,
        str(data.get("ImageId", "")),
        str(data.get("InstanceInitiatedShutdownBehavior", "")),
        volumes(data.get("BlockDeviceMappings", [])),
        _decoded(str(data.get("UserData", ""))),
        True,
        int(version["VersionNumber"]),
        *_network(data),
    )


def _network(data: Mapping[str, Any]) -> tuple[tuple[str, ...], bool | None]:
    """The security groups, and whether instances get a public address: both may be set for an interface instead."""
    interfaces: list[Mapping[str, Any]] = data.get("NetworkInterfaces", [])
    groups = [*data.get("SecurityGroupIds", []), *(group for each in interfaces for group in each.get("Groups", []))]
    asked = [each["AssociatePublicIpAddress"] for each in interfaces if "AssociatePublicIpAddress" in each]
    return tuple(map(str, groups)), any(asked) if asked else None


def _decoded(user_data: str) -> str:
    try:
        return base64.b64decode(user_data).decode("utf-8", errors="replace")
    except (binascii.Error, ValueError):
        return user_data


def volumes(mappings: Iterable[Mapping[str, Any]]) -> tuple[Volume, ...]:
    """The EBS volumes among block device mappings: instance store has no `Ebs`."""
    return tuple(
        Volume(
            str(mapping.get("DeviceName", "")),
            mapping["Ebs"].get("VolumeSize"),
            str(mapping["Ebs"].get("VolumeType", "")),
            mapping["Ebs"].get("DeleteOnTermination"),
        )
        for mapping in mappings
        if mapping.get("Ebs")
    )
