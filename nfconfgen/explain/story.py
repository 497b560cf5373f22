"""Plan → explanation: every number with its source, every cap with its cause, every failure with what follows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from nfconfgen.explain.failures import following, lost, retries
from nfconfgen.explain.model import Attempt, Explained, Holder, Setting, Site, Task
from nfconfgen.facts.model import Pool, Shape, Source
from nfconfgen.facts.staleness import age_s, age_text
from nfconfgen.plan import model as planned
from nfconfgen.plan.model import Plan, SitePlan, TaskPlan
from nfconfgen.plan.plan_table import DEFAULT_QUEUE, gpus_asked
from nfconfgen.profile.model import Limits, TaskClass
from nfconfgen.profile.queue_model import Located
from nfconfgen.profile.units import cpus_text, memory_text, time_text


def explained(plan: Plan, now: str, sites: Collection[str], tasks: Collection[tuple[str, str]]) -> Explained:
    """The explanation of these sites and task classes (kind, selector)."""
    profile = plan.profile
    return Explained(
        profile.pipeline.name,
        profile.source,
        now[:10],
        tuple(_site(site, plan, now, tasks) for site in plan.sites if site.site.name in sites),
    )


def _site(plan: SitePlan, whole: Plan, now: str, tasks: Collection[tuple[str, str]]) -> Site:
    kept = [task_plan for task_plan in plan.task_plans if (task_plan.task.kind, task_plan.task.name) in tasks]
    return Site(
        plan.site.name,
        plan.site.executor.name,
        plan.site.executor.title(plan),
        _queues(plan.pools),
        tuple(_most(plan.limits)),
        tuple(_of_site(plan)),
        retries(plan.site.retry),
        lost(plan, whole.profile.pipeline.nextflow),
        tuple(plan.site.executor.failures(plan)),
        _unknown(plan),
        tuple(_task(task_plan, plan, whole, now) for task_plan in kept),
    )


def _most(limits: Limits) -> Iterator[str]:
    if limits.cpus is not None:
        yield cpus_text(limits.cpus)
    if limits.memory_mib is not None:
        yield f"{limits.memory_mib} MiB"
    if limits.time_s is not None:
        yield time_text(limits.time_s)


def _queues(pools: Iterable[Pool]) -> tuple[str, ...]:
    """Their names, each once."""
    return tuple(dict.fromkeys(pool.name or DEFAULT_QUEUE for pool in pools))


def _unknown(plan: SitePlan) -> tuple[str, ...]:
    """The queues with unknown machines."""
    return _queues(pool for pool in plan.pools if not pool.known)


def _of_site(plan: SitePlan) -> Iterator[str]:
    if not plan.task_plans:
        yield "the profile has no task class: the pipeline's own numbers hold, capped at what a task may ask for"
    yield from plan.site.executor.notes(plan)
    unknown = _unknown(plan)
    if unknown:
        limits = plan.site.limits
        limited = limits.cpus is not None or limits.memory_mib is not None
        but = "; requests are only checked against the limits of the profile" if limited else ""
        machines = f"{plan.site.executor.words.machine}s of {', '.join(unknown)}"
        yield f"not checked: the {machines} are unknown{but}. {plan.site.executor.remedy}"
    reasons = (f"{pool.own_name} accepts no jobs now: {fault.why}" for pool in plan.pools for fault in pool.closed)
    yield from dict.fromkeys(reasons)


def _task(task_plan: TaskPlan, plan: SitePlan, whole: Plan, now: str) -> Task:
    task = task_plan.task
    attempts = tuple(_attempt(at, task_plan, plan, whole, now) for at in range(len(task_plan.attempts)))
    return Task(task.kind, task.name or None, task.additive, tuple(_settings(task, whole.profile.source)), attempts)


def _settings(task: TaskClass, profile: str) -> Iterator[Setting]:
    values: list[tuple[str, Located[Any] | None, Any]] = [
        ("cpus", None if task.additive and "cpus" not in task.sets else task.cpus, str),
        ("memory", None if task.additive else task.memory_mib, memory_text),
        ("time", task.time_s, time_text),
        ("disk", task.disk_mib, memory_text),
        ("container", task.container, str),
        ("queue", task.queue, str),
        ("limits", task.limits, lambda limits: ", ".join(_most(limits))),
        ("accelerator", task.accelerator, lambda gpus: f"{gpus.count} {gpus.type}".strip()),
    ]
    for key, option in task.options if task.sets & dict(task.options).keys() else ():
        text = " ".join(map(str, option)) if isinstance(option, tuple) else str(option)
        yield Setting(key, text, task.place.file or profile, task.place.line, task.place.column)
    values += [(name, value, str) for name, value in task.nextflow]
    for what, value, shown in values:
        if value is not None:
            place = value.place
            unset = what == "cpus" and not task.sets_cpus
            yield Setting(
                what,
                shown(value.value) + (" (not set: the pipeline's number holds, or 1)" if unset else ""),
                place.file or profile,
                place.line,
                place.column,
            )


def _attempt(at: int, task_plan: TaskPlan, plan: SitePlan, whole: Plan, now: str) -> Attempt:
    attempt = task_plan.attempts[at]
    shape, request, tasks = attempt.shape, attempt.request, attempt.per_shape
    cpus, gpus = max(request.cpus, attempt.granted_cpus), gpus_asked(task_plan.task)
    return Attempt(
        attempt.number,
        request.queue or DEFAULT_QUEUE,
        request.cpus,
        request.memory_mib,
        request.time_s,
        holder(shape, (cpus, request.memory_mib, gpus), plan, whole, now, tasks) if shape is not None else None,
        tuple(_notes(at, task_plan, plan)),
        following(at, task_plan, task_plan.on(plan).site.retry),
        gpus,
    )


def holder(
    shape: Shape, asked: tuple[int, int, int], plan: SitePlan, whole: Plan, now: str, tasks: int = 1
) -> Holder:
    """The machine that holds so many tasks, each with these CPUs, MiB and GPUs."""
    cpus, memory_mib, gpus = (amount * tasks for amount in asked)
    return Holder(
        shape.name,
        shape.cpus,
        shape.memory_mib,
        tasks,
        cpus,
        memory_mib,
        _percent(cpus, shape.cpus),
        _percent(memory_mib, shape.memory_mib),
        shape.source,
        shape.time or None,
        shape.image or None,
        _known(shape, plan.site.executor.words.reported, now, whole.profile.max_age_s),
        shape.gpu_count(),
        gpus,
    )


def _percent(part: int, whole: int) -> int:
    """Rounded, but 100 only if all of it is taken."""
    rounded = (200 * part + whole) // (2 * whole)
    return min(rounded, 99) if part < whole else rounded


_HOW: Mapping[Source, str] = {
    "estimated": "estimated, not measured yet: nfconfgen probe measures it",
    "fixed": "a size that is sold as such",
    "set": "as the profile limits it",
    "remembered": "measured elsewhere",
    "written": "written by hand",
}


def _known(shape: Shape, reported: str, now: str, max_age_s: int) -> str:
    how = _HOW.get(shape.source, reported if shape.source == "configured" else shape.source)
    if shape.source == "estimated" or not shape.time:
        return how
    on = f" on {shape.image}" if shape.image else ""
    stale = ", which is older than facts: max_age allows" if age_s(shape.time, now) > max_age_s else ""
    return f"{how} {shape.time[:10]}{on}, {age_text(shape.time, now)}{stale}"


def _notes(at: int, task_plan: TaskPlan, plan: SitePlan) -> Iterator[str]:
    attempt, task, settings = task_plan.attempts[at], task_plan.task, plan.site.settings
    own = task_plan.on(plan)
    pool = attempt.pool(own.pools)
    words = plan.site.executor.cluster_options(own.site, attempt.request.options, task.gpus)
    if words and (attempt.request.options or task.options or task.gpus):
        yield f"submitted with {' '.join(map(str, words))}"
    if attempt.capped_from_mib is not None:
        yield f"growth would reach {attempt.capped_from_mib} MiB and ends here: {_cap(pool, attempt, own)}"
    elif task.memory_mib is not None and at == 0 and attempt.request.memory_mib > task.memory_mib.value:
        yield _rounded(attempt, settings.fit, pool)
    if attempt.granted_cpus > attempt.request.cpus:
        given = f"{plan.site.executor.words.scheduler} gives {attempt.granted_cpus} cpus"
        in_cores = attempt.granted_cpus == pool.in_cores(attempt.request.cpus)
        yield f"{given}: {'whole cores' if in_cores else f'{pool.name} gives {pool.memory_per_cpu_mib} MB per CPU'}"
    if pool.whole_nodes:
        yield "the job gets a node to itself, whatever it asks for"


def _rounded(attempt: planned.Attempt, fit: str, pool: Pool) -> str:
    if pool.fixed_sizes:
        return "rounded up to the next available size"
    if fit == "share":
        tasks = "one task" if attempt.per_shape == 1 else f"{attempt.per_shape} tasks"
        return f"an equal part of the instance, {tasks} on each (fit: share)"
    return "all of the instance, one task on each (fit: instance)" if fit == "instance" else "rounded up"


def _cap(pool: Pool, attempt: planned.Attempt, plan: SitePlan) -> str:
    """The limit at which growth ends."""
    amount = attempt.request.memory_mib
    if pool.limits.memory_mib is not None and amount >= pool.limits.memory_mib:
        whose = "this site" if plan.site.of_class is None else "this class"
        return f"the profile limits {whose} to {pool.limits.memory_mib} MiB"
    bound = pool.tightest("memory")
    if bound is not None and amount >= bound.most:
        return f"{bound.name} allows {bound.most} MiB"
    if attempt.shape is not None:
        return f"{attempt.shape.name} with {attempt.shape.memory_mib} MiB is the largest that {pool.name} has for it"
    return f"{pool.name} holds no more"
