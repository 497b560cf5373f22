"""Profile + facts → plan: every request, or the finding that explains why none fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from nfconfgen.facts.model import Facts, Pool
from nfconfgen.findings import Finding
from nfconfgen.plan.attempts import attempts_of, first_need, open_to
from nfconfgen.plan.limits import cut, limits
from nfconfgen.plan.misfit import closed, later_misfits, no_fit, nothing_to_add
from nfconfgen.plan.model import Attempt, Plan, SitePlan, TaskPlan
from nfconfgen.plan.route import unset_times_s
from nfconfgen.profile.model import Limits, Profile, Site, TaskClass
from nfconfgen.profile.queue_model import Located
from nfconfgen.profile.units import time_text
from nfconfgen.wording import listed

CAPS_SINCE = (24, 4)
"""The first Nextflow version that caps requests at resourceLimits."""


def plan(profile: Profile, facts: Facts) -> Plan:
    """The plan of all sites, with findings for everything that does not fit."""
    findings: list[Finding] = []
    sites = tuple(_site(site, facts, findings) for site in profile.sites)
    findings += _same_keys(profile.sites)
    findings += _uncapped(profile, sites)
    return Plan(profile, sites, tuple(sorted(set(findings))))


def _site(site: Site, facts: Facts, findings: list[Finding]) -> SitePlan:
    pools = facts[site.key]
    own = {seen.of: SitePlan(seen, facts[seen.key], (), Limits()) for seen in site.apart}
    of_classes = [pool for seen in own.values() for pool in seen.pools]
    findings += site.executor.site_findings(site, pools, of_classes)
    findings += closed(site, pools)
    for seen in own.values():
        findings += closed(seen.site, seen.pools)
    # many classes have the same need
    known: dict[object, tuple[Attempt, ...] | None] = {}
    planned = [_task(task, site, pools, own.get((task.kind, task.name)), known, findings) for task in site.tasks]
    task_plans = tuple(found for found in planned if found is not None)
    for home in (None, *own.values()):
        together = [found for found in task_plans if found.own is home]
        findings += _no_time(home.site if home else site, home.pools if home else pools, together)
    most, sources = limits(site.limits, [*pools, *of_classes], task_plans)
    limited = tuple(map(_limited, task_plans))
    return SitePlan(site, pools, limited, most, sources, site.executor.head_queue(site, pools))


def _limited(found: TaskPlan) -> TaskPlan:
    """The plan of a class with its own limits, within what its queues offer."""
    own = found.own
    if own is None or own.site.of_class is None:
        return found
    most, sources = limits(own.site.of_class, own.pools, [found])
    return replace(found, own=replace(own, limits=most, limits_from=sources))


def _task(
    task: TaskClass,
    site: Site,
    pools: tuple[Pool, ...],
    own: SitePlan | None,
    known: dict[object, tuple[Attempt, ...] | None],
    findings: list[Finding],
) -> TaskPlan | None:
    """The plan of a class; None if nothing holds it. `known` are attempts by what they depend on."""
    if own is not None:
        site, pools = own.site, own.pools
    task, over = cut(task, site)
    findings += over
    if task.additive:
        findings += nothing_to_add(task, site, pools)
        findings += site.executor.task_findings(task, (), pools)
        findings += _no_memory(task, site)
        findings += _no_growth(task)
        return TaskPlan(task, (), own)
    assert task.memory_mib is not None
    need = first_need(task, task.memory_mib.value)
    key = (need, task.sets_cpus, site.key)
    if key not in known:
        known[key] = attempts_of(need, pools, site, sets_cpus=task.sets_cpus)
    planned = known[key]
    if planned is None:
        findings += no_fit(task, task.memory_mib, site, open_to(need, pools, site))
        return None
    found = TaskPlan(task, planned, own)
    findings += later_misfits(found, site, pools)
    findings += _shrinking(found, site)
    findings += site.executor.task_findings(task, planned, pools)
    return found


def _uncapped(profile: Profile, sites: Sequence[SitePlan]) -> Iterator[Finding]:
    """A warning for tasks with the pipeline's own numbers under a Nextflow that does not cap them at the limits."""
    if profile.pipeline.nextflow >= CAPS_SINCE:
        return
    open_sites = [
        site.site.name
        for site in sites
        if (site.limits != Limits() and not any(task.kind == "default" for task in site.site.tasks))
        or any(found.task.limits is not None and not found.attempts for found in site.task_plans)
    ]
    if open_sites:
        message = (
            f"Nextflow {profile.pipeline.nextflow_text} ignores resourceLimits, which came with 24.04: on "
            f"{', '.join(open_sites)} a task with the pipeline's own numbers may ask for more than is available"
        )
        advice = 'set nextflow: ">=24.04", or plan every task with tasks.default'
        yield Finding(profile.pipeline.nextflow_place, "uncapped", message, advice, "warning")


def _no_memory(task: TaskClass, site: Site) -> Iterator[Finding]:
    """A note on a class of which a part of the request is set: the rest is the pipeline's, and planned with it."""
    if task.memory_mib is None and "cpus" in task.sets:
        message = f"no memory is set for {task.title} on {site.name}: the pipeline's holds, so no request is planned"
        yield Finding(
            task.place, "missing-memory", message, "nfconfgen explain --pipeline plans each process", "note"
        )


def _no_growth(task: TaskClass) -> Iterator[Finding]:
    """A warning for growth of a size that the class does not set."""
    for key in ("memory", "cpus", "time"):
        if f"retry.{key}" in task.sets and key not in task.sets:
            message = f"{key} of {task.title} does not grow: the class sets how, but no {key}"
            yield Finding(task.place, "retry-growth", message, f"set {key} there, too", "warning")


def _no_time(site: Site, pools: Sequence[Pool], task_plans: Sequence[TaskPlan]) -> Iterator[Finding]:
    """A warning for classes without a time on queues that end a task: it has the longest time that they give it."""
    ends = unset_times_s(pools)
    silent = [found for found in task_plans if found.attempts and found.task.time_s is None]
    queues = {attempt.request.queue for found in silent for attempt in found.attempts}
    finite = sorted(queue for queue in queues if ends[queue] != float("inf"))
    if not finite:
        return
    tasks = [found.task for found in silent if any(a.request.queue in finite for a in found.attempts)]
    most = ", ".join(f"{queue} after {time_text(int(ends[queue]))}" for queue in finite)
    whose = listed(task.title for task in tasks)
    scheduler = site.executor.words.scheduler
    message = f"no time is set for {whose} on {site.name}, so {scheduler} ends these tasks at the limit: {most}"
    yield Finding(tasks[0].place, "no-time", message, "set time there, or under tasks.default", "warning")


def _shrinking(found: TaskPlan, site: Site) -> Iterator[Finding]:
    for before, after in pairwise(found.attempts):
        if after.request.memory_mib < before.request.memory_mib:
            message = (
                f"attempt {after.number} of {found.task.title} on {after.request.queue} gets less memory "
                f"({after.request.memory_mib} MiB) than the one before ({before.request.memory_mib} MiB)"
            )
            place = site.queue_place(after.request.queue)
            yield Finding(place, "shrinking", message, "name the queues in the order of their size", "warning")
            return


def _same_keys(sites: Sequence[Site]) -> Iterator[Finding]:
    """Findings for keys that some sites set in a selector and others do not: there the pipeline's own value holds."""
    classes: dict[tuple[str, str], list[tuple[Site, TaskClass]]] = {}
    for site in sites:
        for task in site.tasks:
            classes.setdefault((task.kind, task.name), []).append((site, task))
    for members in classes.values():
        for key in ("time_s", "container", "accelerator"):
            yield from _lacking(key, members)


def _lacking(key: str, members: Sequence[tuple[Site, TaskClass]]) -> Iterator[Finding]:
    lacking = [site.name for site, task in members if getattr(task, key) is None]
    for site, task in members:
        value: Located[object] | None = getattr(task, key)
        if value is not None and lacking:
            message = (
                f"{key.removesuffix('_s')} of {task.title} is set for {site.name} but not for {', '.join(lacking)}"
            )
            yield Finding(value.place, "task-parity", message, "set it under the shared tasks", "warning")
