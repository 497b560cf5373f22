"""Checks of a plan on AWS Batch besides sizes: Fargate, processors and types of GPUs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nfconfgen.executors.awsbatch.facts import estimate, fargate, not_yet
from nfconfgen.executors.awsbatch.partitions import partition_of
from nfconfgen.executors.awsbatch.settings import BatchSettings, settings_of
from nfconfgen.facts.model import Pool, Shape
from nfconfgen.findings import Finding
from nfconfgen.plan.admission import Need, has_gpus, holds
from nfconfgen.plan.model import Attempt
from nfconfgen.profile.model import Site, TaskClass
from nfconfgen.profile.units import memory_text
from nfconfgen.wording import listed, plural

ASK = "build once without --offline, so that AWS is queried and the lock keeps the facts"


def of_site(site: Site, of_all: Sequence[Pool], of_classes: Sequence[Pool]) -> Iterator[Finding]:
    """The findings about the site itself, and the queues that task classes name."""
    pools = list({pool.name: pool for pool in (*of_all, *of_classes)}.values())
    yield from _region(site)
    yield from _fargate(site, pools)
    yield from _disk(site, pools)
    yield from architectures(site, pools)
    yield from _fair_share(site, pools)
    yield from _declared(site, pools)


def _declared(site: Site, pools: Sequence[Pool]) -> Iterator[Finding]:
    """A note on the queues that do not exist yet, at the first of them, and a warning for each that differs from what
    is declared."""
    settings = settings_of(site)
    yield from _head(site, settings)
    yield from _without_image(site, settings)
    for each in settings.declared if settings.region else ():
        place = site.queue_place(each.queue)
        unknown = [name for name in each.types if name not in settings.sheets]
        there = next((pool for pool in pools if pool.name == each.queue and not pool.declared), None)
        types = {shape.name for shape in there.shapes} if there is not None else set(each.types)
        if unknown and there is not None and there.known:
            message = f"the size of {listed(unknown)}, which {each.queue} declares, is not known"
            yield Finding(place, "facts-missing", message, ASK)
        elif there is not None and there.known and types != set(each.types):
            message = f"{each.queue} declares {listed(each.types)}, but on AWS it starts {listed(sorted(types))}"
            advice = "planned is what is on AWS; to update that: nfconfgen provision --diff, then --deploy"
            yield Finding(place, "not-deployed", message, advice, "warning")
    names = [pool.name for pool in pools if pool.declared]
    if names:
        message = (
            f"{listed(names)} {plural(len(names), 'is', 'are')} declared and not on AWS yet: "
            f"planned with the estimated memory of {plural(len(names), 'its', 'their')} instances"
        )
        advice = "to make what is declared: nfconfgen provision --deploy"
        yield Finding(site.queue_place(names[0]), "not-deployed", message, advice, "note")


def _region(site: Site) -> Iterator[Finding]:
    """A warning for a region that is not known here: nothing can be queried."""
    if not settings_of(site).region and any(site.named):
        message = (
            f"the region of {site.name} is known only when Nextflow starts, so what its queues hold is not checked"
        )
        advice = "set region, or a default, as in ${AWS_REGION:-eu-central-1}"
        yield Finding(site.place, "facts-missing", message, advice, "warning")


def _fair_share(site: Site, pools: Sequence[Pool]) -> Iterator[Finding]:
    """SubmitJob must have a share identifier for a queue with a fair-share policy, and must not for any other one
    (https://docs.aws.amazon.com/batch/latest/APIReference/API_SubmitJob.html)."""
    identifier = settings_of(site).share_identifier
    for pool in pools:
        place = site.queue_place(pool.name)
        if pool.fair_share and not identifier:
            message = f"{pool.name} has a fair-share scheduling policy: Batch refuses jobs without a share identifier"
            yield Finding(place, "share-identifier", message, f"set share_identifier for {site.name}")
        elif identifier and pool.known and pool.fair_share is False:
            message = f"{pool.name} has no scheduling policy: Batch refuses jobs with share identifier {identifier}"
            advice = "remove share_identifier, or split the site by queues with and without a policy"
            yield Finding(place, "share-identifier", message, advice)
    unknown = [pool.name for pool in pools if pool.fair_share is None]
    if unknown:
        message = (
            f"whether {listed(unknown)} {plural(len(unknown), 'has', 'have')} a scheduling policy is not known, "
            f"so it is not checked that {plural(len(unknown), 'it takes', 'they take')} the jobs of {site.name}"
        )
        yield Finding(site.queue_place(unknown[0]), "facts-missing", message, ASK, "warning")


def _fargate(site: Site, pools: Sequence[Pool]) -> Iterator[Finding]:
    """Nextflow runs either a whole site on Fargate or none of it, and there is no host that provides the AWS CLI."""
    if not any(pool.fixed_sizes for pool in pools):
        return
    settings = settings_of(site)
    for pool in pools:
        if pool.shapes and not pool.fixed_sizes:
            message = f"{pool.name} starts instances, while other queues of {site.name} run on Fargate"
            yield Finding(site.queue_place(pool.name), "fargate", message, "split the site into two")
    if settings.staging != "fusion":
        message = f"{site.name} runs on Fargate, which has no host to mount the AWS CLI from"
        yield Finding(site.place, "fargate", message, "set staging: fusion")
    if not settings.execution_role:
        message = f"{site.name} runs on Fargate, which needs a role for pulling images"
        advice = f"set execution_role: arn:{partition_of(settings.region)}:iam::…:role/…"
        yield Finding(site.place, "fargate", message, advice)


def _disk(site: Site, pools: Sequence[Pool]) -> Iterator[Finding]:
    """Only on Fargate `disk` is requested: it becomes the ephemeral storage of the task."""
    if not any(pool.fixed_sizes for pool in pools):
        return
    for disk in (task.disk_mib for task in site.tasks if task.disk_mib is not None):
        asked = memory_text(disk.value)
        if disk.value > fargate.MOST_DISK_MIB:
            message = f"disk {asked} is more than Fargate offers, on which {site.name} runs"
            advice = f"request at most {memory_text(fargate.MOST_DISK_MIB)}, or use instances"
            yield Finding(disk.place, "disk-fit", message, advice)
        elif disk.value < fargate.LEAST_DISK_MIB:
            least = memory_text(fargate.LEAST_DISK_MIB)
            message = f"Fargate has no disk smaller than {least}: {asked} becomes {least} on {site.name}"
            yield Finding(disk.place, "disk-fit", message, "", "warning")


def _without_image(site: Site, settings: BatchSettings) -> Iterator[Finding]:
    """An error for declared types that AWS has no ECS-optimised AMI of Amazon Linux 2023 for."""
    for each in settings.declared:
        wrong = [
            name for name in each.types if name in settings.sheets and not_yet.lacks_image(name, settings.sheets)
        ]
        if wrong and not each.image:
            message = f"there is no ECS-optimised Amazon Linux 2023 for {listed(wrong)}, which {each.queue} declares"
            advice = "name another instance type, or an AMI of your own (image)"
            yield Finding(site.queue_place(each.queue), "declared-queue", message, advice)


def _head(site: Site, settings: BatchSettings) -> Iterator[Finding]:
    """An error if the job that runs Nextflow does not fit the instance that is declared for it."""
    head = settings.head
    if head is None or head.declared is None:
        return
    for name in head.declared.types:
        sheet = settings.sheets.get(name)
        if sheet is None:
            continue
        most_mib = estimate.registered_mib(sheet.memory_mib, sheet.cpus, sheet.hypervisor, name)
        if head.memory_mib > most_mib or head.cpus > sheet.cpus:
            asked = f"{head.cpus} vCPUs and {memory_text(head.memory_mib)}"
            message = (
                f"the head job of {site.name} requests {asked}, and a {name} has {sheet.cpus} and {most_mib} MiB"
            )
            yield Finding(site.place, "memory-fit", f"{message} (estimated)", "request less, or a larger instance")


def architectures(site: Site, pools: Sequence[Pool]) -> Iterator[Finding]:
    """Queues with instances of several architectures, of arm64 alone, or of an unknown architecture."""
    every = sorted({name for pool in pools for name in _by_architecture(pool)} - {""})
    for pool in pools:
        place = site.queue_place(pool.name)
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
            yield Finding(place, "architecture", message, "check that they are, or name a queue of x86_64", "warning")
        if unknown:
            message = f"the architecture of {_listed(unknown)} is not known, so it is not checked that images suit it"
            yield Finding(place, "facts-missing", message, ASK, "warning")


def _by_architecture(pool: Pool) -> dict[str, list[Shape]]:
    found: dict[str, list[Shape]] = {}
    for shape in pool.shapes if not pool.fixed_sizes else ():
        found.setdefault(shape.architecture, []).append(shape)
    return found


def gpus(task: TaskClass, attempts: Sequence[Attempt], pools: Sequence[Pool]) -> Iterator[Finding]:
    """Findings about a task that may get no GPUs or others than it requests: those of its instances are not known, or
    differ in their type, which a request to Batch cannot contain. No `attempts`: it adds GPUs to another request."""
    wanted = task.accelerator
    if wanted is None or not wanted.value.count:
        return
    unknown: list[Shape] = []
    others: list[Shape] = []
    for pool, need in _needs(attempts, pools):
        any_type = replace(need, gpus=replace(wanted.value, type=""))
        able = [shape for shape in pool.shapes if holds(shape, pool, any_type)]
        right = [shape for shape in able if has_gpus(shape, wanted.value)]
        if right and all(shape.gpus is None for shape in right):
            unknown += right
        others += [shape for shape in able if right and shape not in right]
    if unknown:
        message = f"the GPUs of {_listed(unknown)} are not known, so it is not checked that they hold {task.title}"
        yield Finding(wanted.place, "facts-missing", message, ASK, "warning")
    if others:
        message = f"{task.title} may get {_listed(others)}, not {wanted.value.type}: Batch takes no type of GPU"
        advice = f"name queues whose instances with GPUs all have {wanted.value.type}, or no type"
        yield Finding(wanted.place, "gpu-type", message, advice)


def _needs(attempts: Sequence[Attempt], pools: Sequence[Pool]) -> Iterator[tuple[Pool, Need]]:
    """The queues that the task goes to, with its request there."""
    if not attempts:
        yield from ((pool, Need(1, 1)) for pool in pools)
    by_name = {pool.name: pool for pool in pools}
    for request in {attempt.request.queue: attempt.request for attempt in attempts}.values():
        yield by_name[request.queue], Need(request.cpus, request.memory_mib)


def _listed(shapes: Sequence[Shape]) -> str:
    return listed(shape.name for shape in shapes)
