"""Findings by outcome: processes whose requests do not fit, have no time, or are not known before they run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from nfconfgen.findings import Finding, Place
from nfconfgen.plan.route import NOWHERE, unset_times_s
from nfconfgen.processes.misfits import misfits
from nfconfgen.processes.model import SIZES, ProcessPlan, SiteProcesses
from nfconfgen.profile.units import time_text
from nfconfgen.wording import counted, listed, plural

_SHOWN = 3
"""Processes, or reasons, that one message names."""


def outcomes(site: SiteProcesses, known: Iterable[Finding], place: Place) -> Iterator[Finding]:
    """`known` are the findings of the plan, whose classes need no second one; `place` is that of the site's default
    class. As findings of several sites are merged, they do not name the site."""
    yield from unfit(site, known)
    if site.site.site.settings.asks_memory:
        yield from _bare(site, place)
    yield from _untimed(site, place)
    yield from _cut(site, place)
    yield from _unknown(site, place)
    yield from _theirs(site, place)


def unfit(site: SiteProcesses, known: Iterable[Finding]) -> Iterator[Finding]:
    """Requests that do not fit, without classes that the plan itself reports (`known`)."""
    reported = {(finding.place, finding.rule) for finding in known}
    for finding in misfits(site):
        if (finding.place, finding.rule) not in reported:
            yield finding


def _bare(site: SiteProcesses, place: Place) -> Iterator[Finding]:
    """A warning about processes without a memory: each gets what a job definition or a partition sets."""
    sized = {process.task.qualified for process in site.processes if process.attempts[0].asks.memory_mib.by}
    bare = {p.task.qualified: p.task.process for p in site.processes if p.task.qualified not in sized}
    if bare:
        first = next(iter(bare.values()))
        message = f"neither profile nor pipeline sets a memory for {listed(bare)} ({first.place})"
        advice = "set it under tasks.default, which applies to all other tasks"
        yield Finding(place, "uncovered", message, advice, "warning")


def _untimed(site: SiteProcesses, place: Place) -> Iterator[Finding]:
    """A warning about processes for which neither side sets a time, on queues that end them."""
    ends = unset_times_s(site.site.every_pool)
    by_queue: dict[str, list[str]] = {}
    for process in site.processes:
        asks = process.attempts[0].asks
        queue = asks.queue.value
        if asks.time_s.value is None and not asks.time_s.unknown and queue in ends and ends[queue] != float("inf"):
            by_queue.setdefault(queue, []).append(process.task.qualified)
    if by_queue:
        names = [name for found in by_queue.values() for name in found]
        most = ", ".join(f"{queue} after {time_text(int(ends[queue]))}" for queue in sorted(by_queue))
        scheduler = site.site.site.executor.words.scheduler
        message = (
            f"neither profile nor pipeline sets a time for {listed(names, _SHOWN)}, so {scheduler} ends "
            f"{plural(len(names), 'this task', 'these tasks')} at the limit: {most}"
        )
        yield Finding(place, "uncovered", message, "set time under tasks.default", "warning")


def _cut(site: SiteProcesses, place: Place) -> Iterator[Finding]:
    """A warning about processes of the pipeline whose first attempt already asks for more than the site has."""
    found: dict[str, list[str]] = {}
    for process in site.processes:
        asks = process.attempts[0].asks.by_directive
        for what, asked in ((what, asks[what]) for what in SIZES):
            if asked.capped and asked.by is not None and asked.by.own is None:
                found.setdefault(what, []).append(process.task.qualified)
    if found:
        listing = "; ".join(f"{what} of {listed(names, _SHOWN)}" for what, names in found.items())
        message = f"more is asked for than this site allows, so resourceLimits cut it: {listing}"
        larger = "name larger queues, or see" if site.site.site.executor.has_queues else "see"
        yield Finding(place, "cut", message, f"{larger} whether less is enough", "warning")


def _unknown(site: SiteProcesses, place: Place) -> Iterator[Finding]:
    """A note about processes whose requests the files do not determine."""
    reasons: dict[str, list[str]] = {}
    queues = {pool.name for pool in site.site.every_pool}
    for process in site.processes:
        for attempt in process.attempts:
            queue = attempt.asks.queue.value
            for directive, why in attempt.asks.unknown.items():
                reasons.setdefault(f"{directive} ({why})", []).append(process.task.qualified)
            if queue and queues and queue not in queues and queue != NOWHERE:
                reasons.setdefault(f"queue {queue} (not one of the site)", []).append(process.task.qualified)
    unknown = {name for names in reasons.values() for name in names}
    if unknown:
        every = len({process.task.qualified for process in site.processes})
        whose = [f"{reason} of {listed(names, 1)}" for reason, names in reasons.items()]
        message = (
            f"{len(unknown)} of {counted(every, 'process', 'processes')} {plural(len(unknown), 'is', 'are')} not "
            f"planned: {listed(whose, _SHOWN)}"
        )
        yield Finding(place, "not-planned", message, level="note")


def _theirs(site: SiteProcesses, place: Place) -> Iterator[Finding]:
    """A note that the pipeline's own values apply to processes of which the profile has a class, and are planned."""
    if not site.site.task_plans:
        return
    names = [process.task.qualified for process in site.processes if _keys(process)]
    keys = sorted({key for process in site.processes for key in _keys(process)})
    if names:
        applies = plural(len(keys), "applies", "apply")
        processes = counted(len(dict.fromkeys(names)), "process", "processes")
        message = f"the pipeline's own {listed(keys)} {applies} to {processes}: {listed(names, _SHOWN)}"
        yield Finding(place, "pipeline-wins", message, level="note")


def _keys(process: ProcessPlan) -> Sequence[str]:
    """The sizes that the pipeline sets."""
    asks = process.attempts[0].asks.by_directive
    by = {key: asks[key].by for key in SIZES}
    return [key for key, value in by.items() if value is not None and value.own is None]
