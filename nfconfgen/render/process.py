"""The process scope of a site: directives of each task class, retries and limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from nfconfgen.plan.attempts import grown
from nfconfgen.plan.model import SitePlan, TaskPlan
from nfconfgen.plan.plan_table import asks_cpus, attempt_lines, gpus_asked, whole
from nfconfgen.profile.model import Accelerator, Limits, Site, TaskClass
from nfconfgen.profile.queue_model import Located
from nfconfgen.profile.retry_settings import Retry
from nfconfgen.profile.units import exit_code_texts
from nfconfgen.render import by_rule, groovy, routing, sizes
from nfconfgen.render.groovy import Code
from nfconfgen.render.section import Block, Setting

LOST = 2147483647
"""Nextflow's exit code of a task that left none: reclaimed, host lost, killed from outside."""

Container = Callable[[str], "tuple[str, str]"]
"""From an image to the value of `container`, and a comment on it (may be empty)."""

Directives = Callable[[TaskPlan, "list[Setting]"], "list[Setting]"]
"""The directives of an executor for the request of a class (may be empty)."""


def blocks(
    plan: SitePlan, container: Container, directives: Directives, family: Sequence[Limits] = ()
) -> list[Block]:
    """The default, then labels, then processes: later and more specific blocks take precedence in both parsers.
    `family` are the limits of all variants of the site."""
    default = plan.default
    labels = [task_plan for task_plan in plan.task_plans if task_plan.task.kind == "label"]
    # a label that only adds GPUs comes last, or a whole request next to it would remove them
    adding = [task_plan for task_plan in labels if task_plan.task.additive and own_accelerator(task_plan)]
    ordered = [
        *(task_plan for task_plan in plan.task_plans if task_plan is default),
        *(task_plan for task_plan in labels if task_plan not in adding),
        *adding,
        # a qualified name is more exact than another, whatever their order
        *sorted(
            (task_plan for task_plan in plan.task_plans if task_plan.task.kind == "process"),
            key=lambda task_plan: ":" in task_plan.task.name,
        ),
    ]
    # classes with the same request share their attempts, and so the comment on them
    tables = {
        key: tuple(attempt_lines(task_plan, plan)) if task_plan.attempts else ()
        for key, task_plan in {id(task_plan.attempts): task_plan for task_plan in ordered}.items()
    }
    made = []
    for task_plan in ordered:
        table = tables[id(task_plan.attempts)]
        retry = task_plan.on(plan).site.retry
        request = _request(task_plan, plan) if task_plan.attempts else _cpus_alone(task_plan, retry)
        settings = [*_queue(task_plan, plan), *request]
        if task_plan.task.time_s is not None and (_sets(task_plan.task, "time") or _other_time(task_plan, plan)):
            settings.append(("time", _time(task_plan, task_plan.task.time_s.value, task_plan.on(plan))))
        settings = directives(task_plan, settings)
        if "container_options" in task_plan.task.sets and task_plan.task.kind != "default":
            code = by_rule.container_options(task_plan.on(plan).site)
            settings.append(("containerOptions", code or groovy.quote("")))
        if task_plan.own is not None:
            settings += _own_retries(task_plan.task, retry)
        settings += [(name, groovy.quote(value.value)) for name, value in task_plan.task.nextflow]
        if "limits" in task_plan.task.sets:
            most = sizes.resource_limits(task_plan.limits(plan), family)
            settings += [("resourceLimits", most)] if most is not None else []
        made.append(Block(task_plan.task, table, tuple(settings), *_image(task_plan, container)))
    return made


def _sets(task: TaskClass, key: str) -> bool:
    """Whether a class sets this size, or how it grows."""
    return key in task.sets or f"retry.{key}" in task.sets


_STRATEGY = frozenset(f"retry.{key}" for key in ("exit_codes", "lost", "otherwise", "last"))


def _own_retries(task: TaskClass, retry: Retry) -> list[Setting]:
    """The retry directives that a class sets; the rest of `retry` is that of the site."""
    attempts = "retry.attempts" in task.sets
    strategy = bool(task.sets & _STRATEGY) or (attempts and (retry.attempts == 1 or retry.last is not None))
    wanted = {"errorStrategy": strategy, "maxRetries": attempts}
    # Nextflow takes 1, its default, in a selector for not set, and the number of the process scope holds (measured)
    one = {"1": Code("{ 1 }")}
    return [(key, one.get(value, value)) for key, value in retries(retry) if wanted[key]]


def _other_time(task_plan: TaskPlan, plan: SitePlan) -> bool:
    """Whether the time that this class has from the default stops growing elsewhere than that of the default."""
    own = [attempt.request.time_s for attempt in task_plan.attempts]
    inherited = [attempt.request.time_s for attempt in plan.default.attempts] if plan.default is not None else []
    return any(time_s != other for time_s, other in zip(own, inherited, strict=False))


def _time(task_plan: TaskPlan, time_s: int, on: SitePlan) -> Code:
    """The planned times; a class that only adds to others has none, and grows as the profile says."""
    retry, planned = on.site.retry, [attempt.request.time_s for attempt in task_plan.attempts]
    known = [each for each in planned if each is not None]
    first = groovy.duration(known[0] if known else time_s)
    if known:
        return sizes.after(retry, sizes.by_attempt(known, retry.time, groovy.duration, on), first)
    return sizes.after(retry, groovy.grown(first, retry.time, groovy.duration), first)


def _cpus_alone(task_plan: TaskPlan, retry: Retry) -> list[Setting]:
    """The CPUs of a class for which nothing sets a memory."""
    if "cpus" not in task_plan.task.sets:
        return []
    first = groovy.quote(task_plan.task.cpus.value)
    return [("cpus", sizes.after(retry, groovy.grown(first, retry.cpus, groovy.quote), first))]


def _request(task_plan: TaskPlan, plan: SitePlan) -> list[Setting]:
    """A class writes what it sets: values of the default come from the default, or from the pipeline."""
    requests, task = [attempt.request for attempt in task_plan.attempts], task_plan.task
    every = task.kind == "default" or whole(plan)
    # memory that comes with CPUs takes more of them, or less than for the memory of the default
    on = task_plan.on(plan)
    retry = on.site.retry
    own = [grown(task.cpus.value, number, retry.cpus) for number in range(1, len(requests) + 1)]
    more = any(request.cpus > cpus for request, cpus in zip(requests, own, strict=True))
    more = more or _other_cpus(task_plan, plan)
    cpus = sizes.by_attempt([request.cpus for request in requests], retry.cpus, groovy.quote, on)
    cpus = sizes.after(retry, cpus, groovy.quote(requests[0].cpus))
    memory = sizes.by_attempt([request.memory_mib for request in requests], retry.memory, groovy.memory, on)
    memory = sizes.after(retry, memory, groovy.memory(requests[0].memory_mib))
    return [
        *([("cpus", cpus)] if asks_cpus(task_plan, plan) and (every or more or _sets(task, "cpus")) else []),
        *([("memory", memory)] if every or _sets(task, "memory") else []),
    ]


def _other_cpus(task_plan: TaskPlan, plan: SitePlan) -> bool:
    """Whether memory comes with CPUs, and this class takes another number of them than the default."""
    given = any(pool.given_per_cpu_mib is not None for pool in task_plan.on(plan).pools)
    inherited = [attempt.request.cpus for attempt in plan.default.attempts] if plan.default is not None else []
    return given and bool(inherited) and inherited != [attempt.request.cpus for attempt in task_plan.attempts]


def _queue(task_plan: TaskPlan, plan: SitePlan) -> Iterator[Setting]:
    """The queue that the class names; or only where that of the whole site cannot see what is asked (a task without
    memory), or is another one with the options of this class."""
    own, requests = task_plan.on(plan), [attempt.request for attempt in task_plan.attempts]
    if own.site.pinned:
        if "queue" in task_plan.task.sets:
            named = own.site.queues[0]
            yield "queue", groovy.directive(named.text or named.value)
    elif plan.site.names_queues and requests and _unseen(own.site):
        yield "queue", groovy.by_attempt([groovy.quote(request.queue) for request in requests])
    elif own is not plan and plan.site.names_queues and own.pools:
        code = routing.routing(own)
        seen = {"limits", *(name for name, _ in task_plan.task.options)}
        if task_plan.task.sets & seen and code != routing.routing(plan):
            yield "queue", code


def _unseen(site: Site) -> bool:
    """Whether the queue depends on a memory that no task asks for."""
    by_memory = any(bound.by_memory for rule in site.rules for bound in rule.when)
    return not site.settings.asks_memory and (site.choice != "rules" or by_memory)


def _image(task_plan: TaskPlan, container: Container) -> tuple[str, str]:
    image = task_plan.task.container
    # an image of the default would override the containers of the pipeline's processes in a selector
    return ("", "") if image is None or "container" not in task_plan.task.sets else container(image.value)


def accelerated(plan: SitePlan) -> bool:
    """Whether any class requests GPUs. Every class then sets their number, or a process could get those of another of
    its labels."""
    return any(gpus_asked(task_plan.task) for task_plan in plan.task_plans)


def accelerator(asked: Located[Accelerator] | None) -> Code:
    """The value of `accelerator`, also for a class without GPUs."""
    if asked is None or asked.value.count == 0:
        return groovy.quote(None)
    count = groovy.quote(asked.value.count)
    return Code(f"[request: {count}, type: {groovy.quote(asked.value.type)}]") if asked.value.type else count


def own_accelerator(task_plan: TaskPlan) -> bool:
    """Whether a class sets its GPUs: an additive one only if the profile sets them for it."""
    return not task_plan.task.additive or "accelerator" in task_plan.task.sets


def gpus_of(plan: SitePlan, task_plan: TaskPlan) -> Accelerator | None:
    """The GPUs of tasks of a class: its own, or those of the default."""
    return (task_plan if own_accelerator(task_plan) or plan.default is None else plan.default).task.gpus


def retries(retry: Retry) -> list[Setting]:
    """errorStrategy and maxRetries, each only if the profile sets it, since it replaces the pipeline's own."""
    found = []
    if retry.sets_strategy:
        found.append(("errorStrategy", _strategy(retry)))
    if retry.attempts is not None and retry.attempts > 1:
        found.append(("maxRetries", groovy.quote(retry.attempts - 1)))
    return found


def _strategy(retry: Retry) -> Code:
    """A closure on the exit code, or a literal if it is the same for all."""
    codes = groovy.exit_codes(retry.exit_codes or (), *([LOST] if retry.lost else []))
    ends, again = groovy.quote(retry.ends), "'retry'"
    if retry.last is not None and retry.attempts is not None:
        last = groovy.quote(retry.last)
        again = f"(task.attempt < {retry.attempts} ? 'retry' : {last})" if retry.attempts > 1 else last
    elif retry.attempts == 1:
        return ends
    return Code(f"{{ task.exitStatus in {codes} ? {again} : {ends} }}") if codes and again != ends else ends


def retry_note(retry: Retry) -> str:
    """The comment on errorStrategy."""
    if retry.attempts == 1:
        return "no task is retried"
    if not retry.sets_strategy:
        settings = "errorStrategy decides" if retry.attempts else "errorStrategy and maxRetries decide"
        return f"the pipeline's {settings} which tasks are retried"
    codes = f"exit codes {', '.join(spans)}" if (spans := exit_code_texts(retry.exit_codes)) else ""
    grows = f"; requests grow after {', '.join(exit_code_texts(retry.grow_on))}" if retry.grow_on else ""
    if not retry.lost:
        return f"retried: {codes}{grows}" if codes else "no task is retried"
    lost = f"{LOST}, a task without exit code (lost with its machine)"
    return f"retried: {f'{codes}, and ' if codes else ''}{lost}{grows}"
