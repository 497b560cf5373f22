"""What a stack is made of, from a plan: sizes, limits and rights, each with where it comes from. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nfconfgen.executors.awsbatch.facts import not_yet
from nfconfgen.executors.awsbatch.facts.region import InstanceType
from nfconfgen.executors.awsbatch.settings import BatchSettings, bucket_of, settings_of
from nfconfgen.executors.awsbatch.stack.declared import Declared, Stack
from nfconfgen.executors.awsbatch.stack.rights import Right, of_head, of_jobs
from nfconfgen.facts.model import Shape
from nfconfgen.fast.checksum import digest
from nfconfgen.plan.admission import Need
from nfconfgen.plan.model import SitePlan, TaskPlan
from nfconfgen.plan.placement import held
from nfconfgen.profile.references import known
from nfconfgen.profile.units import memory_text

ROOM_GIB = 30
"""GiB of a disk for the system and the images: our own choice, the size of the root volume of Batch's own AMIs."""
NO_DISK_GIB = 100
"""GiB of a disk if no task sets `disk`: our own choice."""
_STEP_GIB = 10
_GIB = 1024

WAIT_S = 3600
"""How long a job waits that no instance holds. Batch reports the same, for a moment, for jobs that fit."""
_LONGEST_WAIT_MIN, _SHORTEST_WAIT_MIN = 7200, 2880
_STRATEGIES = {"EC2": "BEST_FIT_PROGRESSIVE", "SPOT": "SPOT_PRICE_CAPACITY_OPTIMIZED"}
"""BEST_FIT, which is the default, cannot be updated."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a queue lets its first job wait for this reason."""

    reason: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Queue:
    """A declared queue with its environment. `id` begins the names of its resources in the template; `volume_gib`
    None: the AMI decides. `volume_from` and `vcpus_from` are the sources of the numbers."""

    id: str
    declared: Declared
    strategy: str
    image_type: str
    max_vcpus: int
    vcpus_from: str
    volume_gib: int | None
    volume_from: str
    limits: tuple[Limit, ...]
    cli_tree: str

    @property
    def template(self) -> str:
        return f"{self.id}Template"

    @property
    def hosts(self) -> str:
        return f"{self.id}Hosts"

    @property
    def queue(self) -> str:
        return f"{self.id}Queue"


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that the template shows. `bucket` is the bucket of the work directory if the stack makes it, with
    the `prefix` whose files expire; `finish_min`: how long an update lets running jobs go on. `job_role`:
    the role of the jobs, if the stack does not make it."""

    stack: Stack
    region: str
    queues: tuple[Queue, ...]
    bucket: str
    prefix: str
    encryption: str
    key: str
    makes_role: bool
    makes_logs: bool
    rights: tuple[Right, ...]
    finish_min: int
    head_rights: tuple[Right, ...] = ()
    job_role: str = ""

    @property
    def makes_head_role(self) -> bool:
        """Whether there is a head job without a role of its own."""
        return bool(self.head_rights)


def content(plan: SitePlan) -> Content:
    """The content of the stack of a site that declares queues, whose instance types are known."""
    settings = settings_of(plan.site)
    place = known(plan.site.work_dir, plan.site.params)
    return Content(
        settings.stack,
        settings.region,
        tuple(_queue(each, plan, settings) for each in settings.made),
        bucket_of(plan.site) if settings.stack.bucket else "",
        place.removeprefix("s3://").partition("/")[2].strip("/"),
        settings.storage_encryption,
        known(settings.kms_key, plan.site.params),
        settings.stack.makes_role,
        settings.stack.makes_logs,
        tuple(of_jobs(plan.site)),
        _finish_min(plan),
        tuple(of_head(plan.site)) if settings.head is not None and not settings.head.role else (),
        "" if settings.stack.makes_role else settings.job_role,
    )


def _queue(declared: Declared, plan: SitePlan, settings: BatchSettings) -> Queue:
    sheets = {name: settings.sheets[name] for name in declared.types}
    vcpus = max(sheet.cpus for sheet in sheets.values())
    volume_gib, volume_from = volume(declared, plan, sheets)
    own_cli = settings.staging == "cli" and not declared.image and declared in settings.declared
    return Queue(
        logical_id(declared.queue),
        declared,
        _STRATEGIES[declared.kind],
        not_yet.image_type(declared, sheets),
        declared.max_instances * vcpus,
        f"{declared.max_instances} × {vcpus} vCPUs",
        volume_gib,
        volume_from,
        tuple(_limits(declared, settings)),
        settings.cli_tree if own_cli else "",
    )


def _limits(declared: Declared, settings: BatchSettings) -> Iterator[Limit]:
    if settings.unschedulable != "fail":  # otherwise Nextflow ends such jobs before
        yield Limit("MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE", WAIT_S)
        yield Limit("MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT", WAIT_S)
    if declared.capacity_wait_s is not None:
        yield Limit("CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY", declared.capacity_wait_s)


def logical_id(queue: str) -> str:
    """A name of letters and digits that no other queue has: `SalmonExcess`, or `HiMem4f2a` for hi-mem."""
    words = re.split(r"[^A-Za-z0-9]+", queue)
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    plain = joined == queue[:1].upper() + queue[1:] and queue[:1].islower()
    return joined if plain else joined + digest(queue)[:4]


def volume(declared: Declared, plan: SitePlan, sheets: Mapping[str, InstanceType]) -> tuple[int | None, str]:
    """GiB of the root volume of an instance, and where they come from; None: the AMI brings its own disks."""
    if declared.image:
        return None, ""
    if declared not in settings_of(plan.site).declared:
        return ROOM_GIB + _STEP_GIB, "the head job has its work directory on S3"
    if declared.volume_mib is not None:
        return -(-declared.volume_mib // _GIB), "volume of the queue"
    # what an instance advertises is never less than it registers, so a disk never grows when it is measured
    shapes = [Shape(name, s.cpus, s.memory_mib, "fixed", gpus=s.gpus) for name, s in sheets.items()]
    wanted = [found for each in plan.task_plans for found in _wanted(each, declared.queue, plan, shapes)]
    if not wanted:
        return NO_DISK_GIB, "no task sets disk"
    total_mib, count, disk_mib, title = max(wanted)
    gib = -(-(total_mib // _GIB + ROOM_GIB) // _STEP_GIB) * _STEP_GIB
    return gib, f"{count} × disk {memory_text(disk_mib)} of {title}, and {ROOM_GIB} GiB for images and system"


def _wanted(
    task_plan: TaskPlan, queue: str, plan: SitePlan, shapes: Sequence[Shape]
) -> Iterator[tuple[int, int, int, str]]:
    """MiB on one instance, for how many tasks, of how many MiB each, and the name of their class."""
    task = task_plan.task
    if task.disk_mib is None:
        return
    disk_mib = task.disk_mib.value
    counts = [
        held(shape, Need(attempt.request.cpus, attempt.request.memory_mib, gpus=task.gpus))
        for attempt in task_plan.attempts
        if attempt.request.queue == queue
        for shape in shapes
    ]
    named = {pool.name for pool in task_plan.on(plan).pools}
    if not task_plan.attempts and queue in named:
        counts = [1]  # its request is the pipeline's
    for count in counts:
        yield max(count, 1) * disk_mib, max(count, 1), disk_mib, task.title


def _finish_min(plan: SitePlan) -> int:
    """At least two days, or the longest time of a task: an update of the environment ends what runs longer."""
    times = [attempt.request.time_s or 0 for each in plan.task_plans for attempt in each.attempts]
    longest = -(-max(times, default=0) // 60)
    return min(max(longest, _SHORTEST_WAIT_MIN), _LONGEST_WAIT_MIN)
