"""Which AMI and launch template the instances of a compute environment start from.

Order of precedence: https://docs.aws.amazon.com/batch/latest/userguide/ami-selection-order.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nfconfgen.executors.awsbatch.client import batched
from nfconfgen.executors.awsbatch.doctor.launch_templates import Versions, templates, volumes
from nfconfgen.executors.awsbatch.doctor.model import Image, Machine, Template
from nfconfgen.executors.awsbatch.doctor.once import Once
from nfconfgen.executors.awsbatch.facts.template_versions import Reference, references


def machines(aws: Once, environments: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[Machine, ...]]:
    """The machines of each environment."""
    known = templates(aws, environments.values())
    bare = {name: tuple(_machines(env, known)) for name, env in environments.items()}
    images = _images(aws, {one.ami for found in bare.values() for each in found for one in each.possible if one.ami})

    def complete(machine: Machine) -> Machine:
        return replace(machine, image=images.get(machine.ami), others=tuple(map(complete, machine.others)))

    return {name: tuple(map(complete, found)) for name, found in bare.items()}


def _machines(environment: Mapping[str, Any], known: Mapping[Reference, Versions]) -> Iterator[Machine]:
    resources = environment.get("computeResources", {})
    choices: Sequence[Mapping[str, Any]] = resources.get("ec2Configuration") or [{}]
    first, *overrides = references(environment)
    fixed = str(resources.get("imageId") or "")
    for choice in choices:
        made = _machine(choice, fixed, known[first] if first else (), overrides=False)
        yield replace(made, unread=first is not None and not known[first])
    for ref in filter(None, overrides):
        made = _machine(choices[0], fixed, known[ref], overrides=True)
        yield replace(made, unread=not known[ref])


def _machine(choice: Mapping[str, Any], fixed: str, versions: Versions, *, overrides: bool) -> Machine:
    """The machine by today's version of a launch template, with those by other versions that differ from it.
    `overrides`: its AMI goes before the one that the environment sets."""
    own = fixed or str(choice.get("imageIdOverride") or "")
    kind, status = str(choice.get("imageType", "")), str(choice.get("batchImageStatus", ""))

    def by(template: Template | None) -> Machine:
        image = template.image if template else ""
        return Machine(kind, status, (image or own) if overrides else (own or image), template=template)

    today, *others = [by(template) for template in versions] or [by(None)]
    distinct = {each.started_with: each for each in reversed(others) if each.started_with != today.started_with}
    newest_first = sorted(distinct.values(), key=lambda each: -each.template.number if each.template else 0)
    return replace(today, others=tuple(newest_first))


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
        volumes(data.get("BlockDeviceMappings", [])),
    )
