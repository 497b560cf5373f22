"""Which AMI and launch template the instances of a compute environment start from.

Order of precedence: https://docs.aws.amazon.com/batch/latest/userguide/ami-selection-order.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nfconfgen.executors.awsbatch.client import AwsError, batched
from nfconfgen.executors.awsbatch.doctor.model import Image, Machine, Template, Volume
from nfconfgen.executors.awsbatch.doctor.once import Once, code_of


@dataclass(frozen=True, slots=True, order=True)
class _Reference:
    """How an environment names a launch template."""

    key: str
    name: str
    version: str


def machines(aws: Once, environments: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[Machine, ...]]:
    """The machines of each environment: every launch template asked for once, the AMIs by the hundred."""
    wanted = sorted({ref for env in environments.values() for ref in _references(env)})
    templates = dict(zip(wanted, aws.side_by_side(lambda ref: _template(aws, ref), wanted), strict=True))
    bare = {name: tuple(_machines(env, templates)) for name, env in environments.items()}
    images = _images(aws, {machine.ami for found in bare.values() for machine in found if machine.ami})
    return {
        name: tuple(replace(machine, image=images.get(machine.ami)) for machine in found)
        for name, found in bare.items()
    }


def _references(environment: Mapping[str, Any]) -> Iterable[_Reference]:
    said = environment.get("computeResources", {}).get("launchTemplate")
    if said:
        yield from (_reference(item) for item in [said, *said.get("overrides", [])] if _named(item))


def _named(said: Mapping[str, Any]) -> bool:
    return bool(said.get("launchTemplateId") or said.get("launchTemplateName"))


def _reference(said: Mapping[str, Any]) -> _Reference:
    key = "LaunchTemplateId" if said.get("launchTemplateId") else "LaunchTemplateName"
    return _Reference(key, str(said[key[0].lower() + key[1:]]), str(said.get("version") or "$Default"))


def _template(aws: Once, ref: _Reference) -> Template | None:
    """The version an environment refers to; None where it may not be asked for."""
    name = f"{ref.name}:{ref.version}"
    wanted = {ref.key: ref.name, "Versions": [ref.version], "ResolveAlias": True}

    def ask() -> Template | None:
        try:
            found = aws.call("ec2", "describe_launch_template_versions", **wanted)["LaunchTemplateVersions"]
        except AwsError as error:
            if not code_of(error).startswith("InvalidLaunchTemplate"):
                raise
            found = []
        return _read_template(name, found[0]["LaunchTemplateData"]) if found else Template(name, found=False)

    return aws.if_allowed("launch templates", ask, None)


def _read_template(name: str, data: Mapping[str, Any]) -> Template:
    return Template(
        name,
        str(data.get("ImageId", "")),
        str(data.get("InstanceInitiatedShutdownBehavior", "")),
        _volumes(data.get("BlockDeviceMappings", [])),
        _decoded(str(data.get("UserData", ""))),
    )


def _decoded(user_data: str) -> str:
    try:
        return base64.b64decode(user_data).decode("utf-8", errors="replace")
    except (binascii.Error, ValueError):
        return user_data


def _volumes(mappings: Iterable[Mapping[str, Any]]) -> tuple[Volume, ...]:
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


def _machines(environment: Mapping[str, Any], templates: Mapping[_Reference, Template | None]) -> Iterable[Machine]:
    resources = environment.get("computeResources", {})
    choices: Sequence[Mapping[str, Any]] = resources.get("ec2Configuration") or [{}]
    said = resources.get("launchTemplate") or {}
    base = templates[_reference(said)] if _named(said) else None
    fixed = str(resources.get("imageId") or "")
    for choice in choices:
        ami = fixed or str(choice.get("imageIdOverride") or "") or (base.image if base else "")
        yield _machine(choice, ami, base)
    for override in said.get("overrides", []):
        if _named(override):
            template = templates[_reference(override)]
            ami = (template.image if template else "") or fixed or str(choices[0].get("imageIdOverride") or "")
            yield _machine(choices[0], ami, template)


def _machine(choice: Mapping[str, Any], ami: str, template: Template | None) -> Machine:
    status = str(choice.get("batchImageStatus", ""))
    return Machine(str(choice.get("imageType", "")), status, ami, template=template)


def _images(aws: Once, amis: Iterable[str]) -> dict[str, Image]:
    """The AMIs, each with the one it was made from. One that EC2 does not show is there without a name."""
    wanted = sorted(amis)
    described = _describe(aws, wanted)
    if described is None:
        return {}
    bases = _describe(aws, sorted({str(image["SourceImageId"]) for image in described if image.get("SourceImageId")}))
    found = {str(image["ImageId"]): _image(image) for image in [*(bases or []), *described]}
    made_from = {str(image["ImageId"]): found.get(str(image.get("SourceImageId"))) for image in described}
    unseen = {ami: Image(ami, state="missing") for ami in wanted}
    return unseen | {ami: replace(found[ami], base=base) for ami, base in made_from.items()}


def _describe(aws: Once, amis: Sequence[str]) -> list[Any] | None:
    def ask(some: Sequence[str]) -> list[Any]:
        # by filter, since one unknown id would fail the whole call
        names = [{"Name": "image-id", "Values": list(some)}]
        return aws.pages("ec2", "describe_images", "Images", Filters=names, IncludeDeprecated=True)

    def all_of_them() -> list[Any] | None:
        return [image for page in aws.side_by_side(ask, batched(amis)) for image in page]

    return aws.if_allowed("AMIs and their volumes", all_of_them, None)


def _image(data: Mapping[str, Any]) -> Image:
    return Image(
        str(data["ImageId"]),
        str(data.get("Name", "")),
        str(data.get("ImageOwnerAlias") or data.get("OwnerId", "")),
        str(data.get("State", "available")),
        str(data.get("DeprecationTime", "")),
        str(data.get("RootDeviceName", "")),
        _volumes(data.get("BlockDeviceMappings", [])),
    )
