"""Jobs over the wire: SubmitJob, DescribeJobs, ListJobs, TerminateJob and CancelJob."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from moto.batch.exceptions import ClientException
from moto.batch.models import BatchBackend, JobDefinition, JobQueue
from moto.batch.responses import BatchResponse

from tests.lab.aws import population
from tests.lab.aws.jobs import STATES, WAITING, LabJob, container_of
from tests.lab.aws.paging import LIMIT, BadTokenError, page
from tests.lab.aws.scaling import Pool

NOT_UNDERSTOOD = ("arrayProperties", "dependsOn", "nodeOverrides", "eksPropertiesOverride", "ecsPropertiesOverride")
KEPT = ("parameters", "tags", "retryStrategy", "timeout", "propagateTags")
FILTERS: dict[str, Callable[[LabJob, str], bool]] = {
    "JOB_NAME": lambda job, value: _like(job.name, value),
    "JOB_DEFINITION": lambda job, value: _like(job.definition.rpartition("/")[2].partition(":")[0], value),
    "BEFORE_CREATED_AT": lambda job, value: job.created_at < int(value),
    "AFTER_CREATED_AT": lambda job, value: job.created_at > int(value),
}


def install() -> None:
    served: Any = BatchResponse
    served.submitjob = _submit
    served.describejobs = _describe
    served.listjobs = _list
    served.terminatejob = _terminate
    served.canceljob = _cancel


def _submit(response: BatchResponse) -> str:
    asked = {name: response._get_param(name) for name in NOT_UNDERSTOOD}
    if left := [name for name, value in asked.items() if value]:
        raise ClientException(f"the double does not understand {', '.join(left)}")
    backend = response.batch_backend
    queue = _queue(backend, response._get_param("jobQueue"))
    if queue.state != "ENABLED":
        raise ClientException(f"Job queue {queue.name} is not enabled.")
    _refuse_wrong_share(queue, response)
    definition = _definition(backend, response._get_param("jobDefinition"))
    overrides = response._get_param("containerOverrides") or {}
    container, cpus, memory = container_of(definition.container_properties or {}, overrides)
    of_definition = {"retryStrategy": definition.retry_strategy, "timeout": definition.timeout}
    reported = of_definition | {name: response._get_param(name) for name in KEPT if response._get_param(name)}
    job = LabJob(
        id=str(uuid.uuid4()),
        name=response._get_param("jobName"),
        queue=queue.arn,
        definition=definition.arn,
        region=backend.region_name,
        vcpus=cpus,
        memory_mib=memory,
        container=container,
        reported={name: value for name, value in reported.items() if value},
    )
    with population.lock:
        population.world().jobs[job.id] = job
    return json.dumps({"jobArn": job.arn, "jobName": job.name, "jobId": job.id})


def _refuse_wrong_share(queue: JobQueue, response: BatchResponse) -> None:
    """A queue with a fair-share policy needs an identifier and a priority, any other one takes no identifier."""
    share = response._get_param("shareIdentifier")
    if queue.schedule_policy and not share:
        raise ClientException("shareIdentifier must be specified for a job queue with a fair-share policy.")
    if share and not queue.schedule_policy:
        raise ClientException("shareIdentifier must not be specified: the job queue has no fair-share policy.")
    if share and response._get_param("schedulingPriorityOverride") is None:
        raise ClientException(
            "Either schedulingPriority in job definition or schedulingPriorityOverride should be specified."
        )


def _describe(response: BatchResponse) -> str:
    asked = response._get_param("jobs") or []
    if not 1 <= len(asked) <= LIMIT:
        raise ClientException(f"jobs must have length between 1 and {LIMIT}")
    backend = response.batch_backend
    with population.lock:
        world = population.world()
        found = [job for name in asked if (job := _job(name, backend)) is not None]
        answer = json.dumps({"jobs": [job.describe() for job in found]})
        for job in found:
            job.advance(_pools(backend, job), world.scenario)
    return answer


def _list(response: BatchResponse) -> str:
    backend = response.batch_backend
    queue = _queue(backend, response._get_param("jobQueue"))
    # As to AWS: those that run, unless another status is asked for; a filter takes no notice of the status.
    status, filters = response._get_param("jobStatus") or "RUNNING", response._get_param("filters") or []
    size = response._get_param("maxResults") or LIMIT
    if status not in STATES:
        raise ClientException(f"jobStatus must be one of {', '.join(STATES)}")
    if not 1 <= size <= LIMIT:
        raise ClientException(f"maxResults must be between 1 and {LIMIT}")
    if unknown := [f["name"] for f in filters if f["name"] not in FILTERS]:
        raise ClientException(f"the double does not understand the filter {unknown[0]}")
    with population.lock:
        held = [job for job in population.world().jobs.values() if job.queue == queue.arn]
        if filters:
            found = [j for j in held if all(any(FILTERS[f["name"]](j, v) for v in f["values"]) for f in filters)]
        else:
            found = [job for job in held if job.status == status]
        try:
            rows, token = page([job.summary() for job in found], size, response._get_param("nextToken"))
        except BadTokenError as error:
            raise ClientException(str(error)) from error
    return json.dumps({"jobSummaryList": rows} | ({"nextToken": token} if token else {}))


def _terminate(response: BatchResponse) -> str:
    job, reason = _ending(response)
    with population.lock:
        if job is not None:
            job.terminated = True
            job.end("FAILED", reason)
    return "{}"


def _cancel(response: BatchResponse) -> str:
    job, reason = _ending(response)
    with population.lock:
        # What has been started goes on.
        if job is not None and job.status in WAITING:
            job.cancelled = True
            job.end("FAILED", reason)
    return "{}"


def _ending(response: BatchResponse) -> tuple[LabJob | None, str]:
    reason = response._get_param("reason")
    if not reason:
        raise ClientException("reason must not be empty")
    return _job(response._get_param("jobId"), response.batch_backend), str(reason)


def _job(name: str, backend: BatchBackend) -> LabJob | None:
    found = population.world().jobs.get(name.rpartition("/")[2])
    return found if found is not None and found.region == backend.region_name else None


def _pools(backend: BatchBackend, job: LabJob) -> list[Pool]:
    queue = backend.get_job_queue(job.queue)
    pools = population.world().pools
    return [pools[e.arn] for e in queue.environments if e.arn in pools] if queue else []


def _queue(backend: BatchBackend, name: str | None) -> JobQueue:
    queue = backend.get_job_queue(name) if name else None
    if queue is None:
        raise ClientException(f"Job queue {name} does not exist")
    return queue


def _definition(backend: BatchBackend, name: str) -> JobDefinition:
    """By ARN, by name and revision, or the newest active one of that name."""
    plain = name.rpartition("/")[2]
    named = [
        d
        for d in backend._job_definitions.values()
        if d.status == "ACTIVE" and plain in (d.name, f"{d.name}:{d.revision}")
    ]
    if not named:
        raise ClientException(f"Job definition {name} does not exist")
    return max(named, key=lambda definition: definition.revision)


def _like(name: str, pattern: str) -> bool:
    name, pattern = name.lower(), pattern.lower()
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
