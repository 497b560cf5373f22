"""Whether a task suits the instances it goes to: alone or shared, and with disk enough."""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.executors.awsbatch.doctor import volumes
from nfconfgen.executors.awsbatch.doctor.model import Environment, Machine
from nfconfgen.executors.awsbatch.doctor.rules import Check, Fault
from nfconfgen.executors.awsbatch.doctor.subjects import OnTask
from nfconfgen.facts.model import Pool, Shape
from nfconfgen.findings import Place
from nfconfgen.plan import placement
from nfconfgen.plan.admission import Need
from nfconfgen.plan.model import Request
from nfconfgen.profile.model import TaskClass

SYSTEM_GIB = 4
"""Left for the system and the container images. A choice of ours: nobody publishes a figure."""


def _held(shape: Shape, cpus: int, memory_mib: int, task: TaskClass) -> int:
    """How many tasks of this size one instance holds, with the GPUs of the class."""
    gpus = task.accelerator.value if task.accelerator is not None else None
    return placement.held(shape, Need(max(cpus, 1), max(memory_mib, 1), gpus=gpus))


def shares(on: OnTask) -> Iterator[Fault]:
    """A queue of a single instance type was chosen for a task (2019: one task, one instance); with several types
    Batch packs as it likes, and sharing is what one expects."""
    attempt = on.task_plan.attempts[0]
    if on.settings.fit != "request" or attempt.shape is None or len(on.pools[attempt.request.queue].shapes) != 1:
        return
    count = _held(attempt.shape, attempt.request.cpus, attempt.request.memory_mib, on.task_plan.task)
    if count > 1:
        task = on.task_plan.task
        message = (
            f"{count} tasks of {task.title} share one {attempt.shape.name} of {attempt.request.queue}, its disk, "
            "network and Docker daemon"
        )
        advice = "fit: instance gives each its own; fit: share says that this is meant, and uses all of it"
        yield Fault(_size_place(on), message, advice, "warning")


def wastes(on: OnTask) -> Iterator[Fault]:
    attempt, task = on.task_plan.attempts[0], on.task_plan.task
    if on.settings.fit != "instance" or attempt.shape is None or task.memory_mib is None:
        return
    if on.pools[attempt.request.queue].fixed_sizes:  # Fargate: every task has its own
        return
    count = _held(attempt.shape, task.cpus.value, task.memory_mib.value, task)
    if count > 1:
        message = f"{task.title} pays for a whole {attempt.shape.name} that would hold {count} of it"
        advice = "give its queue a smaller instance type, or say fit: share"
        yield Fault(_size_place(on), message, advice, "warning")


def _size_place(on: OnTask) -> Place:
    task = on.task_plan.task
    return task.memory_mib.place if task.memory_mib else task.place


def disk(on: OnTask) -> Iterator[Fault]:
    """One finding a queue: of its environments the one with the least room counts."""
    task = on.task_plan.task
    if task.disk_mib is None:
        return
    for name, request in {
        attempt.request.queue: attempt.request for attempt in reversed(on.task_plan.attempts)
    }.items():
        found = [fault for env in on.environments[name] if (fault := _disk(on, request, env)) is not None]
        yield from sorted(found, key=lambda fault: fault.level)[:1]


def _disk(on: OnTask, request: Request, environment: Environment) -> Fault | None:
    task = on.task_plan.task
    assert task.disk_mib is not None
    rooms = [room for machine in environment.machines if (room := _room(machine)) is not None]
    if not environment.on_instances or environment.fault[0] or not rooms:
        return None
    room_gib, said_by = min(rooms)
    count = _most(on.pools[request.queue], request, task)
    need_gib = -(-task.disk_mib.value // 1024)
    has = f"the root volume of {environment.name} has {room_gib} GiB ({said_by})"
    if need_gib + SYSTEM_GIB > room_gib:
        message = f"{task.title} needs {need_gib} GiB of disk and {SYSTEM_GIB} for the system; {has}"
        return Fault(task.disk_mib.place, message, _advice(need_gib + SYSTEM_GIB))
    if count * need_gib + SYSTEM_GIB > room_gib:
        message = f"{count} tasks of {task.title} may share an instance, {need_gib} GiB of disk each; {has}"
        return Fault(task.disk_mib.place, message, _advice(count * need_gib + SYSTEM_GIB), "warning")
    return None


def _advice(gib: int) -> str:
    return f"give it at least {gib} GiB by VolumeSize in a launch template"


def _most(pool: Pool, request: Request, task: TaskClass) -> int:
    """How many such tasks the roomiest instance of the queue may hold at once."""
    return max((_held(shape, request.cpus, request.memory_mib, task) for shape in pool.shapes), default=1)


def _room(machine: Machine) -> tuple[int, str] | None:
    """GiB for tasks, and who says so. With user data, Docker may live on any volume: the largest counts."""
    root = volumes.root(machine)
    if root is None or root.volume.size_gib is None:
        return None
    if machine.template and machine.template.user_data:
        largest = max(volume.size_gib or 0 for volume in (root.volume, *volumes.mappings(machine)))
        return (
            largest,
            root.said_by if largest == root.volume.size_gib else f"launch template {machine.template.name}",
        )
    return root.volume.size_gib, root.said_by


ON_TASKS = (
    Check("task-shares", shares),
    Check("task-wastes", wastes),
    Check("task-disk", disk),
)
