"""Whether a task suits the instances it goes to: alone or shared, and with enough disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nfconfgen.executors.awsbatch.doctor.model import Environment, Machine
from nfconfgen.executors.awsbatch.doctor.subjects import OnTask, depending
from nfconfgen.executors.examination import Checks, Fault
from nfconfgen.facts.model import Shape
from nfconfgen.findings import Place
from nfconfgen.plan import placement
from nfconfgen.plan.admission import Need
from nfconfgen.plan.model import Request
from nfconfgen.profile.model import TaskClass

SYSTEM_GIB = 4
"""GiB left for the system and the container images. Our own choice: no figure is published."""


_Room = tuple[int, str]
"""GiB for tasks, and what sets them."""


def _held(shape: Shape, cpus: int, memory_mib: int, task: TaskClass) -> int:
    """The number of tasks of this size that one instance holds, with the GPUs of the class."""
    return placement.held(shape, Need(max(cpus, 1), max(memory_mib, 1), gpus=task.gpus))


def shares(on: OnTask) -> Iterator[Fault]:
    """Only for a queue of a single instance type, which was chosen for a task (2019: one task, one instance). With
    several types Batch chooses, and sharing is expected."""
    attempt = on.task_plan.attempts[0]
    if on.fit != "request" or attempt.shape is None or len(on.pools[attempt.request.queue].shapes) != 1:
        return
    count = _held(attempt.shape, attempt.request.cpus, attempt.request.memory_mib, on.task_plan.task)
    if count > 1:
        task = on.task_plan.task
        machine = f"one {attempt.shape.name} of {attempt.request.queue}"
        message = f"{count} tasks of {task.title} share {machine}, its disk, network and Docker daemon"
        advice = "fit: instance gives each its own; fit: share allows this and uses the whole instance"
        yield Fault(_size_place(on), message, advice, "warning")


def wastes(on: OnTask) -> Iterator[Fault]:
    attempt, task = on.task_plan.attempts[0], on.task_plan.task
    if on.fit != "instance" or attempt.shape is None or task.memory_mib is None:
        return
    if on.pools[attempt.request.queue].fixed_sizes:  # on Fargate tasks share nothing
        return
    count = _held(attempt.shape, task.cpus.value, task.memory_mib.value, task)
    if count > 1:
        message = f"{task.title} pays for a whole {attempt.shape.name} that would hold {count} of it"
        advice = "give its queue a smaller instance type, or set fit: share"
        yield Fault(_size_place(on), message, advice, "warning")


def _size_place(on: OnTask) -> Place:
    task = on.task_plan.task
    return task.memory_mib.place if task.memory_mib else task.place


def disk(on: OnTask) -> Iterator[Fault]:
    """At most one fault per queue, the worst of its environments."""
    task = on.task_plan.task
    if task.disk_mib is None:
        return
    for request in {attempt.request.queue: attempt.request for attempt in reversed(on.task_plan.attempts)}.values():
        found = [fault for env in on.environments[request.queue] for fault in _disk(on, request, env)]
        yield from sorted(found, key=lambda fault: fault.level)[:1]


def _disk(on: OnTask, request: Request, environment: Environment) -> Iterator[Fault]:
    """The fault by the room that there is in any case; without an error, by the least that there may be."""
    if not environment.on_instances or environment.fault[0]:
        return
    certain, possible = _rooms(environment)
    faults = [list(_too_small(on, request, environment, *room)) if room else [] for room in (certain, possible)]
    if certain == possible or any(fault.level == "error" for fault in faults[0]):
        yield from faults[0]
        return
    end, level = depending(False)
    yield from [replace(fault, message=f"{fault.message}{end}", level=level) for fault in faults[1]] or faults[0]


def _rooms(environment: Environment) -> tuple[_Room | None, _Room | None]:
    """The least room of all machines: that of each by the best version of its launch template, and by the worst."""
    best: list[_Room] = []
    worst: list[_Room] = []
    for machine in environment.readable:
        rooms = [_room(each) for each in machine.possible]
        known = [room for room in rooms if room is not None]
        worst += known
        best += [max(known)] if known and len(known) == len(rooms) else []
    return min(best, default=None), min(worst, default=None)


def _too_small(on: OnTask, request: Request, environment: Environment, room_gib: int, origin: str) -> Iterator[Fault]:
    task = on.task_plan.task
    if task.disk_mib is None:
        return
    shapes = on.pools[request.queue].shapes
    count = max((_held(shape, request.cpus, request.memory_mib, task) for shape in shapes), default=1)
    need_gib = -(-task.disk_mib.value // 1024)
    has = f"the root volume of {environment.name} has {room_gib} GiB ({origin})"
    advice = "give it at least {} GiB by VolumeSize in a launch template"
    if need_gib + SYSTEM_GIB > room_gib:
        message = f"{task.title} needs {need_gib} GiB of disk and {SYSTEM_GIB} for the system; {has}"
        yield Fault(task.disk_mib.place, message, advice.format(need_gib + SYSTEM_GIB))
    elif count * need_gib + SYSTEM_GIB > room_gib:
        message = f"{count} tasks of {task.title} may share an instance, {need_gib} GiB of disk each; {has}"
        yield Fault(task.disk_mib.place, message, advice.format(count * need_gib + SYSTEM_GIB), "warning")


def _room(machine: Machine) -> _Room | None:
    """The room for tasks on one machine. With user data, Docker may use any volume, so the largest counts."""
    if machine.root is None or machine.root[0].size_gib is None:
        return None
    size_gib, origin = machine.root[0].size_gib, machine.root[1]
    largest = max(volume.size_gib or 0 for volume in (machine.root[0], *machine.volumes))
    if machine.template and machine.user_data and largest > size_gib:
        return largest, f"launch template {machine.template.name}"
    return size_gib, origin


ON_TASKS: Checks[OnTask] = {"task-shares": shares, "task-wastes": wastes, "task-disk": disk}
