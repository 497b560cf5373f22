"""`nfconfgen doctor`: checks with AWS and Slurm what keeps the jobs of a profile from running, or costs money.
Read-only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
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
    """Exit code 0: no errors; 1: errors (with --strict, warnings too). AskingError, so 2: no answer."""
    assessment = assess(path, Ask(needs_facts=False))
    if not assessment.readable or assessment.profile is None:
        # parts that violate the schema are missing from the profile: checking the rest would mislead
        report(assessment.findings, options.format, console)
        console.info("nothing was queried: fix the profile first")
        return FINDINGS
    # the age of jobs and AMIs is measured in real time, so SOURCE_DATE_EPOCH does not apply
    query = Query(datetime.now(timezone.utc).strftime(TIME_FORMAT))
    examined = _examined(assessment, assessment.profile, query, console)
    findings = sorted({*assessment.loaded.findings, *(found for one in examined for found in one.findings)})
    report(findings, options.format, console)
    if options.verbose:
        asked = [one.asked for one in examined if one.asked]
        console.info(*asked, *([calls_made(query)] if len(asked) < len(examined) or not asked else []))
    console.info(_summary(assessment.profile, examined, findings))
    return FINDINGS if has_errors(findings, strict=options.strict) else OK


def _examined(assessment: Assessment, profile: Profile, query: Query, console: Console) -> list[Examined]:
    document, _ = parse(read_text(assessment.path), str(assessment.path))
    assert document is not None, "it has just been read"
    lock = assessment.lock

    def plan(facts: Facts) -> Plan:
        def known(profile: Profile) -> Profile:
            return replace(profile, sites=tuple(site for site in profile.sites if site.key in facts))

        ask = Ask(lock=lambda _: lock, facts=facts, choose=known)
        made = assess(assessment.path, ask, assessment.loaded).plan
        assert made is not None, "the profile has no errors"
        return made

    found = []
    for executor in dict.fromkeys(site.executor for site in profile.sites):
        known = lock.facts.get(executor.name, {}) if lock is not None else {}
        if executor.examine is not None:
            found.append(executor.examine(Examination(profile, document, known, query, plan, console.info)))
    return [examined for examined in found if examined is not None]


def _summary(profile: Profile, examined: Sequence[Examined], findings: Sequence[Finding]) -> str:
    queues = sum(one.queues for one in examined)
    if not examined:
        able = any(site.executor.examine is not None for site in profile.sites)
        why = "no site can be queried from here" if able else no_site(lambda executor: executor.examine)
        return f"{why}: there is nothing to check"
    levels = Counter(finding.level for finding in findings)
    result = f"{counted(levels['error'], 'error')}, {counted(levels['warning'], 'warning')}"
    if levels["note"]:
        result += f", {counted(levels['note'], 'note')}"
    if not findings:
        result = "all in order"
    return f"{sum(one.checks for one in examined)} checks on {counted(queues, 'queue')}: {result}"
