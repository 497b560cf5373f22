"""The launch templates of compute environments: which versions may be in effect.

An environment refers to a version by number, or to $Default or $Latest. Batch resolves these two when the environment
is made and at an infrastructure update, not when an instance starts, and DescribeComputeEnvironments does not report
the result: https://docs.aws.amazon.com/batch/latest/APIReference/API_LaunchTemplateSpecification.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from nfconfgen.executors.awsbatch.client import Aws, AwsError

Reference = tuple[str, str, str]
"""How an environment refers to a launch template: by id or by name (the parameter of EC2), the value, the version."""

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


def question(ref: Reference) -> Reference:
    """The reference, with an empty version if any version may be in effect."""
    return (*ref[:2], "") if ref[2] in _RESOLVED_ONCE else ref


def described(aws: Aws, asked: Reference) -> list[Any]:
    """The versions that a `question` is about, as EC2 describes them; none if the template does not exist."""
    key, value, version = asked
    wanted: dict[str, Any] = {key: value, "ResolveAlias": True} | ({"Versions": [version]} if version else {})
    try:
        return aws.pages("ec2", "describe_launch_template_versions", "LaunchTemplateVersions", **wanted)
    except AwsError as error:
        if not error.code.startswith("InvalidLaunchTemplate"):
            raise
        return []


def user_data(version: Mapping[str, Any]) -> str:
    """The user data of a version, which EC2 returns in base64."""
    encoded = str(version["LaunchTemplateData"].get("UserData", ""))
    try:
        return base64.b64decode(encoded).decode("utf-8", errors="replace")
    except (binascii.Error, ValueError):
        return encoded
