"""Plan → cells: what every process must come to, attempt by attempt and failure by failure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nfconfgen.plan.attempts import UNSET_ATTEMPTS, routed
from nfconfgen.plan.model import Attempt, Plan, SitePlan, TaskPlan
from nfconfgen.plan.plan import CAPS_SINCE
from nfconfgen.profile.model import Param, Retry
from nfconfgen.render import process
from nfconfgen.verify.model import Cell, Directive, Probe, SiteCells, Value
from nfconfgen.verify.stub_names import alone, probes

_HUGE = (100_000, 100_000_000, 100_000_000)


def site_cells(site: SitePlan, plan: Plan, version: tuple[int, ...]) -> SiteCells:
    """Everything to compare on one site with this version of Nextflow."""
    retry = site.site.retry
    attempts = max([len(task_plan.attempts) for task_plan in site.task_plans] + [retry.attempts or UNSET_ATTEMPTS])
    tasks = [task_plan.task for task_plan in site.task_plans]
    found, skipped = probes(site.site.name, tasks)
    by_class: dict[tuple[str, str], TaskPlan] = {
        (task_plan.task.kind, task_plan.task.name): task_plan for task_plan in site.task_plans
    }
    planned: dict[Cell, Value] = dict(_of_site(site))
    for number, probe in enumerate(found):
        planned.update(_of_class(number, by_class[probe.kind, probe.selector], site, plan, attempts))
    if not any(probe.kind == "default" for probe in found) and alone("NFCONFGEN_OWN", (), tasks):
        found.append(Probe("own", "", "NFCONFGEN_OWN", own=_HUGE))
        planned.update(_of_own(len(found) - 1, site, attempts, version))
    codes = exit_codes(retry)
    for number in range(len(found)):
        for attempt in range(1, attempts + 1):
            planned.update(_of_failures(number, attempt, codes, retry))
    return SiteCells(site.site.name, attempts, codes, tuple(found), planned, tuple(skipped))


def exit_codes(retry: Retry) -> tuple[int, ...]:
    """The failures to ask about: a plain error, a lost task, and both sides of every edge of what is retried."""
    edges = {code for low, high in retry.exit_codes or () for code in (low - 1, low, high, high + 1)}
    return tuple(sorted({1, process.LOST, *(code for code in edges if 0 < code < 256)}))


def _of_failures(number: int, attempt: int, codes: Iterable[int], retry: Retry) -> Iterator[tuple[Cell, Value]]:
    """What the profile sets of it; the rest is the pipeline's."""
    if retry.attempts is not None and retry.attempts > 1:
        yield Cell(number, "max_retries", attempt), retry.attempts - 1
    for code in codes if retry.sets_strategy else ():
        again = retry.again(None if code == process.LOST else code)
        yield Cell(number, "error_strategy", attempt, code), "RETRY" if again else retry.ends.upper()


def _of_site(site: SitePlan) -> Iterator[tuple[Cell, Value]]:
    yield Cell(None, "executor"), site.site.executor.name
    if site.site.work_dir:
        yield Cell(None, "work_dir"), site.site.work_dir
    params: dict[str, Param] = dict(site.site.params)
    for key, value in params.items():
        yield Cell(None, "params", key=key), value


def _of_class(
    number: int, task_plan: TaskPlan, site: SitePlan, plan: Plan, attempts: int
) -> Iterator[tuple[Cell, Value]]:
    """A class that only adds to others has the request of the default, which is all that its probe has besides."""
    default = next((other for other in site.task_plans if other.task.kind == "default"), None)
    image = task_plan.task.container or (default.task.container if default is not None else None)
    container = site.site.executor.containers(site, plan)(image.value)[0] if image is not None else None
    options = site.site.executor.cluster_options(site, task_plan, default)
    of_class = task_plan.attempts or (default.attempts if default is not None else ())
    for attempt in range(1, attempts + 1):
        yield Cell(number, "container", attempt), container
        yield Cell(number, "cluster_options", attempt), options
        if task_plan.task.time_s is not None:
            yield Cell(number, "time_s", attempt), task_plan.task.time_s.value
    # it hangs on all labels of a task: routing is held to the plan by tests
    moved = bool(process.addition(task_plan, default, site))
    for planned in of_class:
        for directive, value in _of_attempt(planned, site).items():
            if directive == "queue" and moved:
                continue
            yield Cell(number, directive, planned.number), value


def _of_attempt(planned: Attempt, site: SitePlan) -> dict[Directive, Value]:
    unasked = not site.site.settings.asks_memory
    return {
        "queue": planned.request.queue if site.site.executor.has_queues else None,
        "cpus": planned.request.cpus,
        "memory_mib": None if unasked else planned.request.memory_mib,
    }


def _of_own(number: int, site: SitePlan, attempts: int, version: tuple[int, ...]) -> Iterator[tuple[Cell, Value]]:
    """A process that asks for more than there is gets the limits, and goes where most is. Which queue that is, is
    only said for queues that are an escalation: there it is the last, or the one of the attempt where the queues are
    not known."""
    unasked = not site.site.settings.asks_memory
    limits = site.limits
    most: dict[Directive, int | None] = {
        "cpus": limits.cpus,
        "memory_mib": limits.memory_mib,
        "time_s": limits.time_s,
    }
    for attempt in range(1, attempts + 1):
        if not site.site.executor.has_queues:
            yield Cell(number, "queue", attempt), None
        elif len(site.pools) == 1:
            yield Cell(number, "queue", attempt), site.pools[0].name
        elif not routed(site.pools) and not any(pool.shapes for pool in site.pools):
            yield Cell(number, "queue", attempt), site.pools[min(attempt, len(site.pools)) - 1].name
        for directive, value in most.items():
            if directive == "memory_mib" and unasked:
                yield Cell(number, directive, attempt), None
            elif value is not None and version >= CAPS_SINCE:
                yield Cell(number, directive, attempt), value
