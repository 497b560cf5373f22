"""Examines a profile on AWS Batch: what AWS says right now in, findings out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from nfconfgen.executors.awsbatch.doctor import subjects
from nfconfgen.executors.awsbatch.doctor.checks_job import ON_JOBS
from nfconfgen.executors.awsbatch.doctor.checks_machine import on_environments
from nfconfgen.executors.awsbatch.doctor.checks_queue import ON_ENVIRONMENTS, ON_QUEUES
from nfconfgen.executors.awsbatch.doctor.checks_site import ON_SITES, bucket_of
from nfconfgen.executors.awsbatch.doctor.checks_task import ON_TASKS
from nfconfgen.executors.awsbatch.doctor.model import Live
from nfconfgen.executors.awsbatch.doctor.once import Once
from nfconfgen.executors.awsbatch.doctor.rules import run
from nfconfgen.executors.awsbatch.doctor.surroundings import fusion_token
from nfconfgen.executors.awsbatch.doctor.survey import look
from nfconfgen.executors.awsbatch.facts.region import RegionFacts
from nfconfgen.executors.awsbatch.settings import BatchSettings, settings_of
from nfconfgen.executors.tasks import Examination, Examined
from nfconfgen.facts.model import SitePools
from nfconfgen.findings import Finding
from nfconfgen.parallel import side_by_side
from nfconfgen.profile.model import Profile, Site

_OTHERS = ("queue-missing", "memory-fit", "cpus-fit", "gpus-fit", "gpu-type", "architecture")
"""What is found beside the tables: a queue AWS does not know, and by the plan what does not fit."""


def rules(now: str = "") -> tuple[str, ...]:
    """All that is checked."""
    tables = (ON_QUEUES, ON_ENVIRONMENTS, on_environments(now), ON_TASKS, ON_SITES, ON_JOBS)
    return (*(check.rule for table in tables for check in table), *_OTHERS)


def examine(examination: Examination) -> Examined | None:
    """The findings of all sites on AWS Batch. None: there is none. AwsError if AWS does not answer."""
    regions: dict[str, list[Site]] = {}
    for site, settings in _sites(examination.profile):
        regions.setdefault(settings.region, []).append(site)
    if not regions:
        return None
    examination.info("asking AWS about queues, environments, images, roles and buckets …")
    query = examination.query
    found = side_by_side(
        lambda region: _survey(Once(region, query.calls), regions[region], examination), list(regions), at_once=8
    )
    return checked(examination, {live.region: live for live in found})


def _survey(aws: Once, sites: Sequence[Site], examination: Examination) -> Live:
    known = examination.known.get(aws.region)
    before = known if isinstance(known, RegionFacts) else RegionFacts()
    queues = sorted({queue.value for site in sites for queue in site.queues})
    roles = {role for site in sites for role in (settings_of(site).job_role, settings_of(site).execution_role)} - {""}
    buckets = {bucket_of(site.work_dir) for site in sites} - {""}
    found = look(aws, queues, sorted(roles), sorted(buckets), before, examination.query.now)
    return replace(found, fusion_token=fusion_token(os.environ))


def checked(examination: Examination, lives: Mapping[str, Live]) -> Examined:
    """All checks; `lives` holds each region of the profile. Queries nothing."""
    profile, now = examination.profile, examination.query.now
    planned = examination.plan({site.name: _pools(site, lives) for site in profile.sites})
    sites = [site for site in planned.sites if isinstance(site.site.settings, BatchSettings)]
    found = [
        *planned.findings,
        *_missing(profile, lives),
        *_unchecked(profile, lives),
        *run(ON_QUEUES, subjects.queues(sites, lives)),
        *run((*ON_ENVIRONMENTS, *on_environments(now)), subjects.environments(sites, lives)),
        *run(ON_TASKS, subjects.tasks(sites, lives)),
        *run(ON_SITES, subjects.sites(sites, lives, examination.document)),
        *run(ON_JOBS, subjects.jobs(sites, lives)),
    ]
    return Examined(tuple(sorted(set(found))), len(rules()), _count(profile))


def _sites(profile: Profile) -> Iterator[tuple[Site, BatchSettings]]:
    for site in profile.sites:
        if isinstance(site.settings, BatchSettings):
            yield site, site.settings


def _pools(site: Site, lives: Mapping[str, Live]) -> SitePools:
    live = lives.get(site.executor.scope(site)) if isinstance(site.settings, BatchSettings) else None
    return site.executor.pools(site, live.facts if live is not None else None)


def _missing(profile: Profile, lives: Mapping[str, Live]) -> Iterator[Finding]:
    for site, settings in _sites(profile):
        problems = {problem.queue: problem for problem in lives[settings.region].missing}
        for queue in site.queues:
            if queue.value in problems:
                problem = problems[queue.value]
                yield Finding(queue.place, problem.rule, problem.message, problem.advice)


def _unchecked(profile: Profile, lives: Mapping[str, Live]) -> Iterator[Finding]:
    """What these credentials may not ask, once a region, at its first site."""
    told: set[str] = set()
    for site, settings in _sites(profile):
        if settings.region not in told:
            told.add(settings.region)
            for unchecked in lives[settings.region].unchecked:
                message = f"could not be checked: {unchecked.what} ({unchecked.permission} is not allowed)"
                advice = "docs/policy-doctor.json holds all that is needed"
                yield Finding(site.place, "unchecked", message, advice, "warning")


def _count(profile: Profile) -> int:
    return len({(settings.region, queue.value) for site, settings in _sites(profile) for queue in site.queues})
