"""What a plan must observe on AWS Batch besides sizes: Fargate, processors and the types of GPUs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nfconfgen.executors.awsbatch.facts import fargate
from nfconfgen.executors.awsbatch.settings import settings_of
from nfconfgen.facts.model import Pool, Shape
from nfconfgen.findings import Finding
from nfconfgen.plan.admission import Need, has_gpus, holds
from nfconfgen.plan.model import Attempt
from nfconfgen.profile.model import Site, TaskClass
from nfconfgen.profile.units import memory_text
from nfconfgen.wording import listed

ASK = "build once without --offline, so that AWS is asked and the lock remembers"


def of_site(site: Site, pools: Sequence[Pool]) -> Iterator[Finding]:
    """Everything about the site itself."""
    yield from _fargate(site, pools)
    yield from _disk(site, pools)
    yield from architectures(site, pools)


def _fargate(site: Site, pools: Sequence[Pool]) -> Iterator[Finding]:
    """Nextflow runs a whole site on Fargate or none of it, and there is no host to bring the AWS CLI from."""
    if not any(pool.fixed_sizes for pool in pools):
        return
    settings = settings_of(site)
    for queue, pool in zip(site.queues, pools, strict=True):
        if pool.shapes and not pool.fixed_sizes:
            message = f"{pool.name} starts instances, other queues of {site.name} run on Fargate"
            yield Finding(queue.place, "fargate", message, "make two sites of them")
    if settings.staging != "fusion":
        message = f"{site.name} runs on Fargate, which has no host to take the AWS CLI from"
        yield Finding(site.place, "fargate", message, "say staging: fusion")
    if not settings.execution_role:
        message = f"{site.name} runs on Fargate, which needs a role to pull images with"
        yield Finding(site.place, "fargate", message, "say execution_role: arn:aws:iam::…:role/…")


def _disk(site: Site, pools: Sequence[Pool]) -> Iterator[Finding]:
    """On Fargate `disk` becomes the task's ephemeral storage; elsewhere nobody is asked for it."""
    if not any(pool.fixed_sizes for pool in pools):
        return
    for disk in (task.disk_mib for task in site.tasks if task.disk_mib is not None):
        asked = memory_text(disk.value)
        if disk.value > fargate.MOST_DISK_MIB:
            message = f"disk {asked} is more than Fargate has, on which {site.name} runs"
            yield Finding(
                disk.place,
                "disk-fit",
                message,
                f"ask for at most {memory_text(fargate.MOST_DISK_MIB)}, or use instances",
            )
        elif disk.value < fargate.LEAST_DISK_MIB:
            least = memory_text(fargate.LEAST_DISK_MIB)
            message = f"Fargate has no disk of less than {least}: {asked} becomes {least} on {site.name}"
            yield Finding(disk.place, "disk-fit", message, "", "warning")


def architectures(site: Site, pools: Sequence[Pool]) -> Iterator[Finding]:
    """Queues whose instances differ in it, those of arm64, and those of which it is not known."""
    places = {queue.value: queue.place for queue in site.queues}
    every = sorted({name for pool in pools for name in _by_architecture(pool)} - {""})
    for pool in pools:
        place = places.get(pool.name, site.queues_place)
        found = _by_architecture(pool)
        unknown = found.pop("", [])
        if len(found) > 1:
            kinds = " and ".join(
                f"{name} ({_listed(shapes)})" for name, shapes in sorted(found.items(), reverse=True)
            )
            message = f"{pool.name} starts instances of {kinds}: an image for one of them fails on the other"
            yield Finding(place, "architecture", message, "give the queue instances of one architecture")
        elif found and "x86_64" not in found:
            message = (
                f"{pool.name} starts only {'and '.join(found)}: every image must be built for {' and '.join(every)}"
            )
            yield Finding(place, "architecture", message, "see that they are, or name a queue of x86_64", "warning")
        if unknown:
            message = f"the architecture of {_listed(unknown)} is not known: whether images suit it is not checked"
            yield Finding(place, "facts-missing", message, ASK, "warning")


def _by_architecture(pool: Pool) -> dict[str, list[Shape]]:
    found: dict[str, list[Shape]] = {}
    for shape in pool.shapes if not pool.fixed_sizes else ():
        found.setdefault(shape.architecture, []).append(shape)
    return found


def gpus(task: TaskClass, attempts: Sequence[Attempt], pools: Sequence[Pool]) -> Iterator[Finding]:
    """Where a task that asks for GPUs may get none, or others: those of its instances are not known, or instances of
    its queues differ in their type, which Batch cannot be asked for. No `attempts`: it adds them to a request."""
    said = task.accelerator
    if said is None or not said.value.count:
        return
    unknown: list[Shape] = []
    others: list[Shape] = []
    for pool, need in _needs(attempts, pools):
        any_type = replace(need, gpus=replace(said.value, type=""))
        able = [shape for shape in pool.shapes if holds(shape, pool, any_type)]
        right = [shape for shape in able if has_gpus(shape, said.value)]
        if right and all(shape.gpus is None for shape in right):
            unknown += right
        others += [shape for shape in able if right and shape not in right]
    if unknown:
        message = f"GPUs of {_listed(unknown)} are not known: whether they hold {task.title} is not checked"
        yield Finding(said.place, "facts-missing", message, ASK, "warning")
    if others:
        message = (
            f"{task.title} may get {_listed(others)} instead of {said.value.type}: Batch cannot be asked for a type "
            "of GPU"
        )
        advice = f"name queues whose instances with GPUs all have {said.value.type}, or no type"
        yield Finding(said.place, "gpu-type", message, advice)


def _needs(attempts: Sequence[Attempt], pools: Sequence[Pool]) -> Iterator[tuple[Pool, Need]]:
    """The queues that the task goes to, with what it asks for there."""
    if not attempts:
        yield from ((pool, Need(1, 1)) for pool in pools)
    by_name = {pool.name: pool for pool in pools}
    for request in {attempt.request.queue: attempt.request for attempt in attempts}.values():
        yield by_name[request.queue], Need(request.cpus, request.memory_mib)


def _listed(shapes: Sequence[Shape]) -> str:
    return listed(shape.name for shape in shapes)
