"""`nfconfgen probe`: measures the memory of machines whose true size is not known yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nfconfgen.assess import Ask, assess
from nfconfgen.commands.common import no_site, utc_now
from nfconfgen.commands.facts import remember
from nfconfgen.errors import FINDINGS, OK
from nfconfgen.executors.examination import Core, Measure
from nfconfgen.executors.table import EXECUTORS
from nfconfgen.facts.gather import Gathered
from nfconfgen.facts.lock import Lock
from nfconfgen.facts.model import Facts
from nfconfgen.facts.query import Query
from nfconfgen.findings import Finding
from nfconfgen.plan.model import Plan
from nfconfgen.profile.load import Loaded
from nfconfgen.profile.model import Profile
from nfconfgen.report.reporter import report
from nfconfgen.terminal.console import Console


def run(options: Measure, console: Console, *, restore: bool = False) -> int:
    """Exit code 0: everything requested is measured; 1: findings, or something could not be measured."""
    if restore:
        return _restore(options, console)
    assessment = assess(options.path, Ask(needs_facts=False))
    if not assessment.readable or assessment.profile is None:
        report(assessment.loaded.findings, "text", console)
        return FINDINGS
    codes = []
    for executor in dict.fromkeys(site.executor for site in assessment.profile.sites):
        if executor.measure is not None:
            profile = _only(assessment.profile, executor.name)
            core = _core(options.path, console, assessment.loaded)
            codes.append(executor.measure(profile, assessment.lock or Lock(), options, core))
    if not codes:
        console.info(f"{no_site(lambda executor: executor.measure)}: there is nothing to measure")
    return max(codes, default=OK)


def _restore(options: Measure, console: Console) -> int:
    def profile() -> Profile | None:
        loaded = assess(options.path, Ask(lock=lambda _: None, needs_facts=False)).loaded
        if loaded.profile is None:
            report(loaded.findings, "text", console)
        return loaded.profile

    core = _core(options.path, console, Loaded(None, ()))
    restoring = [executor.restore for executor in EXECUTORS.values() if executor.restore is not None]
    return max((restore(profile, options, core) for restore in restoring), default=OK)


def _only(profile: Profile, executor: str) -> Profile:
    """The profile without the sites of other executors, which are not queried."""
    return replace(profile, sites=tuple(site for site in profile.sites if site.executor.name == executor))


def _core(path: Path, console: Console, loaded: Loaded) -> Core:
    def gather(profile: Profile, lock: Lock) -> Gathered:
        """The facts; those of other executors are kept from the lock."""
        ask = Ask(lambda _: Query(utc_now(), fallback=False), lambda _: lock, choose=lambda _: profile)
        found = assess(path, ask, loaded).gathered
        assert found is not None, "the profile was read"
        return replace(found, known={**lock.facts, **found.known})

    def plan(profile: Profile, facts: Facts) -> Plan:
        made = assess(path, Ask(lock=lambda _: None, facts=facts, choose=lambda _: profile), loaded).plan
        assert made is not None, "the profile was read"
        return made

    def show(findings: Sequence[Finding]) -> None:
        report(findings, "text", console)

    return Core(gather, plan, lambda path, lock, gathered: remember(path, lock, gathered, console), show, console)
