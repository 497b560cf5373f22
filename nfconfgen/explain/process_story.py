"""The plan of the processes of a pipeline → their explanation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nfconfgen.explain.model import Process, ProcessAttempt, Setting
from nfconfgen.explain.process_text import NOT_KNOWN
from nfconfgen.explain.story import holder
from nfconfgen.plan.model import Plan
from nfconfgen.plan.route import NOWHERE
from nfconfgen.processes.model import Asked, Asks, ProcessPlan, SiteProcesses
from nfconfgen.processes.model import ProcessAttempt as Planned
from nfconfgen.processes.names import collapsed
from nfconfgen.processes.precedence import PARSERS
from nfconfgen.profile.units import memory_text, time_text
from nfconfgen.wording import listed


def processes(site: SiteProcesses, whole: Plan, now: str, wanted: str) -> tuple[Process, ...]:
    """All processes of a site, or those of this name, with or without the workflows around it."""
    return tuple(
        _process(process, site, whole, now)
        for process in site.processes
        if not wanted or wanted in (process.task.qualified, process.task.alias, process.task.process.name)
    )


def _process(process: ProcessPlan, site: SiteProcesses, whole: Plan, now: str) -> Process:
    parsers = () if set(process.parsers) == set(PARSERS) else process.parsers
    attempts = tuple(_attempt(attempt, site, whole, now) for attempt in process.attempts)
    return Process(process.task.qualified, parsers, tuple(_settings(process, whole.profile.source)), attempts)


def _attempt(attempt: Planned, site: SiteProcesses, whole: Plan, now: str) -> ProcessAttempt:
    asks, shape = attempt.asks, attempt.shape
    fits = None if not attempt.checked else not attempt.findings
    gpus = asks.gpus.value[0] if asks.gpus.value is not None else 0
    asked = asks.cpus.value or 1, asks.memory_mib.value or 0, gpus
    return ProcessAttempt(
        attempt.number,
        None if asks.queue.value == NOWHERE else asks.queue.value,
        asks.cpus.value,
        asks.memory_mib.value,
        asks.time_s.value,
        gpus,
        fits,
        holder(shape, asked, site.site, whole, now) if shape is not None else None,
        tuple(_notes(attempt)),
    )


def _notes(attempt: Planned) -> Iterator[str]:
    asks = attempt.asks
    for name, why in asks.unknown.items():
        yield f"{name} {NOT_KNOWN}: {why}"
    lowered = {name: asked.cut_by for name, asked in asks.by_directive.items() if asked.cut_by is not None}
    if lowered:
        # all by the same setting
        by = next(iter(lowered.values()))
        whose = f" of {by.own.title if by.own is not None else by.selector}" if by.selector else ""
        yield f"{listed(lowered)} would be more, and {'is' if len(lowered) == 1 else 'are'} cut at the limits{whose}"
    yield from dict.fromkeys(finding.message for finding in attempt.findings)


def _settings(process: ProcessPlan, profile: str) -> Iterator[Setting]:
    """Each value by attempt, and the line that sets it."""
    shown: dict[str, tuple[Callable[[Asks], Asked[object]], Callable[[object], str]]] = {
        "queue": (lambda asks: asks.queue, str),
        "cpus": (lambda asks: asks.cpus, str),
        "memory": (lambda asks: asks.memory_mib, lambda value: memory_text(int(str(value)))),
        "time": (lambda asks: asks.time_s, lambda value: time_text(int(str(value)))),
        "accelerator": (lambda asks: asks.gpus, _gpus),
        "options": (lambda asks: asks.options, str),
    }
    for what, (of, text) in shown.items():
        asked = [of(attempt.asks) for attempt in process.attempts]
        by = asked[0].by
        if by is None:
            continue
        values = ["?" if one.unknown else "-" if one.value is None else text(one.value) for one in asked]
        place = by.place
        yield Setting(what, ", ".join(collapsed(values)), place.file or profile, place.line, place.column)


def _gpus(value: object) -> str:
    assert isinstance(value, tuple)
    return " ".join(map(str, filter(None, value))) or "0"
