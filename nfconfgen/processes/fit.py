"""Whether the queue that an attempt goes to holds what it asks for."""

from __future__ import annotations

from nfconfgen.facts.model import Pool
from nfconfgen.findings import Finding, Place
from nfconfgen.plan import misfit, placement
from nfconfgen.plan.attempts import first_need
from nfconfgen.plan.model import SitePlan
from nfconfgen.plan.route import NOWHERE, with_cpus
from nfconfgen.processes.model import Asked, Asks, ProcessAttempt
from nfconfgen.profile.model import Accelerator, TaskClass
from nfconfgen.profile.queue_model import Located
from nfconfgen.profile.references import line


def attempt(number: int, asks: Asks, site: SitePlan, place: Place) -> ProcessAttempt:
    """The attempt with the machine that holds it, in the default queue if none is set; `place` is the position of the
    process. A task without memory is checked with the least, as a default of the scheduler applies."""
    if asks.unknown or (site.site.names_queues and asks.queue.value is None):
        return ProcessAttempt(number, asks)
    task = _as_class(asks, place, asks_memory=site.site.settings.asks_memory)
    assert task.memory_mib is not None
    need = first_need(task, task.memory_mib.value)
    pools = _queues(asks, site)
    if not any(pool.known for pool in pools):
        return ProcessAttempt(number, asks)
    if asks.queue.value != NOWHERE:
        for pool in pools:
            needed = with_cpus(need, pool)
            if placement.can_place(pool, needed):
                return ProcessAttempt(number, asks, placement.smallest(pool, needed), checked=True)
    found = misfit.no_fit(task, task.memory_mib, site.site, pools)
    return ProcessAttempt(number, asks, None, tuple(found or [_nowhere(task, site)]), checked=True)


def _queues(asks: Asks, site: SitePlan) -> list[Pool]:
    """The queue that the attempt goes to, as it is for jobs with its options; all if none holds it."""
    seen = [site, *(found.own for found in site.task_plans if found.own is not None)]
    named = [(each, pool) for each in seen for pool in each.pools if asks.queue.value in (pool.name, NOWHERE, None)]
    if len(seen) == 1 and not site.site.rules:
        return [pool for _, pool in named]
    gpus = Accelerator(*asks.gpus.value) if asks.gpus.value is not None else None
    options, text = site.site.executor.cluster_options, asks.options.value or ""
    alike = [
        pool for each, pool in named if line(options(each.site, pool.options, gpus), each.site.params, {}) == text
    ]
    # options that are not ours say nothing about the queue
    return alike or [pool for each, pool in named if each is site] or [pool for _, pool in named]


def _as_class(asks: Asks, place: Place, *, asks_memory: bool) -> TaskClass:
    """The request as a class of the profile, each value at the line that sets it."""

    def at(asked: Asked[object]) -> Place:
        return asked.place or place

    gpus = asks.gpus.value
    memory_mib = asks.memory_mib.value if asks_memory else None
    return TaskClass(
        kind="process",
        name="it",
        place=place,
        cpus=Located(asks.cpus.value or 1, at(asks.cpus)),
        memory_mib=Located(memory_mib or 1, at(asks.memory_mib)),
        time_s=Located(asks.time_s.value, at(asks.time_s)) if asks.time_s.value is not None else None,
        disk_mib=None,
        container=None,
        accelerator=Located(Accelerator(*gpus), at(asks.gpus)) if gpus is not None and gpus[0] else None,
    )


def _nowhere(task: TaskClass, site: SitePlan) -> Finding:
    words = site.site.executor.words
    message = f"no {words.queue} holds it, so {words.scheduler} would refuse it"
    assert task.memory_mib is not None
    return Finding(task.memory_mib.place, "memory-fit", message, f"ask for less, or name another {words.queue}")
