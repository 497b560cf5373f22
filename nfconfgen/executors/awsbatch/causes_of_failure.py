"""What each kind of failure on AWS Batch leads to, from the retry settings of a site and its plan."""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.executors.awsbatch.settings import settings_of
from nfconfgen.plan.model import SitePlan, TaskPlan
from nfconfgen.profile.retry_settings import Retry
from nfconfgen.profile.units import time_text
from nfconfgen.wording import listed, plural

OUT_OF_MEMORY = 137
"""The exit code of a process that the kernel ends, as it does at the memory limit of a container."""


def failures(site: SitePlan) -> Iterator[str]:
    """A sentence for each kind. What the pipeline's own errorStrategy decides is left to it."""
    retry = site.site.retry
    yield from _spot(site, retry)
    if not retry.sets_strategy:
        return
    yield f"a task that runs out of memory ends with exit code {OUT_OF_MEMORY}: {_after_memory(site, retry)}"
    if any(attempt.request.time_s for found in site.task_plans for attempt in found.attempts):
        yield (
            "a task over its time limit is ended by Batch, which looks like one out of memory "
            f"(exit code {OUT_OF_MEMORY}) or a lost one: {_after_time(site, retry)}"
        )
    yield from _unplaced(site, retry)


def _after_memory(site: SitePlan, retry: Retry) -> str:
    if not retry.again(OUT_OF_MEMORY):
        return f"it is not retried; exit_codes: [{OUT_OF_MEMORY}] would"
    grown = [found for found in site.task_plans if _requests(found) and max(_requests(found)) > _requests(found)[0]]
    if grown or retry.memory != "same":
        return "it is retried with more memory" + (", on a larger queue" if any(map(_moves, grown)) else "")
    advice = "set retry.memory, or add a queue of larger instances"
    return f"it is retried with the same memory, and fails again; {advice}"


def _requests(found: TaskPlan) -> list[int]:
    return [attempt.request.memory_mib for attempt in found.attempts]


def _moves(found: TaskPlan) -> bool:
    return len({attempt.request.queue for attempt in found.attempts}) > 1


def _after_time(site: SitePlan, retry: Retry) -> str:
    if not retry.again(OUT_OF_MEMORY) and not retry.again(None):
        return "it is not retried"
    if retry.time != "same":
        return "it is retried with more time"
    larger = any(len(set(_requests(found))) > 1 for found in site.task_plans)
    useless = "more memory, which does not help, and " if larger else ""
    return f"it is retried with {useless}the same time, and ended again; retry.time gives it more"


def _spot(site: SitePlan, retry: Retry) -> Iterator[str]:
    """What follows when AWS reclaims an instance."""
    pools = {pool.name: pool for pool in site.every_pool}
    spot = [name for name, pool in pools.items() if pool.reclaimable]
    if not spot:
        return
    starts = f"{listed(spot)} {plural(len(spot), 'starts', 'start')} Spot instances, which AWS may reclaim"
    tries = settings_of(site.site).spot_attempts
    if tries:
        starts += f": Batch itself starts the task again there, up to {tries} times"
    if not retry.sets_strategy:
        yield f"{starts}; whether such a task is retried, the pipeline's errorStrategy decides"
        return
    if not retry.again(None):
        yield f"{starts}; such a task is not retried, as retry.lost is not set"
        return
    on_demand = [name for name, pool in pools.items() if not pool.reclaimable and pool.known]
    last = {found.attempts[-1].request.queue for found in site.task_plans if found.attempts}
    where = f"the next attempt goes on, in the end on demand on {listed(on_demand)}" if last & set(on_demand) else ""
    yield f"{starts}; {where or 'each attempt may be reclaimed, as no later one is on demand'}"


def _unplaced(site: SitePlan, retry: Retry) -> Iterator[str]:
    """What follows when a job waits for an instance in vain."""
    settings = settings_of(site.site)
    waits = {each.queue: each.capacity_wait_s for each in settings.declared if each.capacity_wait_s is not None}
    then = (
        "retried, on the next queue if there is one" if retry.again(None) else "not retried, as retry.lost is not set"
    )
    for queue, seconds in waits.items():
        yield f"a task that {queue} has had no instance for after {time_text(seconds)} is cancelled and {then}"
    if settings.unschedulable == "fail":
        yield f"a task that no instance can hold is ended at once and {then} (unschedulable: fail)"
