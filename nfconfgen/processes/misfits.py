"""Findings for requests of processes that their queue does not hold, at the line that sets them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nfconfgen.findings import Finding
from nfconfgen.processes.model import ProcessAttempt, ProcessPlan, SiteProcesses
from nfconfgen.wording import listed, plural

_SHOWN = 3
"""Processes that one message names."""


def misfits(site: SiteProcesses) -> Iterator[Finding]:
    """One finding for all processes and attempts with the same fault; a note on those that runs never come to."""
    for finding, found in _misfits(site).items():
        yield _misfit(finding, found)


Found = list[tuple[ProcessPlan, ProcessAttempt]]


def _misfits(site: SiteProcesses) -> dict[Finding, Found]:
    found: dict[Finding, Found] = {}
    for process in site.processes:
        for attempt in process.attempts:
            for finding in attempt.findings:
                one = replace(finding, level="note") if process.task.qualified in site.unused else finding
                found.setdefault(one, []).append((process, attempt))
    return found


def _misfit(finding: Finding, found: Found) -> Finding:
    names = listed((process.task.qualified for process, _ in found), _SHOWN)
    numbers = sorted({attempt.number for _, attempt in found})
    attempts = f" ({plural(len(numbers), 'attempt')} {', '.join(map(str, numbers))})" if numbers != [1] else ""
    parsers = {parser for process, _ in found for parser in process.parsers}
    only = f" (parser {parsers.pop()} only)" if len(parsers) == 1 else ""
    message = f"{names}{attempts}: {finding.message}{only}"
    return Finding(finding.place, finding.rule, message, finding.advice, finding.level)
