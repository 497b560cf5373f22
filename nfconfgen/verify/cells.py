"""The planned value of every directive of every stub process, for each attempt and failure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from nfconfgen.nextflow import stand_ins
from nfconfgen.plan.admission import Need
from nfconfgen.plan.attempts import UNSET_ATTEMPTS, grown
from nfconfgen.plan.model import Attempt, Plan, SitePlan, TaskPlan
from nfconfgen.plan.plan import CAPS_SINCE
from nfconfgen.plan.route import NOWHERE, route
from nfconfgen.profile.model import Limits, Site
from nfconfgen.profile.references import line, settled
from nfconfgen.profile.retry_settings import Retry
from nfconfgen.render import process
from nfconfgen.verify.model import Cell, SiteCells, Stub, Value
from nfconfgen.verify.stub_names import alone, stubs

_GROWING = frozenset(("cpus", "memory_mib", "time_s", "queue", "cluster_options"))
_HUGE = (100_000, 100_000_000, 100_000_000)


def site_cells(site: SitePlan, plan: Plan, version: tuple[int, ...]) -> SiteCells:
    """Everything to compare on one site with this version of Nextflow."""
    retry = site.site.retry
    attempts = max([len(task_plan.attempts) for task_plan in site.task_plans] + [retry.attempts or UNSET_ATTEMPTS])
    tasks = [task_plan.task for task_plan in site.task_plans]
    found, skipped = stubs(site.site.name, tasks)
    by_class: dict[tuple[str, str], TaskPlan] = {(part.task.kind, part.task.name): part for part in site.task_plans}
    given = stand_ins(site.site.variables)
    planned: dict[Cell, Value] = dict(_of_site(site, given))
    container = site.site.executor.containers(site, plan)
    retries = [_retry_of(stub, by_class, site) for stub in found]
    codes = exit_codes([retry, *retries])
    for number, stub in enumerate(found):
        of_class = dict(_of_class(number, by_class[stub.kind, stub.selector], site, container, attempts, version))
        grow_on = retries[number].grow_on
        if grow_on is not None and not any(low <= codes[-1] <= high for low, high in grow_on):
            # another class decides after which code sizes are read
            of_class = {cell: value for cell, value in of_class.items() if cell.directive not in _GROWING}
        planned.update(of_class)
    if not any(stub.kind == "default" for stub in found) and alone("NFCONFGEN_OWN", (), tasks):
        found.append(Stub("own", "", "NFCONFGEN_OWN", own=_HUGE))
        planned.update(_of_own(len(found) - 1, site, attempts, version))
    retries += [retry] * (len(found) - len(retries))
    for number, own in enumerate(retries):
        for attempt in range(1, attempts + 1):
            planned.update(_of_failures(number, attempt, codes, own))
    return SiteCells(site.site.name, attempts, codes, tuple(found), planned, tuple(skipped), given)


def _retry_of(stub: Stub, by_class: Mapping[tuple[str, str], TaskPlan], site: SitePlan) -> Retry:
    """The retry settings of a stub process: its class may have its own."""
    task_plan = by_class.get((stub.kind, stub.selector))
    return task_plan.on(site).site.retry if task_plan is not None else site.site.retry


def exit_codes(retries: Sequence[Retry]) -> tuple[int, ...]:
    """The failures to compare: a plain error, a lost task, and both sides of every bound of the retried codes."""
    every = {span for retry in retries for span in retry.exit_codes or ()}
    edges = {code for low, high in every for code in (low - 1, low, high, high + 1)}
    codes = sorted({1, process.LOST, *(code for code in edges if 0 <= code < 256)})
    # sizes are read after the last one
    after = next((retry.grows_after for retry in retries if retry.grow_on is not None), None)
    return (*(code for code in codes if code != after), *([after] if after is not None else []))


def _of_failures(number: int, attempt: int, codes: Iterable[int], retry: Retry) -> Iterator[tuple[Cell, Value]]:
    """The retry settings that the profile sets; the pipeline decides the others."""
    if retry.attempts is not None and retry.attempts > 1:
        yield Cell(number, "max_retries", attempt), retry.attempts - 1
    for code in codes if retry.sets_strategy else ():
        strategy = retry.strategy(None if code == process.LOST else code, attempt)
        yield Cell(number, "error_strategy", attempt, code), strategy.upper()


def _of_site(site: SitePlan, given: Mapping[str, str]) -> Iterator[tuple[Cell, Value]]:
    yield Cell(None, "executor"), site.site.executor.name
    if site.site.work_dir:
        yield Cell(None, "work_dir"), settled(site.site.work_dir, site.site.params, given)
    for key, value in site.site.params.items():
        yield Cell(None, "params", key=key), settled(value, site.site.params, given)


def _of_class(
    number: int,
    task_plan: TaskPlan,
    site: SitePlan,
    containers: process.Container,
    attempts: int,
    version: tuple[int, ...],
) -> Iterator[tuple[Cell, Value]]:
    """A class that only adds to others has the request of the default, the only other class of its stub process."""
    default = site.default
    image = task_plan.task.container or (default.task.container if default is not None else None)
    container = containers(image.value)[0] if image is not None else None
    of_class = task_plan.attempts or (default.attempts if default is not None else ())
    own = task_plan.on(site).site
    submitted = [planned.request.options for planned in of_class if not own.pinned or task_plan.attempts] or [()]
    by_rules = any(rule.options for rule in own.rules)
    for attempt in range(1, attempts + 1):
        yield Cell(number, "container", attempt), container
        options = submitted[min(attempt, len(submitted)) - 1]
        # rules decide about the sum of what an additive class and others set, and attempt by attempt
        if not by_rules or (task_plan.attempts and attempt <= len(submitted)):
            gpus = process.gpus_of(site, task_plan)
            words = site.site.executor.cluster_options(own, options, gpus)
            written = line(words, own.params, stand_ins(site.site.variables))
            yield Cell(number, "cluster_options", attempt), written or None
        if task_plan.task.time_s is not None:
            yield Cell(number, "time_s", attempt), _time_s(task_plan, task_plan.task.time_s.value, attempt, site)
    # a label that adds time, GPUs or options to the default may need another queue than the default alone
    task = task_plan.task
    moved = not task_plan.attempts and (task.time_s or task.accelerator or own is not site.site)
    for planned in of_class:
        if own.pinned:
            yield Cell(number, "queue", planned.number), _written(own) or own.queues[0].value
        elif not moved:
            queue = planned.request.queue if site.site.names_queues else None
            yield Cell(number, "queue", planned.number), _written(site.site) or queue
        yield from _sizes(number, planned, task_plan, site, version)


def _sizes(
    number: int, planned: Attempt, task_plan: TaskPlan, site: SitePlan, version: tuple[int, ...]
) -> Iterator[tuple[Cell, Value]]:
    """CPUs and memory. Those of the default are not cut yet where an additive class has smaller limits."""
    most = Limits() if task_plan.attempts else task_plan.limits(site)
    asks = site.site.settings.asks_memory
    request = planned.request
    for directive, value, limit in (
        ("cpus", request.cpus, most.cpus),
        ("memory_mib", request.memory_mib if asks else None, most.memory_mib),
    ):
        cut = value is not None and limit is not None and limit < value
        if not cut or version >= CAPS_SINCE:
            yield Cell(number, directive, planned.number), limit if cut else value


def _written(site: Site) -> str | None:
    """The queue that is read when Nextflow starts; None: it is named, or chosen."""
    text = next((named.text for named in site.queues if named.text is not None), None)
    value = settled(text, site.params, stand_ins(site.variables))
    return str(value).lower() if isinstance(value, bool) else value


def _time_s(task_plan: TaskPlan, time_s: int, attempt: int, site: SitePlan) -> int | None:
    """That of the attempt; the last holds for all later ones. Without attempts it grows, up to the limit."""
    if task_plan.attempts:
        return task_plan.attempts[min(attempt, len(task_plan.attempts)) - 1].request.time_s
    wanted = grown(time_s, attempt, task_plan.on(site).site.retry.time)
    most_s = task_plan.limits(site).time_s
    return wanted if most_s is None else min(wanted, max(most_s, time_s))


def _of_own(number: int, site: SitePlan, attempts: int, version: tuple[int, ...]) -> Iterator[tuple[Cell, Value]]:
    """A process that requests more than there is gets the limits, and a queue that holds them, if any does."""
    limits = site.limits
    most = {"cpus": limits.cpus, "memory_mib": limits.memory_mib, "time_s": limits.time_s}
    for attempt in range(1, attempts + 1):
        yield Cell(number, "queue", attempt), _queue_of_own(site, attempt, version)
        for directive, value in most.items():
            if directive == "memory_mib" and not site.site.settings.asks_memory:
                yield Cell(number, directive, attempt), None
            elif value is not None and version >= CAPS_SINCE:
                yield Cell(number, directive, attempt), value


def _queue_of_own(site: SitePlan, attempt: int, version: tuple[int, ...]) -> str | None:
    if not site.site.names_queues or not site.pools:
        return None
    if (written := _written(site.site)) is not None:
        return written
    limits = site.limits if version >= CAPS_SINCE else Limits()
    capped = zip(_HUGE, (limits.cpus, limits.memory_mib, limits.time_s), strict=True)
    cpus, memory_mib, time_s = (asked if limit is None else min(asked, limit) for asked, limit in capped)
    need = Need(cpus, memory_mib if site.site.settings.asks_memory else 1, time_s)
    pool = route(site.site, site.pools, need, attempt, waiting=True)
    return pool.name if pool is not None else NOWHERE
