"""`nfconfgen facts`: what each queue of each site offers, where each number comes from and how old it is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nfconfgen import jsontext
from nfconfgen.commands.options import Facts
from nfconfgen.commands.shared import asking, calls_made, journal_beside, say_unknown, utc_now
from nfconfgen.errors import FINDINGS, OK, SlurmError
from nfconfgen.executors.slurm.facts import query
from nfconfgen.executors.slurm.facts.collected import to_text
from nfconfgen.facts import lock as locks
from nfconfgen.facts.gather import Gathered, gather
from nfconfgen.facts.lock import Lock
from nfconfgen.facts.staleness import worth_measuring_again
from nfconfgen.findings import Finding, has_errors
from nfconfgen.profile.load import load
from nfconfgen.report import facts_table, reporter
from nfconfgen.sync import transaction
from nfconfgen.sync.staging import Write
from nfconfgen.terminal.console import Console


def run(options: Facts, console: Console) -> int:
    """Exit code 0: every queue is known; 1: findings. With `refresh` the lock holds what was found."""
    loaded = load(options.profile)
    if loaded.profile is None or has_errors(loaded.findings):
        _tell(loaded.findings, [], options, console, now="")
        return FINDINGS
    now = utc_now()
    lock = locks.read(locks.path_beside(options.profile)) or Lock()
    how = asking(
        offline=options.offline,
        refresh=options.refresh,
        collected=options.collected,
        profile=loaded.profile,
        console=console,
    )
    gathered = gather(loaded.profile, lock, how)
    if how is not None and options.common.verbose:
        console.say(calls_made(how.calls))
    say_unknown(loaded.profile, gathered, console)
    findings = sorted({*gathered.findings, *worth_measuring_again(loaded.profile, gathered, now)})
    rows = facts_table.rows(loaded.profile, gathered)
    _tell(findings, rows, options, console, now)
    if options.refresh:
        remember(options.profile, lock, gathered, console)
    return FINDINGS if has_errors(findings, strict=options.common.strict) else OK


def collect(console: Console) -> int:
    """Prints what is known of the cluster that this machine belongs to. SlurmError, thus 2: it cannot be asked."""
    if not query.here():
        raise SlurmError("there is no Slurm here", "run it on a login node of the cluster")
    facts, doubts = query.ask("", utc_now())
    for doubt in doubts:
        console.say(f"{facts.cluster}: {doubt}")
    console.document(to_text(facts))
    return OK


def _tell(
    findings: Sequence[Finding], rows: Sequence[facts_table.Row], options: Facts, console: Console, now: str
) -> None:
    if options.common.format == "json":
        told = [reporter.as_json(finding) for finding in findings]
        console.document(jsontext.dumps({"findings": told, "facts": [row.to_json() for row in rows]}))
        return
    if findings:
        reporter.tell(findings, options.common.format, console)
    if rows:
        console.result(*facts_table.lines(rows, now))


def remember(profile: Path, lock: Lock, gathered: Gathered, console: Console) -> None:
    """Writes the facts into the lock; what a build has written stays as the lock says."""
    path = locks.path_beside(profile)
    if os.path.lexists(path) and gathered.known == lock.facts:
        console.say(f"{path} is up to date")
        return
    transaction.commit([Write(path, replace(lock, facts=gathered.known).to_text())], journal_beside(profile))
    console.say(f"wrote {path}; nfconfgen build brings the outputs in step")
