"""The build of a profile that is not written yet, and limits where queues do not hold what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

from nfconfgen.assess import Ask, Assessment, assess
from nfconfgen.conflicts.evaluate import unfit_processes
from nfconfgen.executors.table import EXECUTORS
from nfconfgen.facts.lock import Lock
from nfconfgen.facts.model import Pool
from nfconfgen.facts.query import Query
from nfconfgen.findings import Finding, has_errors
from nfconfgen.initialise.first_sites import FirstSite
from nfconfgen.initialise.found import Found
from nfconfgen.plan.limits import Offer, offered
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.processes.model import SiteProcesses
from nfconfgen.processes.processes import processes
from nfconfgen.profile.document import yaml12
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
    first: FirstBuild, sites: list[FirstSite], again: Callable[[Sequence[FirstSite]], FirstBuild]
) -> tuple[FirstBuild, list[FirstSite]]:
    """The build with limits for the sites that do not hold what their processes ask for; the first one if limits do
    not help. Pipelines often ask for more with each attempt, and leave it to limits where that ends."""
    if first.plan is None or not first.unfit:
        return first, sites
    overfull = {one.site.site.name: one.site for one in first.planned if any(plan.unfit for plan in one.processes)}
    limited = [_limited(site, overfull[site.name]) if site.name in overfull else site for site in sites]
    second = again(limited)
    return (second, limited) if _better(second, first) else (first, sites)


def with_gpu_limits(
    first: FirstBuild, sites: list[FirstSite], again: Callable[[Sequence[FirstSite]], FirstBuild]
) -> tuple[FirstBuild, list[FirstSite]]:
    """The build with limits for processes that fit nowhere, as the queues with GPUs have them; the first one if these
    do not help."""
    planned = {one.site.site.name: one for one in first.planned if first.unfit}
    limited = [_gpu_limited(site, planned[site.name]) if site.name in planned else site for site in sites]
    if limited == sites:
        return first, sites
    second = again(limited)
    return (second, limited) if _better(second, first) else (first, sites)


def _gpu_limited(site: FirstSite, planned: SiteProcesses) -> FirstSite:
    of_gpus = [(pool, tuple(shape for shape in pool.shapes if shape.gpus)) for pool in planned.site.pools]
    limits = _limits(planned.site, [replace(pool, shapes=shapes) for pool, shapes in of_gpus if shapes])
    unfit = {plan.task.alias for plan in planned.processes if plan.unfit}
    if not limits or (site.brought is not None and "tasks" in site.brought.keys):
        return site
    return replace(site, gpu_limits=dict.fromkeys(sorted(unfit), limits))


def _better(second: FirstBuild, first: FirstBuild) -> bool:
    return second.plan is not None and len(second.unfit) < len(first.unfit)


def gpu_processes(built: FirstBuild) -> list[str]:
    """Processes that ask for GPUs where no site has any, mostly those of an option that a pipeline offers besides:
    nothing in a profile takes the GPUs of a process away."""
    found = [{*_of_gpus(one)} for one in built.planned]
    return sorted(set.intersection(*found)) if found else []


def _of_gpus(one: SiteProcesses) -> Iterator[str]:
    for process in one.processes:
        rules = {finding.rule for attempt in process.attempts for finding in attempt.findings}
        if rules == {"gpus-fit"} and not any(shape.gpus for pool in one.site.pools for shape in pool.shapes):
            yield process.task.alias


def without_faults(
    sites: list[FirstSite], built_for: Callable[[Sequence[FirstSite]], FirstBuild]
) -> tuple[FirstBuild, list[FirstSite]]:
    """The build without those keys of existing configs that stop it, as they are of another cluster or account."""
    built = built_for(sites)
    while faults := list(_faults(built)):
        sound = [_sound(site, faults) for site in sites]
        if sound == sites:
            return _without_options(built, sites, built_for)
        sites, built = sound, built_for(sound)
    return built, sites


def _without_options(
    built: FirstBuild, sites: list[FirstSite], built_for: Callable[[Sequence[FirstSite]], FirstBuild]
) -> tuple[FirstBuild, list[FirstSite]]:
    """The same where the error is not at the key: without one of the options of jobs, with which no queue takes
    them."""
    for at, site in enumerate(sites):
        why = next((finding.message for path, finding in _faults(built) if path[1:2] == (site.name,)), "")
        for key in EXECUTORS[site.executor].options if why and site.brought is not None else ():
            brought = site.brought.without((key,), why) if site.brought is not None else None
            trial = [*sites[:at], replace(site, brought=brought), *sites[at + 1 :]]
            if brought == site.brought:
                continue
            made = built_for(trial)
            if not any(path[1:2] == (site.name,) for path, _ in _faults(made)):
                built, sites = made, trial
                break
    return built, sites


def _faults(built: FirstBuild) -> Iterator[tuple[tuple[str | int, ...], Finding]]:
    """Each error of the profile, with the path of the key where it is."""
    document, _ = yaml12.parse(built.text, str(built.assessment.path))
    assert document is not None, "it was made here"
    for finding in built.assessment.findings:
        if finding.level == "error" and finding.place.file == document.file:
            before = [(key.line, key.column, path) for path, key in document.keys.items() if key <= finding.place]
            yield max(before, default=(0, 0, ()))[2], finding


def _sound(site: FirstSite, faults: Sequence[tuple[tuple[str | int, ...], Finding]]) -> FirstSite:
    """The site without the first key of its config at which there is an error."""
    for path, finding in faults:
        if site.brought is not None and path[:2] == ("sites", site.name):
            # items of a list have no comments of their own
            keys = tuple(map(str, takewhile(lambda key: isinstance(key, str), path[2:])))
            brought = site.brought.without(keys, finding.text) if keys else site.brought
            if brought != site.brought:
                return replace(site, brought=brought)
    return site


def _limited(site: FirstSite, planned: SitePlan) -> FirstSite:
    brought = site.brought.without(("limits",), "no queue holds so much") if site.brought is not None else None
    pools = [pool for pool in planned.pools if pool.largest is not None]
    # a task without GPUs need not be welcome where they are
    plain = [pool for pool in pools if any(not shape.gpus for shape in pool.shapes)] or pools
    return replace(site, limits=_limits(planned, plain), brought=brought)


def _limits(site: SitePlan, pools: Sequence[Pool]) -> dict[str, object]:
    """What the largest machine of one of these queues gives, or less if that is its limit: whatever is capped at that
    fits there."""
    offers = [offered([replace(pool, shapes=tuple(filter(None, [pool.largest])), down=())]) for pool in pools]
    cpus, memory, time = max(offers, key=_room, default=(None, None, None))
    known = site.site.limits
    most = {
        "cpus": _least(cpus, known.cpus),
        "memory": _least(memory, known.memory_mib),
        "time": _least(time, known.time_s),
    }
    texts = {"memory": memory_text, "time": time_text}
    return {key: texts[key](value) if key in texts else value for key, value in most.items() if value}


def _least(offer: Offer | None, limit: int | None) -> int | None:
    return min((number for number in (offer and offer.most, limit) if number), default=None)


def _room(offer: tuple[Offer | None, Offer | None, Offer | None]) -> int:
    """Memory times time, so that neither much memory for an hour nor little for a month is preferred."""
    _, memory, time = offer
    return (memory.most if memory else 1) * min(time.most if time else _LONG_S, _LONG_S)
