"""The explanation as text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.explain import cost_text, process_text
from nfconfgen.explain.model import Attempt, Explained, Holder, Retries, Site, Task
from nfconfgen.plan.plan_table import queue_text
from nfconfgen.profile.units import cpus_text, gpus_text, time_text

_FEW = 8
"""Processes of which every value is shown with its line."""


def lines(explained: Explained) -> list[str]:
    """Site by site; what happens to failed tasks is at the end."""
    sites = (line for site in explained.sites for line in (*_site(site), ""))
    return [*sites, *(f"{', '.join(names)}: {text}" for text, names in failures(explained).items())]


def _site(site: Site) -> Iterator[str]:
    yield f"{site.site}: {site.title}"
    if site.limits:
        yield f"  at most {', '.join(site.limits)} per task"
    for note in site.notes:
        yield f"  {note}"
    for line in _processes(site):
        yield f"  {line}".rstrip()
    for task in site.tasks:
        yield from _task(task)
    if site.cost is not None:
        yield ""
        yield from (f"  {line}" for line in cost_text.of_site(site.cost))


def _processes(site: Site) -> Iterator[str]:
    found = site.processes
    if not found:
        return
    yield ""
    if len({process.name for process in found}) <= _FEW:
        for process in found:
            yield from process_text.details(process)
    else:
        yield from process_text.summary(found)
    yield ""
    yield from process_text.table(site)


def _task(task: Task) -> Iterator[str]:
    yield ""
    yield f"  {task.title}"
    texts = [f"{setting.what} {setting.value}" for setting in task.said]
    width = max(map(len, texts), default=0)
    for text, setting in zip(texts, task.said, strict=True):
        yield f"    {text.ljust(width)}  {setting.file}:{setting.line}:{setting.column}"
    if task.additive:
        yield "    added to the other settings of the task; asks for nothing itself"
    for attempt in task.attempts:
        yield f"    {attempt.attempt}. {asked(attempt)}"
        if attempt.holder is not None:
            yield f"       {held(attempt.holder)}"
            yield f"       {attempt.holder.memory_mib} MiB: {attempt.holder.known}"
        else:
            yield "       not checked: no machine is known"
        for note in (*attempt.notes, *cost_text.of_attempt(attempt)):
            yield f"       {note}"
        yield f"       fails: {attempt.then}"


def failures(explained: Explained) -> dict[str, list[str]]:
    """What happens after a failure or the loss of a machine → the sites where it does."""
    found: dict[str, list[str]] = {}
    for site in explained.sites:
        for text in (*_retried(site.retries), *site.failures, site.lost):
            found.setdefault(text, []).append(site.site)
    return found


def _retried(found: Retries) -> Iterator[str]:
    if found.again:
        attempts = f", {found.attempts} attempts in all" if found.attempts else ""
        yield f"retried{attempts}: {found.again}"
    if found.never:
        yield f"not retried: {found.never}"


def asked(attempt: Attempt) -> str:
    """`short, 12 cpus, 8192 MiB, 1h`."""
    time = f", {time_text(attempt.time_s)}" if attempt.time_s is not None else ""
    gpus = f", {gpus_text(attempt.gpus)}" if attempt.gpus else ""
    return f"{queue_text(attempt.queue)}, {cpus_text(attempt.cpus)}, {attempt.memory_mib} MiB{gpus}{time}"


def held(holder: Holder) -> str:
    """`on c5.2xlarge: 8 of 8 cpus (100 %), 15400 of 15434 MiB (99 %)`."""
    tasks = f", {holder.tasks} tasks on each" if holder.tasks > 1 else ""
    gpus = f", {holder.gpus_taken} of {gpus_text(holder.gpus)}" if holder.gpus_taken else ""
    return (
        f"on {holder.name}{tasks}: {holder.cpus_taken} of {cpus_text(holder.cpus)} ({holder.cpus_percent} %), "
        f"{holder.memory_taken_mib} of {holder.memory_mib} MiB ({holder.memory_percent} %){gpus}"
    )
