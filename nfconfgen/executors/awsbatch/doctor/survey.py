"""Asks one AWS region for all that the checks look at, by the hundred and side by side. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from nfconfgen.executors.awsbatch.client import batched
from nfconfgen.executors.awsbatch.doctor.machines import machines
from nfconfgen.executors.awsbatch.doctor.model import Environment, Job, Live, Machine, Queue, Role
from nfconfgen.executors.awsbatch.doctor.once import Once
from nfconfgen.executors.awsbatch.doctor.surroundings import buckets, instance_roles, job_roles
from nfconfgen.executors.awsbatch.facts.observe import observe
from nfconfgen.executors.awsbatch.facts.queues import check_environment, check_queue, environment_names
from nfconfgen.executors.awsbatch.facts.region import InstanceType, RegionFacts
from nfconfgen.facts.model import TIME_FORMAT, Problem

STUCK_AFTER_S = 600
"""An instance takes minutes to start and register; only then is a job that waits worth a word."""

_MOST_LISTED = 1000
_MOST_DESCRIBED = 100


def look(
    aws: Once, queues: Sequence[str], roles: Sequence[str], work_buckets: Sequence[str], known: RegionFacts, now: str
) -> Live:
    """Everything about these queues, job roles and buckets. `known` is what the lock remembers of the region.

    Raises AwsError where queues and environments cannot be asked for; what else is denied is told as unchecked.
    """
    described = _queues(aws, queues)
    environments = _environments(aws, [name for queue in described.values() for name in environment_names(queue)])
    nobody: tuple[RegionFacts, list[Problem]] = (known, [])
    facts, problems = aws.if_allowed("what instances offer", lambda: observe(aws, queues, known, now), nobody)
    started = machines(aws, environments)
    profiles = {str(_resources(env).get("instanceRole", "")) for env in environments.values()} - {""}
    read = _Reading(facts, _counts(aws, environments), instance_roles(aws, profiles))
    waiting = dict(zip(described, aws.side_by_side(lambda name: _jobs(aws, name, now), list(described)), strict=True))
    return Live(
        aws.region,
        {name: _queue(queue, *waiting[name]) for name, queue in described.items()},
        {name: read.environment(env, started[name]) for name, env in environments.items()},
        roles=job_roles(aws, roles),
        buckets=buckets(aws, work_buckets),
        facts=facts,
        missing=tuple(_missing(aws.region, sorted(set(queues) - set(described)), problems)),
        unchecked=aws.unchecked,
    )


def _missing(region: str, names: Sequence[str], problems: Sequence[Problem]) -> Iterator[Problem]:
    """The queues that AWS does not know, in the words of the facts where those could be asked for."""
    told = {problem.queue: problem for problem in problems if problem.rule == "queue-missing"}
    for name in names:
        message = f"there is no job queue {name} in {region}"
        yield told.get(name, Problem(name, "queue-missing", message, "name one that is there"))


def _queues(aws: Once, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    def ask(some: Sequence[str]) -> list[Any]:
        return aws.pages("batch", "describe_job_queues", "jobQueues", jobQueues=list(some))

    pages = aws.side_by_side(ask, batched(sorted(set(names))))
    return {str(queue["jobQueueName"]): queue for page in pages for queue in page}


def _environments(aws: Once, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    def ask(some: Sequence[str]) -> list[Any]:
        key = "computeEnvironments"
        return aws.pages("batch", "describe_compute_environments", key, computeEnvironments=list(some))

    pages = aws.side_by_side(ask, batched(sorted(set(names))))
    return {str(environment["computeEnvironmentName"]): environment for page in pages for environment in page}


def _resources(environment: Mapping[str, Any]) -> Mapping[str, Any]:
    resources: Mapping[str, Any] = environment.get("computeResources", {})
    return resources


def _queue(queue: Mapping[str, Any], jobs: tuple[Job, ...], runnable: int) -> Queue:
    return Queue(
        str(queue["jobQueueName"]),
        tuple(environment_names(dict(queue))),
        tuple(check_queue(dict(queue))),
        frozenset(str(action["reason"]) for action in queue.get("jobStateTimeLimitActions") or ()),
        jobs,
        runnable,
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is known beside a compute environment itself: facts, its ECS clusters and instance profiles."""

    facts: RegionFacts
    clusters: Mapping[str, Mapping[str, Any]]
    roles: Mapping[str, Role | None]

    def environment(self, data: Mapping[str, Any], started: tuple[Machine, ...]) -> Environment:
        resources, name = _resources(data), str(data["computeEnvironmentName"])
        cluster = self.clusters.get(str(data.get("ecsClusterArn", "")), {})
        role = str(resources.get("instanceRole", ""))
        return Environment(
            name,
            check_environment(dict(data)),
            kind=str(resources.get("type", "")),
            min_vcpus=int(resources.get("minvCpus", 0)),
            max_vcpus=int(resources.get("maxvCpus", 0)),
            desired_vcpus=int(resources.get("desiredvCpus", 0)),
            asked=tuple(map(str, resources.get("instanceTypes", []))),
            sizes={offered: sheet.cpus for offered, sheet in self._sheets(name).items()},
            gpu_types=tuple(sorted(offered for offered, sheet in self._sheets(name).items() if sheet.gpus)),
            known=name in self.facts.environments,
            role=role,
            role_missing=role in self.roles and self.roles[role] is None,
            machines=started,
            instances=cluster.get("registeredContainerInstancesCount"),
            running_tasks=cluster["runningTasksCount"] + cluster["pendingTasksCount"] if cluster else None,
        )

    def _sheets(self, environment: str) -> dict[str, InstanceType]:
        """The data sheets of the instance types of an environment."""
        known = self.facts.environments.get(environment)
        sheets = self.facts.instance_types
        return {name: sheets[name] for name in (known.offers if known else ()) if name in sheets}


def _counts(aws: Once, environments: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """How many instances and tasks each ECS cluster holds, by its ARN."""

    def ask(some: Sequence[str]) -> list[Any]:
        return list(aws.call("ecs", "describe_clusters", clusters=list(some))["clusters"])

    def all_of_them() -> list[list[Any]]:
        return aws.side_by_side(ask, batched(clusters))

    clusters = sorted({str(env["ecsClusterArn"]) for env in environments.values() if env.get("ecsClusterArn")})
    nothing: list[list[Any]] = []
    pages = aws.if_allowed("running instances", all_of_them, nothing)
    return {str(cluster["clusterArn"]): cluster for page in pages for cluster in page}


def _jobs(aws: Once, queue: str, now: str) -> tuple[tuple[Job, ...], int]:
    """The jobs of a queue that have waited long in RUNNABLE, the oldest hundred of them; and how many wait at all."""

    def ask() -> tuple[tuple[Job, ...], int]:
        limit = {"MaxItems": _MOST_LISTED}
        listed = aws.pages(
            "batch", "list_jobs", "jobSummaryList", jobQueue=queue, jobStatus="RUNNABLE", PaginationConfig=limit
        )
        stuck = [job for job in listed if _waited_s(job, now) >= STUCK_AFTER_S or job.get("statusReason")]
        oldest = sorted(stuck, key=lambda job: int(job.get("createdAt", 0)))[:_MOST_DESCRIBED]
        if not oldest:
            return (), len(listed)
        ids = [str(job["jobId"]) for job in oldest]
        jobs = aws.call("batch", "describe_jobs", jobs=ids)["jobs"]
        # one that has started meanwhile is not stuck
        return tuple(_job(job, now) for job in jobs if job.get("status", "RUNNABLE") == "RUNNABLE"), len(listed)

    nothing: tuple[tuple[Job, ...], int] = ((), 0)
    return aws.if_allowed("waiting jobs", ask, nothing)


def _waited_s(job: Mapping[str, Any], now: str) -> int:
    """Seconds since it was submitted; AWS gives milliseconds."""
    present = datetime.strptime(now, TIME_FORMAT).replace(tzinfo=timezone.utc).timestamp()
    return int(present - int(job.get("createdAt", 0)) / 1000)


def _job(job: Mapping[str, Any], now: str) -> Job:
    container = job.get("container", {})
    asked = {item["type"]: item["value"] for item in container.get("resourceRequirements", [])}
    return Job(
        str(job["jobId"]),
        str(job["jobName"]),
        _waited_s(job, now),
        " ".join(str(job.get("statusReason", "")).split()),
        int(float(asked.get("VCPU", container.get("vcpus", 1)))),
        int(float(asked.get("MEMORY", container.get("memory", 0)))),
        int(float(asked.get("GPU", 0))),
    )
