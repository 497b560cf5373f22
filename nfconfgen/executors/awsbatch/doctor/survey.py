"""Queries AWS for everything that the checks read, in batches and concurrently. Changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nfconfgen.executors.awsbatch.doctor.account.service_quotas import codes, quotas
from nfconfgen.executors.awsbatch.doctor.account.vpc import networks
from nfconfgen.executors.awsbatch.doctor.examine import checked
from nfconfgen.executors.awsbatch.doctor.machines import machines
from nfconfgen.executors.awsbatch.doctor.model import Environment, Job, Live, Machine, Queue
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
    roles = {role for site in sites for role in (settings_of(site).job_role, settings_of(site).execution_role)}
    return Live(
        aws.region,
        _queues(aws, described, now),
        _environments(aws, environments, facts),
        roles=job_roles(aws, roles - {""}),
        buckets=buckets(aws, {bucket_of(site) for site in sites}),
        facts=facts,
        missing=_missing(aws.region, set(queues) - set(described), problems),
        unchecked=aws.unchecked,
        fusion_token=fusion_token(os.environ),
    )


def _queues(aws: Once, described: Mapping[str, Mapping[str, Any]], now: str) -> dict[str, Queue]:
    """The queues with their waiting jobs, and the shares that their scheduling policies list."""
    jobs = aws.side_by_side(lambda name: waiting_jobs(aws, name, now), list(described))
    policies = {name: str(queue.get("schedulingPolicyArn") or "") for name, queue in described.items()}
    weighed = shares(aws, set(policies.values()) - {""})
    return {
        name: replace(_queue(queue, *waiting), shares=weighed.get(policies[name], ()))
        for (name, queue), waiting in zip(described.items(), jobs, strict=True)
    }


def _environments(aws: Once, described: Mapping[str, dict[str, Any]], facts: RegionFacts) -> dict[str, Environment]:
    """The environments with all that their instances depend on."""
    started = machines(aws, described)
    not_counted: dict[str, dict[str, Any]] = {}
    clusters = aws.if_allowed("running instances", lambda: aws.clusters(described.values()), not_counted)
    profiles = instance_roles(aws, {_role(environment) for environment in described.values()} - {""})
    missing_roles = {name for name, role in profiles.items() if role is None}
    reached = networks(aws, described, {name: _groups(found) for name, found in started.items()})
    sheets = {name: _sheets(name, facts) for name in described}
    limited = quotas(aws, {one for name, each in described.items() for one in codes(each, sheets[name] or ())})
    return {
        name: replace(
            _environment(environment, clusters.get(str(environment.get("ecsClusterArn", "")))),
            sheets=sheets[name],
            role_missing=_role(environment) in missing_roles,
            machines=started[name],
            network=reached.get(name),
            quotas=limited,
        )
        for name, environment in described.items()
    }


def _groups(machines: Iterable[Machine]) -> list[tuple[str, ...]]:
    """The security groups of the launch template, in each version that may be in effect."""
    return [each.template.groups for machine in machines for each in machine.possible if each.template]


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
        idle_minutes=int((resources.get("scalingPolicy") or {}).get("minScaleDownDelayMinutes") or 0),
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
