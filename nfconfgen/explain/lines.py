"""The reasons as text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nfconfgen.explain.model import Attempt, Holder, Site, Task
from nfconfgen.profile.units import time_text


def lines(sites: Sequence[Site]) -> list[str]:
    return [line for number, site in enumerate(sites) for line in ([""] if number else []) + list(_site(site))]


def _site(site: Site) -> Iterator[str]:
    yield f"{site.site} ({site.executor}): {', '.join(site.queues)}"
    if site.limits:
        yield f"  a task may ask for at most {', '.join(site.limits)}"
    if not site.tasks:
        yield "  no task class of the profile: the pipeline's own numbers hold"
    for task in site.tasks:
        yield from _task(task)


def _task(task: Task) -> Iterator[str]:
    yield f"  {task.title}"
    for said in task.sources:
        yield f"    {said.what} {said.value}: {said.file}:{said.line}:{said.column}"
    if task.additive:
        yield "    added to what else is said for the task; asks for nothing itself"
    for attempt in task.attempts:
        yield f"    attempt {attempt.attempt}: {asked(attempt)}"
        if attempt.holder is not None:
            yield f"      {held(attempt.holder)}"
        for note in attempt.notes:
            yield f"      {note}"
        for failure in attempt.failures:
            yield f"      exit code {failure.exit_codes}: {failure.then}"


def asked(attempt: Attempt) -> str:
    time = f", {time_text(attempt.time_s)}" if attempt.time_s is not None else ""
    return f"{attempt.queue}, {attempt.cpus} cpus, {attempt.memory_mib} MiB{time}"


def held(holder: Holder) -> str:
    fills = "fills it" if holder.tasks == 1 else f"{holder.tasks} fill it"
    return (
        f"on {holder.name} ({holder.cpus} cpus, {holder.memory_mib} MiB, {holder.known}); "
        f"{fills} to {holder.cpus_percent} % of cpus, {holder.memory_percent} % of memory"
    )
