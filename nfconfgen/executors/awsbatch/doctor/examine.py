"""Checks a profile against what AWS reports. Queries nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nfconfgen.executors.awsbatch.doctor import subjects
from nfconfgen.executors.awsbatch.doctor.account.checks_network import ON_NETWORKS
from nfconfgen.executors.awsbatch.doctor.account.checks_quota import ON_QUOTAS
from nfconfgen.executors.awsbatch.doctor.checks_job import ON_JOBS
from nfconfgen.executors.awsbatch.doctor.checks_machine import on_environments
from nfconfgen.executors.awsbatch.doctor.checks_queue import ON_ENVIRONMENTS, ON_QUEUES
from nfconfgen.executors.awsbatch.doctor.checks_site import ON_SITES
from nfconfgen.executors.awsbatch.doctor.checks_task import ON_TASKS
from nfconfgen.executors.awsbatch.doctor.model import Live
from nfconfgen.executors.awsbatch.doctor.subjects import Plans
from nfconfgen.executors.awsbatch.settings import BatchSettings
from nfconfgen.executors.examination import Examination, Examined, run
from nfconfgen.facts.gather import pools_of
from nfconfgen.findings import Finding

_OTHERS = ("queue-missing", "memory-fit", "cpus-fit", "gpus-fit", "gpu-type", "architecture", "share-identifier")
"""The rules outside the tables: a queue that does not exist, and what the plan finds."""


def rules(now: str = "") -> tuple[str, ...]:
    """The rules of all checks."""
    tables = (ON_QUEUES, ON_ENVIRONMENTS, on_environments(now), ON_NETWORKS, ON_QUOTAS, ON_TASKS, ON_SITES, ON_JOBS)
    return (*(rule for table in tables for rule in table), *_OTHERS)


def checked(examination: Examination, lives: Mapping[str, Live]) -> Examined:
    """The findings of all checks; `lives` has each region of the profile."""
    profile, now = examination.profile, examination.query.now
    own = [site for site in profile.sites if isinstance(site.settings, BatchSettings)]
    every = [pools_of(site, lives[site.executor.scope(site)].facts) for site in own]
    plan = examination.plan({key: pools for each in every for key, pools in each.items()})
    plans = [(planned, lives[planned.site.executor.scope(planned.site)]) for planned in plan.sites]
    found = [
        *plan.findings,
        *_missing(plans),
        *_unchecked(plans),
        *run(ON_QUEUES, subjects.queues(plans, profile.pipeline.nextflow)),
        *run({**ON_ENVIRONMENTS, **on_environments(now), **ON_NETWORKS, **ON_QUOTAS}, subjects.environments(plans)),
        *run(ON_TASKS, subjects.tasks(plans)),
        *run(ON_SITES, subjects.sites(plans, examination.document)),
        *run(ON_JOBS, subjects.jobs(plans)),
    ]
    queues = {(live.region, queue.value) for planned, live in plans for queue in planned.site.named}
    return Examined(tuple(sorted(set(found))), len(rules()), len(queues))


def _missing(plans: Plans) -> Iterator[Finding]:
    for plan, live in plans:
        for queue in plan.site.named:
            if problem := live.missing.get(queue.value):
                yield Finding(queue.place, problem.rule, problem.message, problem.advice)


def _unchecked(plans: Plans) -> Iterator[Finding]:
    """What these credentials may not query, at the first site of each region."""
    first = {live.region: (plan.site, live) for plan, live in reversed(plans)}
    for site, live in first.values():
        for permission, what in live.unchecked.items():
            message = f"{what} could not be checked: {permission} is not allowed"
            yield Finding(site.place, "unchecked", message, "docs/policy-doctor.json has all permissions", "warning")
