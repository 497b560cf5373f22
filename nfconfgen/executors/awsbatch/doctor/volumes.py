"""Which volumes an instance really gets: the mappings of its launch template laid over those of its AMI."""

from __future__ import annotations

from dataclasses import dataclass

from nfconfgen.executors.awsbatch.doctor.model import Machine, Volume

DEFAULT_ROOT_GIB = 30
"""Of Batch's own AMIs: aws/amazon-ecs-ami, variables.pkr.hcl."""

_BATCH_ROOT = "/dev/xvda"


@dataclass(frozen=True, slots=True)
class Root:
    """The root volume, and who says how large it is; `size_gib` None where nobody is known to."""

    volume: Volume
    said_by: str


def known(machine: Machine) -> bool:
    """Whether its AMI is Batch's own, or could be looked at."""
    return not machine.ami or (machine.image is not None and machine.image.state != "missing")


def mappings(machine: Machine) -> tuple[Volume, ...]:
    """All EBS volumes of an instance, each device once."""
    of_image = machine.image.volumes if machine.image else ()
    of_template = machine.template.volumes if machine.template else ()
    merged = {volume.device: volume for volume in of_image}
    for volume in of_template:
        merged[volume.device] = _over(volume, merged.get(volume.device))
    return tuple(merged.values())


def _over(volume: Volume, below: Volume | None) -> Volume:
    """What a launch template leaves unsaid is as the AMI says."""
    if below is None:
        return volume
    kind = volume.kind or below.kind
    deleted = below.deleted if volume.deleted is None else volume.deleted
    return Volume(volume.device, volume.size_gib or below.size_gib, kind, deleted)


def root(machine: Machine) -> Root | None:
    """The root volume of an instance; None where its AMI is not known."""
    if not known(machine):
        return None
    device = (machine.image.root if machine.image else "") or _BATCH_ROOT
    found = next((volume for volume in mappings(machine) if volume.device == device), None)
    template = machine.template
    if template and any(volume.device == device and volume.size_gib for volume in template.volumes):
        said_by = f"launch template {template.name}"
    else:
        said_by = machine.ami or "the default of Batch's own AMI"
    if found is None or found.size_gib is None:
        kind = found.kind if found else ""
        return Root(Volume(device, None if machine.ami else DEFAULT_ROOT_GIB, kind), said_by)
    return Root(found, said_by)
