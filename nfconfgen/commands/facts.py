"""`nfconfgen facts`: shows what each queue of each site offers, with the source and age of each number."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from nfconfgen.assess import Ask, assess
from nfconfgen.commands.common import calls_made, querying, report_unknown, utc_now
from nfconfgen.errors import FINDINGS, OK, UsageError
from nfconfgen.executors.table import EXECUTORS
from nfconfgen.facts import lock as locks
from nfconfgen.facts.gather import Gathered
from nfconfgen.facts.lock import Lock
from nfconfgen.facts.query import collecting
from nfconfgen.findings import has_errors
from nfconfgen.report import facts_table
from nfconfgen.report.reporter import Reporting, report
from nfconfgen.sync import transaction
from nfconfgen.sync.build_changes import journals
from nfconfgen.sync.staging import Write
from nfconfgen.terminal.console import Console


@dataclass(frozen=True, slots=True)
class Facts:
    """`refresh` ignores cached values, queries again and writes the lock. `collected` are files of
    `facts --collect`."""

    profile: Path
    reporting: Reporting
    offline: bool = False
    refresh: bool = False
    collected: tuple[Path, ...] = ()


def run(options: Facts, console: Console) -> int:
    """Exit code 0: every queue is known; 1: findings. With `refresh`, the result is written to the lock."""
    if options.offline and options.refresh and not options.collected:
        raise UsageError("--offline and --refresh cannot be combined: refreshing queries AWS and Slurm")
    query = querying(offline=options.offline, refresh=options.refresh, collected=options.collected, console=console)
    now = utc_now()
    assessment = assess(options.profile, Ask(query, now=now))
    form, profile, gathered = options.reporting.format, assessment.profile, assessment.gathered
    if not assessment.readable or profile is None or gathered is None:
        report(assessment.loaded.findings, form, console, {"facts": []})
        return FINDINGS
    if assessment.query is not None and options.reporting.verbose:
        console.info(calls_made(assessment.query))
    report_unknown(assessment, console)
    findings = sorted({*gathered.findings, *assessment.aged})
    rows = facts_table.rows(profile, gathered, now)
    data = {"facts": [row.to_json() for row in rows]}
    report(findings, form, console, data, facts_table.lines(rows) if rows else ())
    if options.refresh and (gathered.known or not gathered.left_out):
        remember(options.profile, assessment.lock or Lock(), gathered, console)
    return FINDINGS if has_errors(findings, strict=options.reporting.strict) else OK


def collect(console: Console, *, script: bool) -> int:
    """Prints what this machine's cluster offers, or the `script` that does. AskingError, so 2: there is none."""
    executor = collecting(EXECUTORS)
    assert executor.collect is not None
    assert executor.collect_script is not None
    text, doubts = (executor.collect_script(), ()) if script else executor.collect()
    console.info(*doubts)
    console.document(text)
    return OK


def remember(profile: Path, lock: Lock, gathered: Gathered, console: Console) -> None:
    """Writes the facts into the lock; its record of the last build stays."""
    path = locks.path_for(profile)
    if os.path.lexists(path) and gathered.known == lock.facts:
        console.info(f"{path} is up to date")
        return
    transaction.commit([Write(path, replace(lock, facts=gathered.known).to_text())], journals(profile)[0])
    console.info(f"wrote {path}; nfconfgen build updates the outputs")
