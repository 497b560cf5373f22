"""The plan as text, for tables and comments: what holds a request, and where the number comes from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from nfconfgen.facts.model import Shape
from nfconfgen.plan import placement
from nfconfgen.plan.model import Attempt, SitePlan, TaskPlan
from nfconfgen.profile.model import TaskClass
from nfconfgen.profile.units import gpus_text, time_text
from nfconfgen.terminal.visible import visible

DEFAULT_QUEUE = "(default)"
"""The queue of a task if the config names none, and it is not known which one that is."""
ON = {"instance": "on a whole", "share": "on a part of", "request": "on"}


class Row(NamedTuple):
    """Attempts of one task class with the same request."""

    attempts: str
    queue: str
    cpus: str
    memory: str
    time: str
    on: str


def rows(task_plan: TaskPlan, plan: SitePlan) -> list[Row]:
    """One row for all consecutive attempts with the same request."""
    if not task_plan.attempts:
        time_s = task_plan.task.time_s
        time = time_text(time_s.value) if time_s is not None else "-"
        cpus = str(task_plan.task.cpus.value) if "cpus" in task_plan.task.sets else "-"
        on = (
            "the pipeline's values" if task_plan.task.kind == "default" else "added to the other settings of the task"
        )
        queue = task_plan.task.queue if "queue" in task_plan.task.sets else None
        return [Row("-", queue_text(queue.value) if queue is not None else "-", cpus, "-", time, on)]
    groups = groupby(task_plan.attempts, key=lambda a: (a.request, a.shape, a.capped_from_mib is None))
    return [_row(list(group), task_plan, plan) for _, group in groups]


def queue_text(name: str) -> str:
    """`short`, `long or infinite` for several at once, `(default)`."""
    return name.replace(",", " or ") or DEFAULT_QUEUE


def asks_cpus(task_plan: TaskPlan, plan: SitePlan) -> bool:
    """Whether a request sets CPUs: the profile sets them, or they come with the machine or the memory. Otherwise the
    pipeline's number holds, or Nextflow's 1."""
    task = task_plan.task
    return task.sets_cpus or whole(plan) or any(attempt.request.cpus > 1 for attempt in task_plan.attempts)


def whole(plan: SitePlan) -> bool:
    """Whether requests are those of machines, so that CPUs and memory come together."""
    return plan.site.settings.fit != "request" or any(pool.fixed_sizes for pool in plan.pools)


def _row(attempts: Sequence[Attempt], task_plan: TaskPlan, plan: SitePlan) -> Row:
    request = attempts[0].request
    return Row(
        attempts=_attempts([attempt.number for attempt in attempts], task_plan, plan),
        queue=queue_text(request.queue),
        cpus=str(request.cpus) if asks_cpus(task_plan, plan) else f"({request.cpus})",
        memory=f"{request.memory_mib} MiB",
        time=time_text(request.time_s) if request.time_s is not None else "-",
        on=_on(attempts[0], plan, task_plan),
    )


def _attempts(attempts: Sequence[int], task_plan: TaskPlan, plan: SitePlan) -> str:
    """`1, 2`; `2+` if these are the last that are planned, and the pipeline sets the number of attempts."""
    if task_plan.on(plan).site.retry.attempts is None and attempts[-1] == len(task_plan.attempts):
        return f"{attempts[0]}+"
    return ", ".join(map(str, attempts)) if len(attempts) < 4 else f"{attempts[0]} - {attempts[-1]}"


def _on(attempt: Attempt, plan: SitePlan, task_plan: TaskPlan) -> str:
    words, task, own = plan.site.executor.words, task_plan.task, task_plan.on(plan).site
    if attempt.shape is not None:
        text = registered(attempt.shape)
        if gpus_asked(task):
            text += f", {gpus_asked(task)} of {shape_gpus(attempt.shape)}"
        if plan.site.settings.fit == "share":
            text += f", {attempt.per_shape} per {words.machine}"
    elif own.most.cpus or own.most.memory_mib:
        text = f"within {'the site' if own.of_class is None else 'the class'}'s limits, {words.machine}s unknown"
    else:
        text = f"not checked, {words.machine}s unknown"
    if attempt.granted_cpus > attempt.request.cpus:
        text += f"; {words.scheduler} gives {attempt.granted_cpus} cpus"
    if attempt.capped_from_mib is not None:
        text += "; growth ends at the largest"
    return text


def registered(shape: Shape) -> str:
    """`c5.2xlarge, 15434 MiB registered (measured 2026-11-20)`."""
    if shape.source in ("fixed", "set"):
        return f"{shape.name}, {shape.memory_mib} MiB"
    if shape.source in ("configured", "written"):
        return f"{shape.name}, {shape.memory_mib} MiB ({shape.origin})"
    if shape.source == "estimated":
        return f"{shape.name}, {shape.memory_mib} MiB (estimated, not measured)"
    return f"{shape.name}, {shape.memory_mib} MiB registered ({shape.origin})"


def gpus_asked(task: TaskClass) -> int:
    """How many GPUs one task of the class gets."""
    return task.accelerator.value.count if task.accelerator is not None else 0


def shape_gpus(shape: Shape) -> str:
    """`4 GPUs (T4)`; `no GPUs`, `an unknown number of GPUs`."""
    count, types = shape.gpu_count(), ", ".join(filter(None, shape.gpus or ()))
    return f"{gpus_text(count)}{f' ({types})' if types else ''}" if count != 0 else "no GPUs"


def aligned(table: Iterable[Sequence[str]], right: frozenset[int] = frozenset()) -> list[str]:
    """The rows of a table as lines with aligned columns; those in `right` are aligned right."""
    rows = [list(map(visible, row)) for row in table]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def attempt_lines(task_plan: TaskPlan, plan: SitePlan) -> list[str]:
    """The comment above the directives of a task class: a heading, then a line for each row."""
    heading = ("attempt", "queue", "cpus", "memory", ON[plan.site.settings.fit])
    body = [(*row[:4], row.on) for row in rows(task_plan, plan)]
    return aligned([heading, *body], right=frozenset({2, 3}))


def plan_lines(plans: Iterable[SitePlan]) -> list[str]:
    """The whole plan as a table."""
    table: list[Sequence[str]] = [("site", "task", "attempt", "queue", "cpus", "memory", "time", "on")]
    for plan in plans:
        if not plan.task_plans:
            table.append(_no_tasks(plan))
        for task_plan in plan.task_plans:
            for number, row in enumerate(rows(task_plan, plan)):
                site = plan.site.name if task_plan is plan.task_plans[0] and number == 0 else ""
                task = task_plan.task.title if number == 0 else ""
                table.append((site, task, *row))
    return aligned(table, right=frozenset({4, 5}))


def _no_tasks(plan: SitePlan) -> Sequence[str]:
    limits = plan.limits
    queues = ", ".join(dict.fromkeys(queue_text(pool.name) for pool in plan.pools))
    cpus = f"≤ {limits.cpus}" if limits.cpus else "-"
    memory = f"≤ {limits.memory_mib} MiB" if limits.memory_mib else "-"
    time = f"≤ {time_text(limits.time_s)}" if limits.time_s else "-"
    largest = placement.largest(plan.pools)
    on = f"largest: {registered(largest)}" if largest else f"{plan.site.executor.words.machine}s unknown"
    return (plan.site.name, "(the pipeline's own)", "-", queues, cpus, memory, time, on)
