"""`nfconfgen validate`: checks profiles by all that is known without querying anything. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nfconfgen.assess import Ask, assess
from nfconfgen.commands.options import Common
from nfconfgen.errors import FINDINGS, OK, USAGE, NfconfgenError
from nfconfgen.fast.enclosing import around
from nfconfgen.findings import Finding, has_errors
from nfconfgen.report.reporter import report
from nfconfgen.terminal.console import Console
from nfconfgen.wording import counted


def run(profiles: Sequence[Path], options: Common, console: Console) -> int:
    """Exit code 0: nothing wrong; 1: findings; 2: a file cannot be read (the others are checked all the same)."""
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
    """All findings of one profile, with the pipeline that it lies in; whether requests fit, if its lock knows."""
    found = assess(path, Ask(needs_facts=False))
    folder = around(path)
    if folder is None or found.profile is None:
        return list(found.findings)
    from nfconfgen.commands.pipeline import by_itself

    return sorted({*found.findings, *by_itself(path, Path(folder))})
