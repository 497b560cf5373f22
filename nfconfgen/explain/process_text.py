"""The processes of a pipeline as text: a summary, and a table with one row for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from nfconfgen.explain import cost_text
from nfconfgen.explain.model import Process, ProcessAttempt, Site
from nfconfgen.plan.plan_table import aligned, queue_text
from nfconfgen.processes.names import collapsed, short_names
from nfconfgen.profile.units import time_text
from nfconfgen.wording import counted, plural

NOT_KNOWN = "is not known"
"""In a note on a value."""


def summary(processes: Sequence[Process]) -> Iterator[str]:
    """How many fit, and which are the tightest."""
    counts = Counter(state(process) for process in processes)
    # a process that the parsers read differently counts once
    every = counted(len({process.name for process in processes}), "process", "processes")
    texts = [f"{counts['fits']} {plural(counts['fits'], 'fits', 'fit')}"]
    texts += [f"{counts['does not fit']} do not fit"] if counts["does not fit"] else []
    texts += [f"{counts['not known']} not known"] if counts["not known"] else []
    texts += [f"{counts['not checked']} not checked"] if counts["not checked"] else []
    yield f"{every}: {', '.join(texts)}"
    held = [
        (attempt.holder.memory_percent, process.name, attempt)
        for process in processes
        for attempt in process.attempts
        if attempt.holder is not None and attempt.memory_mib is not None
    ]
    if held:
        percent, name, attempt = max(held, key=lambda one: one[0])
        assert attempt.holder is not None
        taken = f"{attempt.memory_mib} of {attempt.holder.memory_mib} MiB of {attempt.holder.name} ({percent} %)"
        yield f"the tightest: {name}, attempt {attempt.attempt}, {taken}"


def state(process: Process) -> str:
    """`fits`, `does not fit`, `not known` or `not checked`, by the worst of its attempts."""
    fits = [attempt.fits for attempt in process.attempts]
    if False in fits:
        return "does not fit"
    if any(NOT_KNOWN in note for attempt in process.attempts for note in attempt.notes):
        return "not known"
    return "not checked" if None in fits else "fits"


def heading(site: Site) -> tuple[str, ...]:
    """Of the table; the costs are those on demand."""
    return ("process", "queue", "cpus", "memory MiB", "time", "on", *(["at most"] if site.cost is not None else []))


def table(site: Site) -> list[str]:
    """One row for each process, with the values of its attempts next to each other."""
    processes = site.processes or ()
    short = short_names([process.name for process in processes])
    rows = [(f"{short[process.name]}{_only(process)}", *cells(process)) for process in processes]
    return aligned([heading(site), *rows]) if rows else []


def cells(process: Process) -> tuple[str, ...]:
    """Queue, cpus, memory, time, machine and, with prices, cost of a process; values that change from attempt to
    attempt in a row."""
    attempts = process.attempts
    machines = [_machine(attempt) for attempt in attempts]
    return (
        _row([queue_text(attempt.queue) if attempt.queue else "-" for attempt in attempts]),
        _row([_number(attempt.cpus) for attempt in attempts]),
        _row([_number(attempt.memory_mib) for attempt in attempts]),
        _row(["-" if attempt.time_s is None else time_text(attempt.time_s) for attempt in attempts]),
        _row(machines),
        *([_row(cost_text.most(attempts))] if any(attempt.cost is not None for attempt in attempts) else []),
    )


def _row(values: list[str]) -> str:
    return ", ".join(collapsed(values))


def _number(value: int | None) -> str:
    return "-" if value is None else str(value)


def _machine(attempt: ProcessAttempt) -> str:
    if attempt.fits is False:
        return "does not fit"
    return attempt.holder.name if attempt.holder is not None else "?"


def _only(process: Process) -> str:
    return f" (parser {', '.join(process.parsers)})" if process.parsers else ""


def details(process: Process) -> Iterator[str]:
    """Every value with the line that sets it, and every attempt."""
    yield f"process {process.name}{_only(process)}"
    texts = [f"{setting.what} {setting.value}" for setting in process.said]
    width = max(map(len, texts), default=0)
    for text, setting in zip(texts, process.said, strict=True):
        yield f"  {text.ljust(width)}  {setting.file}:{setting.line}:{setting.column}"
    for attempt in process.attempts:
        for note in (*attempt.notes, *cost_text.of_attempt(attempt)):
            yield f"  attempt {attempt.attempt}: {note}"
