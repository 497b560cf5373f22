"""Plan → reasons: every number with its source, every cap with its cause, every failure with what follows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from nfconfgen.explain.model import Attempt, Failure, From, Holder, Site, Task
from nfconfgen.facts.age import age_text
from nfconfgen.facts.model import Pool, Shape
from nfconfgen.plan.model import Ladder, Plan, SitePlan, Step
from nfconfgen.profile.model import Retry, Said, Slurm, TaskClass
from nfconfgen.profile.units import memory_text, time_text

LOST = "none at all (the task was lost with its machine)"


def explained(plan: Plan, now: str, sites: Collection[str], tasks: Collection[tuple[str, str]]) -> tuple[Site, ...]:
    """The sites that are named, with the task classes (kind, selector) that are named."""
    return tuple(_site(site, plan, now, tasks) for site in plan.sites if site.site.name in sites)


def _site(plan: SitePlan, whole: Plan, now: str, tasks: Collection[tuple[str, str]]) -> Site:
    kept = [ladder for ladder in plan.ladders if (ladder.task.kind, ladder.task.name) in tasks]
    limits = plan.limits
    most = [
        f"{limits.cpus} cpus" if limits.cpus is not None else "",
        f"{limits.memory_mib} MiB" if limits.memory_mib is not None else "",
        time_text(limits.time_s) if limits.time_s is not None else "",
    ]
    return Site(
        plan.site.name,
        plan.site.executor,
        tuple(pool.name for pool in plan.pools),
        tuple(filter(None, most)),
        tuple(_task(ladder, plan, whole, now) for ladder in kept),
    )


def _task(ladder: Ladder, plan: SitePlan, whole: Plan, now: str) -> Task:
    task = ladder.task
    attempts = tuple(_attempt(at, ladder, plan, whole.profile.retry, now) for at in range(len(ladder.steps)))
    sources = tuple(_sources(task, whole.profile.source))
    return Task(task.kind, task.name or None, task.additive, sources, attempts)


def _sources(task: TaskClass, profile: str) -> Iterator[From]:
    said: list[tuple[str, Said[Any] | None, Any]] = [
        ("cpus", None if task.additive else task.cpus, str),
        ("memory", None if task.additive else task.memory_mib, memory_text),
        ("time", task.time_s, time_text),
        ("disk", task.disk_mib, memory_text),
        ("container", task.container, str),
        ("accelerator", task.accelerator, lambda gpus: f"{gpus.count} {gpus.type}".strip()),
    ]
    for what, value, shown in said:
        if value is not None:
            yield From(what, shown(value.value), value.place.file or profile, value.place.line, value.place.column)


def _attempt(at: int, ladder: Ladder, plan: SitePlan, retry: Retry, now: str) -> Attempt:
    step = ladder.steps[at]
    request = step.request
    return Attempt(
        step.attempt,
        request.queue,
        request.cpus,
        request.memory_mib,
        request.time_s,
        _holder(step, step.shape, now) if step.shape is not None else None,
        tuple(_notes(at, ladder, plan)),
        tuple(_failures(at, ladder, retry)),
    )


def _holder(step: Step, shape: Shape, now: str) -> Holder:
    cpus = max(step.request.cpus, step.granted_cpus) * step.per_shape
    return Holder(
        shape.name,
        shape.cpus,
        shape.memory_mib,
        step.per_shape,
        100 * cpus // shape.cpus,
        100 * step.request.memory_mib * step.per_shape // shape.memory_mib,
        shape.source,
        shape.time or None,
        f"{shape.source} {age_text(shape.time, now)} ({shape.time[:10]})" if shape.time else _untimed(shape),
    )


def _untimed(shape: Shape) -> str:
    return {"estimated": "estimated, none was measured", "fixed": "a size that is sold as such"}.get(
        shape.source, shape.source
    )


def _notes(at: int, ladder: Ladder, plan: SitePlan) -> Iterator[str]:
    step, task, settings = ladder.steps[at], ladder.task, plan.site.settings
    pool = next(pool for pool in plan.pools if pool.name == step.request.queue)
    if step.capped_from_mib is not None:
        yield f"growth would come to {step.capped_from_mib} MiB; it ends here: {_cap(pool, step)}"
    elif task.memory_mib is not None and at == 0 and step.request.memory_mib > task.memory_mib.value:
        yield _rounded(step, settings.fit, pool)
    if step.granted_cpus > step.request.cpus:
        yield f"Slurm makes it {step.granted_cpus} cpus: {pool.name} gives {pool.memory_per_cpu_mib} MB a CPU"
    if isinstance(settings, Slurm) and settings.ask_memory == "never":
        yield "the memory is not asked for: this site refuses --mem"
    if step.shape is None:
        limits = plan.site.limits
        limited = limits.cpus is not None or limits.memory_mib is not None
        yield "nodes unknown: held to the limits of the profile" if limited else "nodes unknown: not checked"


def _rounded(step: Step, fit: str, pool: Pool) -> str:
    if pool.fixed:
        return "rounded up to the next size that can be had"
    if fit == "share":
        return f"an equal part of the instance, {step.per_shape} tasks on each (fit: share)"
    return "all of the instance, one task on each (fit: instance)" if fit == "instance" else "rounded up"


def _cap(pool: Pool, step: Step) -> str:
    """What it is that keeps the request from growing."""
    amount = step.request.memory_mib
    if pool.limits.memory_mib is not None and amount >= pool.limits.memory_mib:
        return f"the profile limits this site to {pool.limits.memory_mib} MiB"
    for bound in pool.bounds:
        if bound.what == "memory" and not bound.least and amount >= bound.most:
            return f"{bound.name} allows {bound.most} MiB"
    if step.shape is not None:
        return f"{step.shape.name} with {step.shape.memory_mib} MiB is the largest that {pool.name} has for it"
    return f"{pool.name} holds no more"


def _failures(at: int, ladder: Ladder, retry: Retry) -> Iterator[Failure]:
    if at + 1 >= len(ladder.steps):
        yield Failure("any", None, "no attempt is left: the task is given up, what runs is finished, the run ends")
        return
    after = ladder.steps[at + 1]
    request = after.request
    then = f"attempt {after.attempt} on {request.queue} with {request.cpus} cpus, {request.memory_mib} MiB"
    yield Failure(f"{codes(retry)}{' or ' if retry.exit_codes else ''}{LOST}", after.attempt, then)
    yield Failure("any other", None, "never tried again: what runs is finished, then the run ends")


def codes(retry: Retry) -> str:
    """`104, 130-145, 175`."""
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in retry.exit_codes)
