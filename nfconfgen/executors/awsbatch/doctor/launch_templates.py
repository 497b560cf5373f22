"""The launch templates of compute environments, in every version that may be in effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nfconfgen.executors.awsbatch.doctor.model import Template, Volume
from nfconfgen.executors.awsbatch.doctor.once import Once
from nfconfgen.executors.awsbatch.facts.template_versions import (
    Reference,
    described,
    question,
    references,
    user_data,
)

Versions = tuple[Template, ...]
"""The versions that may be in effect: first the one that the reference means today, then the others, newest first.
Empty if these credentials may not read them."""


def templates(aws: Once, environments: Iterable[Mapping[str, Any]]) -> dict[Reference, Versions]:
    """The versions of each launch template that an environment refers to; each is queried once."""
    wanted = {ref for environment in environments for ref in references(environment) if ref is not None}
    questions = sorted({question(ref) for ref in wanted})

    def ask(asked: Reference) -> list[Any] | None:
        return aws.if_allowed("launch templates", lambda: described(aws, asked), None)

    answers = dict(zip(questions, aws.side_by_side(ask, questions), strict=True))
    return {ref: _versions(ref, answers[question(ref)]) for ref in wanted}


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
        user_data(version),
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
