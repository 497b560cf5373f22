"""`nfconfgen doctor`: asks AWS whether the jobs of a profile will run, start at once and leave nothing to pay for.
Changes nothing, writes nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from nfconfgen import jsontext
from nfconfgen.commands.options import Common
from nfconfgen.commands.shared import calls_made
from nfconfgen.commands.validate import further
from nfconfgen.errors import FINDINGS, OK
from nfconfgen.executors.awsbatch.client import Calls
from nfconfgen.executors.awsbatch.doctor.checks_site import bucket_of
from nfconfgen.executors.awsbatch.doctor.examine import Examined, examine
from nfconfgen.executors.awsbatch.doctor.model import Live
from nfconfgen.executors.awsbatch.doctor.once import Once
from nfconfgen.executors.awsbatch.doctor.surroundings import fusion_token
from nfconfgen.executors.awsbatch.doctor.survey import look
from nfconfgen.executors.awsbatch.facts.region import TIME_FORMAT, RegionFacts
from nfconfgen.facts import lock as locks
from nfconfgen.facts.lock import Lock
from nfconfgen.findings import Finding, has_errors
from nfconfgen.parallel import side_by_side
from nfconfgen.profile.document.yaml12 import Document, parse
from nfconfgen.profile.load import load
from nfconfgen.profile.model import Batch, Profile, Site
from nfconfgen.profile.read import read_text
from nfconfgen.report import reporter
from nfconfgen.terminal.console import Console
from nfconfgen.wording import counted


def run(profile: Path, options: Common, console: Console) -> int:
    """Exit code 0: no errors; 1: errors (with --strict, warnings too). AwsError, thus 2: AWS cannot be asked."""
    loaded = load(profile)
    lock = locks.read(locks.path_beside(profile))
    if loaded.profile is None or has_errors(loaded.findings):
        # what departs from the schema was left out of the profile: to ask AWS about the rest would mislead
        findings = loaded.findings if loaded.profile is None else further(loaded, loaded.profile, lock)
        _tell(findings, options, console)
        console.say("AWS was not asked: mend the profile first")
        return FINDINGS
    document, _ = parse(read_text(profile), str(profile))
    assert document is not None, "it was read just now"
    calls = Calls()
    examined = _examined(loaded.profile, document, lock or Lock(), calls, console)
    findings = sorted({*loaded.findings, *examined.findings})
    _tell(findings, options, console)
    if options.verbose:
        console.say(calls_made(calls))
    console.say(_summary(examined, findings))
    return FINDINGS if has_errors(findings, strict=options.strict) else OK


def _examined(profile: Profile, document: Document, lock: Lock, calls: Calls, console: Console) -> Examined:
    # of jobs that wait and AMIs that age the real time counts
    now = datetime.now(timezone.utc).strftime(TIME_FORMAT)
    regions: dict[str, list[Site]] = {}
    for site in profile.sites:
        if isinstance(site.settings, Batch):
            regions.setdefault(site.settings.region, []).append(site)
    if regions:
        console.say("asking AWS about queues, environments, images, roles and buckets …")
    found = side_by_side(
        lambda region: _look(Once(region, calls), regions[region], lock, now), list(regions), at_once=8
    )
    return examine(profile, document, {live.region: live for live in found}, now)


def _look(aws: Once, sites: Sequence[Site], lock: Lock, now: str) -> Live:
    known = lock.facts.get("awsbatch", {}).get(aws.region)
    before = known if isinstance(known, RegionFacts) else RegionFacts()
    queues = sorted({queue.value for site in sites for queue in site.queues})
    batch = [site.settings for site in sites if isinstance(site.settings, Batch)]
    roles = {role for settings in batch for role in (settings.job_role, settings.execution_role)} - {""}
    buckets = {bucket_of(site.work_dir) for site in sites} - {""}
    found = look(aws, queues, sorted(roles), sorted(buckets), before, now)
    return replace(found, fusion_token=fusion_token(os.environ))


def _tell(findings: Sequence[Finding], options: Common, console: Console) -> None:
    if options.format == "json":
        told = [reporter.as_json(finding) for finding in findings]
        console.document(jsontext.dumps({"findings": told, "files": [], "plan": []}))
    elif findings:
        reporter.tell(findings, options.format, console)


def _summary(examined: Examined, findings: Sequence[Finding]) -> str:
    if not examined.queues:
        return "no site runs on AWS Batch: there is nothing to ask"
    errors = sum(finding.level == "error" for finding in findings)
    warnings = len(findings) - errors
    told = f"{counted(errors, 'error')}, {counted(warnings, 'warning')}" if findings else "all in order"
    return f"{examined.checks} checks on {counted(examined.queues, 'queue')}: {told}"
