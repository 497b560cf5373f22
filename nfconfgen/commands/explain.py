"""`nfconfgen explain`: shows why each request fits, as text, as JSON or as an HTML page."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from nfconfgen import files
from nfconfgen.assess import Ask, assess
from nfconfgen.commands.common import utc_now
from nfconfgen.errors import FINDINGS, OK, UnreadableError, UsageError, WriteError
from nfconfgen.explain.page import MARK, page
from nfconfgen.explain.story import explained
from nfconfgen.explain.text import lines
from nfconfgen.findings import has_errors
from nfconfgen.plan.model import Plan
from nfconfgen.profile.selectors import matches
from nfconfgen.report.reporter import Reporting, report
from nfconfgen.suggest import near
from nfconfgen.terminal.console import Console


@dataclass(frozen=True, slots=True)
class Explain:
    """Empty `process` or `site`: all. `html` is the only file that is written."""

    profile: Path
    reporting: Reporting
    process: str = ""
    site: str = ""
    html: Path | None = None
    force: bool = False


def run(options: Explain, console: Console) -> int:
    """Exit code 0: all is explained; 1: there are findings; 2: no such process or site."""
    assessment = assess(options.profile, Ask())
    findings, plan, form = assessment.findings, assessment.sound_plan, options.reporting.format
    if plan is None:
        report(findings, form, console, {"explained": None})
        return FINDINGS
    found = explained(plan, utc_now(), _sites(plan, options.site), _tasks(plan, options.process))
    text = form == "text" and options.html is None
    if options.html is not None:
        _write(options.html, page(found), options.force)
        console.info(f"wrote {options.html}")
    report(findings, form, console, {"explained": asdict(found)}, lines(found) if text else ())
    return FINDINGS if has_errors(findings, strict=options.reporting.strict) else OK


def _sites(plan: Plan, wanted: str) -> Collection[str]:
    names = [site.site.name for site in plan.sites]
    if wanted and wanted not in names:
        raise UsageError(_unknown("site", wanted, names))
    return [wanted] if wanted else names


def _tasks(plan: Plan, wanted: str) -> Collection[tuple[str, str]]:
    """(kind, selector) of the classes with the wanted selector, else of those whose selector matches the process."""
    tasks = {
        (task_plan.task.kind, task_plan.task.name): task_plan.task
        for site in plan.sites
        for task_plan in site.task_plans
    }
    named = {key for key, task in tasks.items() if not wanted or task.title == wanted}
    if named or not wanted:
        return named
    matched = {key for key, task in tasks.items() if task.kind == "process" and matches(task.name, wanted)}
    if not matched:
        raise UsageError(_unknown("process or label", wanted, [task.title for task in tasks.values()]))
    return matched


def _unknown(what: str, wanted: str, known: Sequence[str]) -> str:
    listed = ", ".join(dict.fromkeys(known)) or "none"
    return f"there is no {what} '{wanted}': {near(wanted, known) or f'there is {listed}'}"


def _write(path: Path, text: str, force: bool) -> None:
    try:
        if os.path.lexists(path) and not force and MARK.encode() not in files.read(path)[:4000]:
            raise UsageError(f"{path} is not a page of nfconfgen: name another file, or use --force")
    except OSError as error:
        raise UnreadableError(f"{path}: {files.reason(error)}") from None
    try:
        files.replace(path, text.encode())
    except OSError as error:
        raise WriteError(f"{path}: cannot be written: {files.reason(error)}") from None
