"""AMI, launch template, volumes and instance role: whether instances start well and leave nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nfconfgen.executors.awsbatch.doctor import volumes
from nfconfgen.executors.awsbatch.doctor.model import Image, Machine, Volume
from nfconfgen.executors.awsbatch.doctor.rules import Check, Fault
from nfconfgen.executors.awsbatch.doctor.subjects import OnEnvironment
from nfconfgen.findings import Level
from nfconfgen.wording import listed

_AL2_END = "30 June 2026"
_SLOW = {"gp2", "standard"}

_Words = tuple[str, str]


def _each(look: Callable[[Machine], Iterator[_Words]], level: Level) -> Callable[[OnEnvironment], Iterator[Fault]]:
    """A check of each way the environment starts instances; what is wrong with several of them is told once."""

    def on_all(on: OnEnvironment) -> Iterator[Fault]:
        if not on.environment.on_instances:
            return
        told = dict.fromkeys(words for machine in on.environment.machines for words in look(machine))
        for message, advice in told:
            text = f"{on.environment.name}: {message}"
            yield Fault(on.place, text, advice, level)

    return on_all


def template_missing(machine: Machine) -> Iterator[_Words]:
    if machine.template and not machine.template.found:
        yield f"there is no launch template {machine.template.name}", "name one that exists in the environment"


def image_missing(machine: Machine) -> Iterator[_Words]:
    if machine.image and machine.image.state != "available":
        gone = machine.image.state == "missing"
        state = "does not exist, or is not shared with this account" if gone else f"is {machine.image.state}"
        yield f"AMI {machine.ami} {state}: no instance starts", "give the environment an AMI that is there"


def image_old(machine: Machine) -> Iterator[_Words]:
    if _is_al2(machine):
        yield (
            f"its instances run Amazon Linux 2, whose support ends on {_AL2_END}",
            "go to ECS_AL2023, then measure memory again: it registers some 85 MiB less",
        )


def _is_al2(machine: Machine) -> bool:
    if not machine.ami:
        return machine.kind.startswith("ECS_AL2") and not machine.kind.startswith("ECS_AL2023")
    images = [machine.image, machine.image.base if machine.image else None]
    return any(image is not None and image.name.startswith("amzn2-") for image in images)


def image_without_agent(machine: Machine) -> Iterator[_Words]:
    image = machine.image
    if image and image.of_amazon and not image.ecs_optimized:
        yield (
            f"AMI {_named(image)} is not ECS-optimised: without its agent no instance registers",
            "take an ECS-optimised AMI, or one made from it",
        )
    elif image and image.base and image.base.of_amazon and not image.base.ecs_optimized:
        yield (
            f"AMI {_named(image)} was made from {image.base.name}, which is not ECS-optimised",
            "make it from an ECS-optimised AMI, or see that ecs-init and Docker are in it",
        )


def image_without_driver(on: OnEnvironment) -> Iterator[Fault]:
    """Batch gives GPUs to jobs only where the agent has found them, by the driver of NVIDIA."""
    env = on.environment
    if not env.on_instances or not env.gpu_types:
        return
    starts = f"{env.name} starts {listed(env.gpu_types)}, which have GPUs, from"
    # where one kind of AMI is for GPUs, the other one is for the other types
    machines = [machine for machine in env.machines if machine.kind.endswith("_NVIDIA")] or env.machines
    found = dict.fromkeys(fault for machine in machines for fault in _driver(machine))
    for ami, level in found:
        advice = "take an ECS-optimised AMI for GPUs (imageType ECS_AL2023_NVIDIA), or see that the driver is in it"
        yield Fault(on.place, f"{starts} {ami}: without its driver of NVIDIA no job gets one", advice, level)


def _driver(machine: Machine) -> Iterator[tuple[str, Level]]:
    """The AMI that comes without the driver; a warning where somebody may have put it into one made from that."""
    image = machine.image
    if "nvidia" in (machine.template.user_data.lower() if machine.template else ""):
        return
    if not machine.ami:
        # where nothing is said, Batch takes the AMI for GPUs
        if machine.kind and not machine.kind.endswith("_NVIDIA"):
            yield f"the AMI of {machine.kind}", "error"
    elif image and image.lacks_driver:
        yield f"AMI {_named(image)}", "error"
    elif image and image.base and image.base.lacks_driver:
        yield f"AMI {_named(image)}, made from {image.base.name}", "warning"


def _named(image: Image) -> str:
    return f"{image.ami} ({image.name})" if image.name else image.ami


def image_deprecated(now: str) -> Callable[[Machine], Iterator[_Words]]:
    def look(machine: Machine) -> Iterator[_Words]:
        image = machine.image
        # both are ISO 8601 in UTC, so the earlier is the lesser
        if image and image.deprecated and image.deprecated[:19] <= now[:19] and not _is_al2(machine):
            yield (
                f"AMI {_named(image)} is deprecated since {image.deprecated[:10]}",
                "make the environment use a newer one before it disappears",
            )

    return look


def image_update(machine: Machine) -> Iterator[_Words]:
    if machine.status == "UPDATE_AVAILABLE" and not machine.ami:
        yield (
            "AWS has a newer AMI than its instances start from",
            "update the environment with updateToLatestImageVersion, then measure memory again",
        )


def volume_slow(machine: Machine) -> Iterator[_Words]:
    root = volumes.root(machine)
    if root is not None and root.volume.kind in _SLOW:
        yield (
            f"its root volume is {root.volume.kind} ({root.said_by}): dearer and slower than gp3",
            "say VolumeType gp3 in the launch template",
        )


def volume_kept(machine: Machine) -> Iterator[_Words]:
    """The launch template must say it of every mapping: only for devices of the AMI is there anything to inherit."""
    of_template = {volume.device for volume in machine.template.volumes} if machine.template else set()
    kept = [volume for volume in volumes.mappings(machine) if _stays(volume, volume.device in of_template)]
    if kept:
        devices = ", ".join(volume.device for volume in kept)
        yield (
            f"volumes outlive their instance and go on costing money: {devices}",
            "say DeleteOnTermination: true for each of them in the launch template",
        )


def _stays(volume: Volume, in_template: bool) -> bool:
    return volume.deleted is False or (volume.deleted is None and in_template)


def shutdown_stops(machine: Machine) -> Iterator[_Words]:
    if machine.template and machine.template.shutdown == "stop":
        yield (
            f"launch template {machine.template.name} only stops an instance that shuts down: its volumes stay",
            "say InstanceInitiatedShutdownBehavior: terminate",
        )


def on_environments(now: str) -> tuple[Check[OnEnvironment], ...]:
    """The table; `now` (ISO 8601, UTC) decides what is deprecated."""
    return (
        Check("template-missing", _each(template_missing, "error")),
        Check("image-missing", _each(image_missing, "error")),
        Check("image-no-agent", _each(image_without_agent, "error")),
        Check("image-no-driver", image_without_driver),
        Check("image-old", _each(image_old, "warning")),
        Check("image-deprecated", _each(image_deprecated(now), "warning")),
        Check("image-update", _each(image_update, "warning")),
        Check("volume-type", _each(volume_slow, "warning")),
        Check("volume-kept", _each(volume_kept, "warning")),
        Check("shutdown-stops", _each(shutdown_stops, "warning")),
    )
