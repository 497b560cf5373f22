"""All checks over a whole profile: what AWS says in, findings out. Asks nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nfconfgen.executors.awsbatch.doctor import subjects
from nfconfgen.executors.awsbatch.doctor.checks_job import ON_JOBS
from nfconfgen.executors.awsbatch.doctor.checks_machine import on_environments
from nfconfgen.executors.awsbatch.doctor.checks_queue import ON_ENVIRONMENTS, ON_QUEUES
from nfconfgen.executors.awsbatch.doctor.checks_site import ON_SITES
from nfconfgen.executors.awsbatch.doctor.checks_task import ON_TASKS
from nfconfgen.executors.awsbatch.doctor.model import Live
from nfconfgen.executors.awsbatch.doctor.rules import run
from nfconfgen.facts.gather import pools
from nfconfgen.facts.model import Pool
from nfconfgen.findings import Finding
from nfconfgen.plan.model import Plan
from nfconfgen.plan.plan import plan
from nfconfgen.profile.document.yaml12 import Document
from nfconfgen.profile.model import Batch, Profile, Site

_OTHERS = ("queue-missing", "memory-fit", "cpus-fit", "gpus-fit", "gpu-type", "architecture")
"""What is found beside the tables: a queue AWS does not know, and by the plan what does not fit."""


def rules(now: str = "") -> tuple[str, ...]:
    """All that is checked."""
    tables = (ON_QUEUES, ON_ENVIRONMENTS, on_environments(now), ON_TASKS, ON_SITES, ON_JOBS)
    return (*(check.rule for table in tables for check in table), *_OTHERS)


@dataclass(frozen=True, slots=True)
class Examined:
    """`checks` and `queues` say how much was looked at."""

    findings: tuple[Finding, ...]
    checks: int
    queues: int


def examine(profile: Profile, document: Document, lives: Mapping[str, Live], now: str) -> Examined:
    """The findings of all sites on AWS Batch; `lives` holds each of their regions."""
    planned = plan(profile, {site.name: _pools(site, lives) for site in profile.sites})
    machines = on_environments(now)
    found = [
        *planned.findings,
        *_missing(profile, lives),
        *_unchecked(profile, lives),
        *run(ON_QUEUES, subjects.queues(planned.sites, lives)),
        *run((*ON_ENVIRONMENTS, *machines), subjects.environments(planned.sites, lives)),
        *run(ON_TASKS, subjects.tasks(planned.sites, lives)),
        *run(ON_SITES, subjects.sites(planned.sites, lives, document)),
        *run(ON_JOBS, subjects.jobs(planned.sites, lives)),
    ]
    return Examined(tuple(sorted(set(found))), len(rules()), _count(planned))


def _pools(site: Site, lives: Mapping[str, Live]) -> tuple[Pool, ...]:
    return pools(site, lives[site.settings.region].facts if isinstance(site.settings, Batch) else None)


def _missing(profile: Profile, lives: Mapping[str, Live]) -> Iterator[Finding]:
    for site in profile.sites:
        if isinstance(site.settings, Batch):
            problems = {problem.queue: problem for problem in lives[site.settings.region].missing}
            for queue in site.queues:
                if queue.value in problems:
                    problem = problems[queue.value]
                    yield Finding(queue.place, problem.rule, problem.message, problem.advice)


def _unchecked(profile: Profile, lives: Mapping[str, Live]) -> Iterator[Finding]:
    """What these credentials may not ask, once a region, at its first site."""
    told: set[str] = set()
    for site in profile.sites:
        if isinstance(site.settings, Batch) and site.settings.region not in told:
            told.add(site.settings.region)
            for unchecked in lives[site.settings.region].unchecked:
                message = f"could not be checked: {unchecked.what} ({unchecked.permission} is not allowed)"
                advice = "docs/policy-doctor.json holds all that is needed"
                yield Finding(site.place, "unchecked", message, advice, "warning")


def _count(planned: Plan) -> int:
    return len(
        {
            (plan.site.settings.region, queue.value)
            for plan in planned.sites
            if isinstance(plan.site.settings, Batch)
            for queue in plan.site.queues
        }
    )
