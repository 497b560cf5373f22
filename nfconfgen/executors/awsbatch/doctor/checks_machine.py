"""Whether AMI, launch template and volumes let instances start well and leave nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nfconfgen.executors.awsbatch.doctor.model import Image, Machine
from nfconfgen.executors.awsbatch.doctor.subjects import OnEnvironment, by_versions, depending
from nfconfgen.executors.examination import Checks, Fault
from nfconfgen.findings import Level
from nfconfgen.wording import listed

_AL2_END = "30 June 2026"
_SLOW = {"gp2", "standard"}

_Words = tuple[str, str]


def _each(look: Callable[[Machine], Iterator[_Words]], level: Level) -> Callable[[OnEnvironment], Iterator[Fault]]:
    """A check of all machines of an environment, which reports each fault once. What only some versions of a launch
    template have is a warning; a warning is reported only for today's version."""

    def on_all(on: OnEnvironment) -> Iterator[Fault]:
        machines = on.environment.readable if on.environment.on_instances else ()
        found: dict[_Words, bool] = {}
        for machine in machines:
            words, certain = by_versions(machine, look) if level == "error" else (list(look(machine)), True)
            found |= {each: certain or found.get(each, False) for each in words}
        for (message, advice), certain in found.items():
            depends, how = depending(certain, level)
            yield Fault(on.place, f"{on.environment.name}: {message}{depends}", advice, how)

    return on_all


def template_version(machine: Machine) -> Iterator[_Words]:
    """Without a number, a launch template's version is resolved when the environment is made or its instances are
    replaced, and AWS does not report the result (launch_templates.py)."""
    if machine.others and machine.template:
        yield (
            f"versions of its launch template differ in {_differences(machine)}, and AWS does not report which one "
            f"counts: Batch resolved {machine.template.name} when it made the environment, or last updated it",
            "set the version by its number in the compute environment, which replaces its instances",
        )


def _differences(machine: Machine) -> str:
    sizes = [each.root[0].size_gib for each in machine.possible if each.root]
    known = dict.fromkeys(str(size) for size in sizes if size is not None)
    parts = {
        f"a root volume of {', '.join(known)} GiB": known,
        "AMI": {each.ami for each in machine.possible},
        "user data": {each.user_data for each in machine.possible},
        "what a shutdown does": {each.template.shutdown for each in machine.possible if each.template},
        "network interfaces": {each.template.network for each in machine.possible if each.template},
    }
    return listed(name for name, values in parts.items() if len(values) > 1) or "their volumes"


def template_missing(machine: Machine) -> Iterator[_Words]:
    if machine.template and not machine.template.found:
        yield f"there is no launch template {machine.template.name}", "set one that exists in the environment"


def image_missing(machine: Machine) -> Iterator[_Words]:
    if machine.image and machine.image.state != "available":
        gone = machine.image.state == "missing"
        state = "does not exist, or is not shared with this account" if gone else f"is {machine.image.state}"
        yield f"AMI {machine.ami} {state}: no instance starts", "set an AMI that exists in the environment"


def image_old(machine: Machine) -> Iterator[_Words]:
    if _is_al2(machine):
        yield (
            f"its instances run Amazon Linux 2, whose support ends on {_AL2_END}",
            "switch to ECS_AL2023, then measure memory again: it registers some 85 MiB less",
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
            "use an ECS-optimised AMI, or one made from it",
        )
    elif image and image.base and image.base.of_amazon and not image.base.ecs_optimized:
        yield (
            f"AMI {_named(image)} was made from {image.base.name}, which is not ECS-optimised",
            "make it from an ECS-optimised AMI, or check that it has ecs-init and Docker",
        )


def image_without_driver(on: OnEnvironment) -> Iterator[Fault]:
    """A job gets GPUs only if the ECS agent has found them, by the driver of NVIDIA."""
    env = on.environment
    types = sorted(name for name, sheet in (env.sheets or {}).items() if sheet.gpus)
    if not env.on_instances or not types:
        return
    # if one kind of AMI is for GPUs, the other one is for the other types
    machines = [machine for machine in env.readable if machine.kind.endswith("_NVIDIA")] or env.readable
    for ami, level in dict.fromkeys(fault for machine in machines for fault in _driver_by_versions(machine)):
        message = f"{env.name} starts {listed(types)} from {ami}, which lacks NVIDIA's driver: no job gets a GPU"
        advice = "use an ECS-optimised AMI for GPUs (imageType ECS_AL2023_NVIDIA), or check that it has the driver"
        yield Fault(on.place, message, advice, level)


def _driver_by_versions(machine: Machine) -> list[tuple[str, Level]]:
    faults, certain = by_versions(machine, _driver)
    return [(f"{ami}{end}", how) for ami, level in faults for end, how in [depending(certain, level)]]


def _driver(machine: Machine) -> Iterator[tuple[str, Level]]:
    """An AMI without the driver; a warning for one made from such an AMI, since the driver may have been added."""
    image = machine.image
    if "nvidia" in machine.user_data.lower():
        return
    if not machine.ami:
        # without a kind, Batch uses the AMI for GPUs
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
        # both are ISO 8601 in UTC, so they compare as texts
        if image and image.deprecated and image.deprecated[:19] <= now[:19] and not _is_al2(machine):
            yield (
                f"AMI {_named(image)} has been deprecated since {image.deprecated[:10]}",
                "set a newer one in the environment before it disappears",
            )

    return look


def image_update(machine: Machine) -> Iterator[_Words]:
    if machine.status == "UPDATE_AVAILABLE" and not machine.ami:
        yield (
            "AWS has a newer AMI than its instances start from",
            "update the environment with updateToLatestImageVersion, then measure memory again",
        )


def volume_slow(machine: Machine) -> Iterator[_Words]:
    if machine.root and machine.root[0].kind in _SLOW:
        root, origin = machine.root
        yield (
            f"its root volume is {root.kind} ({origin}), which is more expensive and slower than gp3",
            "set VolumeType gp3 in the launch template",
        )


def volume_kept(machine: Machine) -> Iterator[_Words]:
    """DeleteOnTermination must be set for each device that the launch template adds; others inherit it."""
    of_template = {volume.device for volume in machine.template.volumes} if machine.template else set()
    devices = ", ".join(
        volume.device
        for volume in machine.volumes
        if volume.deleted is False or (volume.deleted is None and volume.device in of_template)
    )
    if devices:
        yield (
            f"volumes outlive their instance and go on costing money: {devices}",
            "set DeleteOnTermination: true for each of them in the launch template",
        )


def shutdown_stops(machine: Machine) -> Iterator[_Words]:
    if machine.template and machine.template.shutdown == "stop":
        yield (
            f"launch template {machine.template.name} only stops an instance that shuts down: its volumes stay",
            "set InstanceInitiatedShutdownBehavior: terminate",
        )


def on_environments(now: str) -> Checks[OnEnvironment]:
    """The table of checks; `now` (ISO 8601, UTC) decides what is deprecated."""
    return {
        "template-missing": _each(template_missing, "error"),
        "template-version": _each(template_version, "warning"),
        "image-missing": _each(image_missing, "error"),
        "image-no-agent": _each(image_without_agent, "error"),
        "image-no-driver": image_without_driver,
        "image-old": _each(image_old, "warning"),
        "image-deprecated": _each(image_deprecated(now), "warning"),
        "image-update": _each(image_update, "warning"),
        "volume-type": _each(volume_slow, "warning"),
        "volume-kept": _each(volume_kept, "warning"),
        "shutdown-stops": _each(shutdown_stops, "warning"),
    }
