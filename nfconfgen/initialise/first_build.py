"""The build of a profile that is not written yet, and limits where queues do not hold what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nfconfgen.assess import Ask, Assessment, assess
from nfconfgen.conflicts.evaluate import unfit_processes
from nfconfgen.executors.table import EXECUTORS
from nfconfgen.facts.lock import Lock
from nfconfgen.facts.query import Query
from nfconfgen.findings import Finding, has_errors
from nfconfgen.initialise.first_sites import FirstSite
from nfconfgen.initialise.found import Found
from nfconfgen.plan.limits import Offer, offered
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.processes.model import SiteProcesses
from nfconfgen.processes.processes import processes
from nfconfgen.profile.load import load_text
from nfconfgen.profile.units import memory_text, time_text
from nfconfgen.sync.build_changes import build_of
from nfconfgen.sync.staging import Write

_LONG_S = 7 * 86400
"""Few tasks need longer."""


@dataclass(frozen=True, slots=True)
class FirstBuild:
    """The files of a build with its lock last, and what it proves of the processes (empty without a pipeline).
    Without a plan there are none. `unfit`: what their queue does not hold."""

    text: str
    assessment: Assessment
    plan: Plan | None = None
    writes: tuple[Write, ...] = ()
    planned: tuple[SiteProcesses, ...] = ()
    unfit: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (*self.assessment.findings, *self.unfit)

    @property
    def whole(self) -> bool:
        """Whether every site is built."""
        return self.plan is not None and not self.assessment.left_out


def build(path: Path, text: str, found: Found, query: Query) -> FirstBuild:
    loaded = load_text(text, str(path), EXECUTORS)
    assessment = assess(path, Ask(lambda _: query, lambda _: None, now=query.now), loaded)
    plan = assessment.plan
    if not assessment.readable or plan is None or not plan.sites or has_errors(assessment.stopping):
        return FirstBuild(text, assessment)
    changes, _ = build_of(assessment, plan, Lock(), path.parent / plan.profile.output, text.encode())
    writes = tuple(change.write() for change in changes)
    planned = processes(plan, found.sources) if found.pipeline else ()
    return FirstBuild(text, assessment, plan, writes, planned, tuple(unfit_processes(plan, planned)))


def with_limits(
    first: FirstBuild, sites: Sequence[FirstSite], again: Callable[[Sequence[FirstSite]], FirstBuild]
) -> FirstBuild:
    """The build with limits for the sites that do not hold what their processes ask for; the first one if limits do
    not help. Pipelines often ask for more with each attempt, and leave it to limits where that ends."""
    if first.plan is None or not first.unfit:
        return first
    overfull = {one.site.site.name: one.site for one in first.planned if _overfull(one)}
    limited = [
        replace(site, limits=_limits(overfull[site.name])) if site.name in overfull else site for site in sites
    ]
    second = again(limited)
    return second if second.plan is not None and len(second.unfit) < len(first.unfit) else first


def _overfull(one: SiteProcesses) -> bool:
    return any(attempt.findings for process in one.processes for attempt in process.attempts)


def _limits(site: SitePlan) -> dict[str, object]:
    """What the largest machine of one queue gives: whatever is capped at that fits there."""
    pools = [pool for pool in site.pools if pool.largest is not None]
    # a task without GPUs need not be welcome where they are
    plain = [pool for pool in pools if any(not shape.gpus for shape in pool.shapes)] or pools
    offers = [offered([replace(pool, shapes=tuple(filter(None, [pool.largest])), down=())]) for pool in plain]
    cpus, memory, time = max(offers, key=_room, default=(None, None, None))
    found = {
        "cpus": cpus and cpus.most,
        "memory": memory and memory_text(memory.most),
        "time": time and time_text(time.most),
    }
    return {key: value for key, value in found.items() if value}


def _room(offer: tuple[Offer | None, Offer | None, Offer | None]) -> int:
    """Memory times time, so that neither much memory for an hour nor little for a month is preferred."""
    _, memory, time = offer
    return (memory.most if memory else 1) * min(time.most if time else _LONG_S, _LONG_S)
