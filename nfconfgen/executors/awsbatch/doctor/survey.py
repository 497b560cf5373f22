"""Queries AWS for everything that the checks read, in batches and concurrently. Changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nfconfgen.executors.awsbatch.doctor.account.vpc import networks
from nfconfgen.executors.awsbatch.doctor.examine import checked
from nfconfgen.executors.awsbatch.doctor.machines import machines
from nfconfgen.executors.awsbatch.doctor.model import Environment, Job, Live, Queue
from nfconfgen.executors.awsbatch.doctor.once import Once
from nfconfgen.executors.awsbatch.doctor.surroundings import (
    buckets,
    fusion_token,
    instance_roles,
    job_roles,
    shares,
)
from nfconfgen.executors.awsbatch.doctor.waiting import waiting_jobs
from nfconfgen.executors.awsbatch.facts.observe import observe
from nfconfgen.executors.awsbatch.facts.queues import check_environment, check_queue, environment_names
from nfconfgen.executors.awsbatch.facts.region import InstanceType, RegionFacts
from nfconfgen.executors.awsbatch.settings import BatchSettings, bucket_of, settings_of
from nfconfgen.executors.examination import Examination, Examined
from nfconfgen.facts.model import Problem
from nfconfgen.parallel import side_by_side
from nfconfgen.profile.model import Site


def examine(examination: Examination) -> Examined | None:
    """The findings of all sites on AWS Batch; None if there is no such site. AwsError if AWS does not answer."""
    regions: dict[str, list[Site]] = {}
    for site in examination.profile.sites:
        if isinstance(site.settings, BatchSettings):
            regions.setdefault(site.settings.region, []).append(site)
    if not regions:
        return None
    examination.info("asking AWS about queues, environments, images, roles and buckets …")
    query = examination.query

    def ask(region: str) -> Live:
        known = examination.known.get(region)
        before = known if isinstance(known, RegionFacts) else RegionFacts()
        return _survey(Once(region, query.calls), regions[region], before, query.now)

    return checked(examination, {live.region: live for live in side_by_side(ask, list(regions), at_once=8)})


def _survey(aws: Once, sites: Sequence[Site], known: RegionFacts, now: str) -> Live:
    """Everything about the queues, roles and buckets of these sites. `known` are the facts of the region in the lock.

    Raises AwsError if queues and environments cannot be queried; anything else that is denied becomes `unchecked`.
    """
    queues = sorted({queue.value for site in sites for queue in site.named})
    described = aws.job_queues(queues)
    environments = aws.environments(name for queue in described.values() for name in environment_names(queue))
    denied: tuple[RegionFacts, list[Problem]] = (known, [])
    facts, problems = aws.if_allowed("what instances offer", lambda: observe(aws, queues, known, now), denied)
    started = machines(aws, environments)
    not_counted: dict[str, dict[str, Any]] = {}
    clusters = aws.if_allowed("running instances", lambda: aws.clusters(environments.values()), not_counted)
    profiles = instance_roles(aws, {_role(environment) for environment in environments.values()} - {""})
    missing_roles = {name for name, role in profiles.items() if role is None}
    roles = {role for site in sites for role in (settings_of(site).job_role, settings_of(site).execution_role)}
    of_templates = {
        name: [one.template.groups for each in found for one in each.possible if one.template]
        for name, found in started.items()
    }
    reached = networks(aws, environments, of_templates)
    policies = {name: str(queue.get("schedulingPolicyArn") or "") for name, queue in described.items()}
    weighed = shares(aws, set(policies.values()) - {""})
    waiting = dict(
        zip(described, aws.side_by_side(lambda name: waiting_jobs(aws, name, now), list(described)), strict=True)
    )
    return Live(
        aws.region,
        {
            name: replace(_queue(queue, *waiting[name]), shares=weighed.get(policies[name], ()))
            for name, queue in described.items()
        },
        {
            name: replace(
                _environment(environment, clusters.get(str(environment.get("ecsClusterArn", "")))),
                sheets=_sheets(name, facts),
                role_missing=_role(environment) in missing_roles,
                machines=started[name],
                network=reached.get(name),
            )
            for name, environment in environments.items()
        },
        roles=job_roles(aws, roles - {""}),
        buckets=buckets(aws, {bucket_of(site) for site in sites}),
        facts=facts,
        missing=_missing(aws.region, set(queues) - set(described), problems),
        unchecked=aws.unchecked,
        fusion_token=fusion_token(os.environ),
    )


def _missing(region: str, names: Iterable[str], problems: Iterable[Problem]) -> dict[str, Problem]:
    """The queues that do not exist, as the problem that the facts report, if those could be queried."""
    reported = {problem.queue: problem for problem in problems if problem.rule == "queue-missing"}
    message, advice = "there is no job queue {} in {}", "name one that exists"
    return {
        name: reported.get(name, Problem(name, "queue-missing", message.format(name, region), advice))
        for name in names
    }


def _queue(queue: Mapping[str, Any], jobs: tuple[Job, ...], runnable: int) -> Queue:
    return Queue(
        str(queue["jobQueueName"]),
        tuple(environment_names(queue)),
        tuple(check_queue(queue)),
        {
            str(action["reason"]): int(action["maxTimeSeconds"])
            for action in queue.get("jobStateTimeLimitActions") or ()
        },
        jobs,
        runnable,
    )


def _role(environment: Mapping[str, Any]) -> str:
    return str(environment.get("computeResources", {}).get("instanceRole", ""))


def _environment(data: Mapping[str, Any], cluster: Mapping[str, Any] | None) -> Environment:
    """A compute environment with the counts of its ECS cluster."""
    resources: Mapping[str, Any] = data.get("computeResources", {})
    return Environment(
        str(data["computeEnvironmentName"]),
        check_environment(data),
        kind=str(resources.get("type", "")),
        min_vcpus=int(resources.get("minvCpus", 0)),
        max_vcpus=int(resources.get("maxvCpus", 0)),
        desired_vcpus=int(resources.get("desiredvCpus", 0)),
        strategy=str(resources.get("allocationStrategy") or ""),
        asked=tuple(map(str, resources.get("instanceTypes", []))),
        role=_role(data),
        instances=cluster.get("registeredContainerInstancesCount") if cluster else None,
        running_tasks=cluster["runningTasksCount"] + cluster["pendingTasksCount"] if cluster else None,
    )


def _sheets(environment: str, facts: RegionFacts) -> dict[str, InstanceType] | None:
    """The data sheets of the instance types of an environment; None if there are no facts about it."""
    known, sheets = facts.environments.get(environment), facts.instance_types
    return {name: sheets[name] for name in known.offers if name in sheets} if known else None
