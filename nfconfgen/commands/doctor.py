"""`nfconfgen doctor`: checks with AWS that the jobs of a profile will run, start at once and leave no costs behind.
Read-only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from nfconfgen.assess import Ask, Assessment, assess
from nfconfgen.commands.common import calls_made, no_site
from nfconfgen.errors import FINDINGS, OK
from nfconfgen.executors.examination import Examination, Examined
from nfconfgen.facts.model import TIME_FORMAT, Facts
from nfconfgen.facts.query import Query
from nfconfgen.findings import Finding, has_errors
from nfconfgen.plan.model import Plan
from nfconfgen.profile.document.yaml12 import parse
from nfconfgen.profile.model import Profile
from nfconfgen.profile.read import read_text
from nfconfgen.report.reporter import Reporting, report
from nfconfgen.terminal.console import Console
from nfconfgen.wording import counted


def run(path: Path, options: Reporting, console: Console) -> int:
    """Exit code 0: no errors; 1: errors (with --strict, warnings too). AskingError, so 2: AWS does not answer."""
    assessment = assess(path, Ask(needs_facts=False))
    if not assessment.readable or assessment.profile is None:
        # parts that violate the schema are missing from the profile: checking the rest would mislead
        report(assessment.findings, options.format, console)
        console.info("AWS was not queried: fix the profile first")
        return FINDINGS
    # the age of jobs and AMIs is measured in real time, so SOURCE_DATE_EPOCH does not apply
    query = Query(datetime.now(timezone.utc).strftime(TIME_FORMAT))
    examined = _examined(assessment, assessment.profile, query, console)
    findings = sorted({*assessment.loaded.findings, *(found for one in examined for found in one.findings)})
    report(findings, options.format, console)
    if options.verbose:
        console.info(calls_made(query))
    console.info(_summary(examined, findings))
    return FINDINGS if has_errors(findings, strict=options.strict) else OK


def _examined(assessment: Assessment, profile: Profile, query: Query, console: Console) -> list[Examined]:
    document, _ = parse(read_text(assessment.path), str(assessment.path))
    assert document is not None, "it has just been read"
    lock = assessment.lock

    def plan(facts: Facts) -> Plan:
        made = assess(assessment.path, Ask(lock=lambda _: lock, facts=facts), assessment.loaded).plan
        assert made is not None, "the profile has no errors"
        return made

    found = []
    for executor in dict.fromkeys(site.executor for site in profile.sites):
        known = lock.facts.get(executor.name, {}) if lock is not None else {}
        if executor.examine is not None:
            found.append(executor.examine(Examination(profile, document, known, query, plan, console.info)))
    return [examined for examined in found if examined is not None]


def _summary(examined: Sequence[Examined], findings: Sequence[Finding]) -> str:
    queues = sum(one.queues for one in examined)
    if not queues:
        return f"{no_site(lambda executor: executor.examine)}: there is nothing to check"
    errors = sum(finding.level == "error" for finding in findings)
    warnings = len(findings) - errors
    result = f"{counted(errors, 'error')}, {counted(warnings, 'warning')}" if findings else "all in order"
    return f"{sum(one.checks for one in examined)} checks on {counted(queues, 'queue')}: {result}"
