"""Profile + facts → plan: every request, or the finding that says why none fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from nfconfgen.facts.model import Facts, Pool, Shape
from nfconfgen.findings import Finding
from nfconfgen.plan import fit
from nfconfgen.plan.ladder import ladder
from nfconfgen.plan.model import Ladder, Plan, SitePlan
from nfconfgen.profile.model import Batch, Limits, Profile, Said, Site, TaskClass
from nfconfgen.profile.units import memory_text, time_text


def plan(profile: Profile, facts: Facts) -> Plan:
    """The plan of all sites, with everything that does not fit."""
    findings: list[Finding] = []
    sites = tuple(_site(site, facts[site.name], profile, findings) for site in profile.sites)
    findings += _same_keys(profile.sites)
    return Plan(profile, sites, tuple(sorted(set(findings))))


def _site(site: Site, pools: tuple[Pool, ...], profile: Profile, findings: list[Finding]) -> SitePlan:
    ladders = []
    findings += _fargate(site, pools)
    for task in site.tasks:
        findings += _over_time(task, site)
        if task.additive:
            ladders.append(Ladder(task, ()))
            continue
        if task.memory_mib is None:
            findings.append(_no_memory(task, site))
            continue
        found = ladder(task, task.memory_mib.value, pools, site.settings.fit, profile.retry)
        if found is None:
            findings += _no_fit(task, task.memory_mib, site, pools)
        else:
            findings += _shrinking(found, site)
            ladders.append(found)
    return SitePlan(site, pools, tuple(ladders), _limits(site, pools, ladders))


def _fargate(site: Site, pools: Sequence[Pool]) -> Iterator[Finding]:
    """Nextflow runs a whole site on Fargate or none of it, and there is no host to bring the AWS CLI from."""
    if not any(pool.fixed for pool in pools) or not isinstance(site.settings, Batch):
        return
    for queue, pool in zip(site.queues, pools, strict=True):
        if pool.shapes and not pool.fixed:
            message = f"{pool.name} starts instances, other queues of {site.name} run on Fargate"
            yield Finding(queue.place, "fargate", message, "make two sites of them")
    if site.settings.staging != "fusion":
        message = f"{site.name} runs on Fargate, which has no host to take the AWS CLI from"
        yield Finding(site.place, "fargate", message, "say staging: fusion")
    if not site.settings.execution_role:
        message = f"{site.name} runs on Fargate, which needs a role to pull images with"
        yield Finding(site.place, "fargate", message, "say execution_role: arn:aws:iam::…:role/…")


def _no_memory(task: TaskClass, site: Site) -> Finding:
    message = f"no memory is said for {task.title} on {site.name}, so nothing can be shown to fit"
    return Finding(task.place, "missing-memory", message, "say it here, or under tasks.default")


def _over_time(task: TaskClass, site: Site) -> Iterator[Finding]:
    longest = site.limits.time_s
    if task.time_s is not None and longest is not None and task.time_s.value > longest:
        message = f"time {time_text(task.time_s.value)} is over the limit of {site.name} ({time_text(longest)})"
        yield Finding(task.time_s.place, "time-limit", message, f"ask for at most {time_text(longest)}")


def _no_fit(task: TaskClass, memory: Said[int], site: Site, pools: Sequence[Pool]) -> list[Finding]:
    """Why no queue holds it: over the site's limits, more than any machine has, or no one machine has both."""
    over = [*_over_limits(task, memory, site)]
    shapes = [shape for pool in pools for shape in pool.shapes]
    if not shapes:
        return over
    found = over or list(_over_shapes(task, memory, shapes, pools))
    if found:
        return found
    fitting = [shape.memory_mib for shape in shapes if shape.cpus >= task.cpus.value]
    queues = " or ".join(pool.name for pool in pools)
    message = f"no instance of {queues} has both {task.cpus.value} cpus and {memory_text(memory.value)}"
    advice = f"ask for at most {fit.whole_mib(max(fitting))} MB with so many cpus"
    return [Finding(memory.place, "memory-fit", message, advice)]


def _over_shapes(
    task: TaskClass, memory: Said[int], shapes: Sequence[Shape], pools: Sequence[Pool]
) -> Iterator[Finding]:
    queues = " or ".join(pool.name for pool in pools)
    broadest = max(shapes, key=lambda shape: (shape.cpus, shape.memory_mib))
    roomiest = max(shapes, key=lambda shape: (shape.memory_mib, shape.cpus))
    if task.cpus.value > broadest.cpus:
        message = f"{task.cpus.value} cpus do not fit {queues} (largest: {broadest.name}, {broadest.cpus} vCPUs)"
        yield Finding(task.cpus.place, "cpus-fit", message, f"ask for at most {broadest.cpus}")
    if memory.value > roomiest.memory_mib:
        message = f"memory {memory_text(memory.value)} does not fit {queues} (largest: {described(roomiest)})"
        yield Finding(memory.place, "memory-fit", message, f"ask for at most {fit.whole_mib(roomiest.memory_mib)} MB")


def _over_limits(task: TaskClass, memory: Said[int], site: Site) -> Iterator[Finding]:
    limits = site.limits
    if limits.cpus is not None and task.cpus.value > limits.cpus:
        message = f"{task.cpus.value} cpus are over the limit of {site.name} ({limits.cpus})"
        yield Finding(task.cpus.place, "cpus-fit", message, f"ask for at most {limits.cpus}")
    if limits.memory_mib is not None and memory.value > limits.memory_mib:
        most = memory_text(limits.memory_mib)
        message = f"memory {memory_text(memory.value)} is over the limit of {site.name} ({most})"
        yield Finding(memory.place, "memory-fit", message, f"ask for at most {most}")


def described(shape: Shape) -> str:
    """`c5.2xlarge, 15434 MiB, measured 2026-11-20`."""
    return f"{shape.name}, {shape.memory_mib} MiB, {shape.origin}"


def _shrinking(found: Ladder, site: Site) -> Iterator[Finding]:
    for before, after in pairwise(found.steps):
        if after.request.memory_mib < before.request.memory_mib:
            message = (
                f"attempt {after.attempt} of {found.task.title} on {after.request.queue} gets less memory "
                f"({after.request.memory_mib} MiB) than the one before ({before.request.memory_mib} MiB)"
            )
            place = next(queue.place for queue in site.queues if queue.value == after.request.queue)
            yield Finding(place, "shrinking", message, "name the queues in the order of their size", "warning")
            return


def _same_keys(sites: Sequence[Site]) -> Iterator[Finding]:
    """Every site must set the same keys in a selector: what one leaves out, the pipeline's own value fills."""
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
        said: Said[object] | None = getattr(task, key)
        if said is not None and lacking:
            word = key.removesuffix("_s")
            message = f"{word} of {task.title} is given for {site.name} but not for {', '.join(lacking)}"
            yield Finding(said.place, "task-parity", message, "say it under the shared tasks", "warning")


def _limits(site: Site, pools: Sequence[Pool], ladders: Sequence[Ladder]) -> Limits:
    """The most a task may ask for here: the largest shape (or a planned request that is larger in one respect),
    within what the profile says. Where no shapes are known: what the profile says, else the largest request."""
    requests = [step.request for found in ladders for step in found.steps]
    cpus = [request.cpus for request in requests]
    memory_mib = [request.memory_mib for request in requests]
    times = [found.task.time_s.value for found in ladders if found.task.time_s is not None]
    largest = fit.largest(pools)
    fixed = any(pool.fixed for pool in pools)
    if largest is not None:
        cpus.append(largest.cpus)
        memory_mib.append(largest.memory_mib if fixed else fit.whole_mib(largest.memory_mib))
    return Limits(
        cpus=_most(cpus, site.limits.cpus, known=largest is not None),
        memory_mib=_most(memory_mib, site.limits.memory_mib, known=largest is not None),
        time_s=site.limits.time_s or max(times, default=None),
    )


def _most(values: Sequence[int], limit: int | None, *, known: bool) -> int | None:
    if limit is not None and not known:
        return limit
    return min([max(values)] if limit is None else [max(values), limit]) if values else limit
