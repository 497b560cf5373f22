"""Which AMI and launch template the instances of a compute environment start from.

Order of precedence: https://docs.aws.amazon.com/batch/latest/userguide/ami-selection-order.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nfconfgen.executors.awsbatch.client import AwsError, batched
from nfconfgen.executors.awsbatch.doctor.model import Image, Machine, Template, Volume
from nfconfgen.executors.awsbatch.doctor.once import Once

_Reference = tuple[str, str, str]
"""How an environment refers to a launch template: by id or by name (the parameter of EC2), the value, the version."""


def machines(aws: Once, environments: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[Machine, ...]]:
    """The machines of each environment; each launch template is queried once."""
    wanted = sorted({ref for env in environments.values() for ref in _references(env) if ref is not None})
    templates = dict(zip(wanted, aws.side_by_side(lambda ref: _template(aws, ref), wanted), strict=True))
    bare = {name: tuple(_machines(env, templates)) for name, env in environments.items()}
    images = _images(aws, {machine.ami for found in bare.values() for machine in found if machine.ami})
    return {
        name: tuple(replace(machine, image=images.get(machine.ami)) for machine in found)
        for name, found in bare.items()
    }


def _references(environment: Mapping[str, Any]) -> list[_Reference | None]:
    """The launch template of an environment, then those of its overrides."""
    used = environment.get("computeResources", {}).get("launchTemplate") or {}
    return [_reference(item) for item in (used, *used.get("overrides", []))]


def _reference(used: Mapping[str, Any]) -> _Reference | None:
    for key in ("LaunchTemplateId", "LaunchTemplateName"):
        if value := used.get(f"l{key[1:]}"):
            return key, str(value), str(used.get("version") or "$Default")
    return None


def _template(aws: Once, ref: _Reference) -> Template | None:
    """The version that an environment refers to; None if these credentials may not read it."""
    key, value, version = ref
    name = f"{value}:{version}"
    wanted = {key: value, "Versions": [version], "ResolveAlias": True}

    def ask() -> Template | None:
        try:
            found = aws.call("ec2", "describe_launch_template_versions", **wanted)["LaunchTemplateVersions"]
        except AwsError as error:
            if not error.code.startswith("InvalidLaunchTemplate"):
                raise
            found = []
        if not found:
            return Template(name, found=False)
        data = found[0]["LaunchTemplateData"]
        return Template(
            name,
            str(data.get("ImageId", "")),
            str(data.get("InstanceInitiatedShutdownBehavior", "")),
            _volumes(data.get("BlockDeviceMappings", [])),
            _decoded(str(data.get("UserData", ""))),
        )

    return aws.if_allowed("launch templates", ask, None)


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


def _machines(environment: Mapping[str, Any], templates: Mapping[_Reference, Template | None]) -> Iterator[Machine]:
    resources = environment.get("computeResources", {})
    choices: Sequence[Mapping[str, Any]] = resources.get("ec2Configuration") or [{}]
    first, *overrides = _references(environment)
    base = templates[first] if first else None
    fixed = str(resources.get("imageId") or "")
    for choice in choices:
        ami = fixed or str(choice.get("imageIdOverride") or "") or (base.image if base else "")
        yield _machine(choice, ami, base)
    for ref in overrides:
        if ref:
            template = templates[ref]
            ami = (template.image if template else "") or fixed or str(choices[0].get("imageIdOverride") or "")
            yield _machine(choices[0], ami, template)


def _machine(choice: Mapping[str, Any], ami: str, template: Template | None) -> Machine:
    status = str(choice.get("batchImageStatus", ""))
    return Machine(str(choice.get("imageType", "")), status, ami, template=template)


def _images(aws: Once, amis: Iterable[str]) -> dict[str, Image]:
    """The AMIs by id, each with the one it was made from; `missing` for one that EC2 does not show."""
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
        # by filter: as an argument, a single unknown id fails the whole call
        names = [{"Name": "image-id", "Values": list(some)}]
        return aws.pages("ec2", "describe_images", "Images", Filters=names, IncludeDeprecated=True)

    def ask_all() -> list[Any] | None:
        return [image for page in aws.side_by_side(ask, batched(amis)) for image in page]

    return aws.if_allowed("AMIs and their volumes", ask_all, None)


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
