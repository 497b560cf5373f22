"""`nfconfgen validate`: checks profiles offline, against the facts in the lock. Read-only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nfconfgen.assess import Ask, assess
from nfconfgen.errors import FINDINGS, OK, USAGE, NfconfgenError
from nfconfgen.fast.discovery import pipeline_around
from nfconfgen.findings import Finding, has_errors
from nfconfgen.report.reporter import Reporting, report
from nfconfgen.terminal.console import Console
from nfconfgen.wording import counted


def run(profiles: Sequence[Path], options: Reporting, console: Console) -> int:
    """Exit code 0: no errors; 1: findings; 2: a file cannot be read (the others are checked anyway)."""
    findings: list[Finding] = []
    unreadable: list[NfconfgenError] = []
    for path in profiles:
        try:
            findings += check(path)
        except NfconfgenError as error:
            unreadable.append(error)
    report(findings, options.format, console)
    for fault in unreadable:
        console.error(str(fault))
    if unreadable:
        return USAGE
    if has_errors(findings, strict=options.strict):
        return FINDINGS
    console.info(f"{counted(len(profiles), 'profile is', 'profiles are')} sound")
    return OK


def check(path: Path) -> list[Finding]:
    """All findings on one profile and on the pipeline that it lies in."""
    found = assess(path, Ask(needs_facts=False))
    folder = pipeline_around(path)
    if folder is None or found.profile is None:
        return list(found.findings)
    from nfconfgen.commands.pipeline import by_files

    return sorted({*found.findings, *by_files(path, Path(folder), plan=found.plan)})
