"""Batch answers as AWS gives them: limits, pages, and the fields moto leaves out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.batch.exceptions import ClientException
from moto.batch.models import BatchBackend, ComputeEnvironment, JobQueue, batch_backends
from moto.batch.responses import BatchResponse
from moto.core.models import DEFAULT_ACCOUNT_ID

from tests.lab.aws import population
from tests.lab.aws.environments import LabEnvironment
from tests.lab.aws.paging import LIMIT, BadTokenError, page

# One per kind of compute environment; all those of a queue are of the same.
QUEUE_TYPES = {
    "FARGATE": "ECS_FARGATE",
    "FARGATE_SPOT": "ECS_FARGATE",
    "ECS_MANAGED_INSTANCES": "ECS_MANAGED_INSTANCES",
}


def install() -> None:
    served: Any = BatchResponse
    served.describecomputeenvironments = _describe_compute_environments
    served.describejobqueues = _describe_job_queues
    served.describejobdefinitions = _describe_job_definitions
    served.updatecomputeenvironment = _update_compute_environment


def state() -> dict[str, Any]:
    """All there is, as Batch would describe it, without it counting as a look at it."""
    with population.lock:
        world = population.world()
        backend = batch_backends[DEFAULT_ACCOUNT_ID][world.scenario.region]
        environments = backend.describe_compute_environments()
        queues = backend.describe_job_queues()
        return {
            "environments": {row["computeEnvironmentName"]: _environment(row, backend) for row in environments},
            "queues": {row["jobQueueName"]: _queue(row, backend) for row in queues},
            "definitions": [
                {"name": d.name, "revision": d.revision, "status": d.status}
                for d in backend._job_definitions.values()
            ],
            "jobs": [job.describe() for job in world.jobs.values()],
            "hosts": {pool.built.name: pool.hosts() for pool in world.pools.values()},
        }


def settle() -> None:
    """Let come about at once what would take some more polls."""
    with population.lock:
        for pool in population.world().pools.values():
            pool.settle()


def _describe_compute_environments(response: BatchResponse) -> str:
    backend = response.batch_backend
    with population.lock:
        return _answer(response, "computeEnvironments", backend.describe_compute_environments, _looked_at)


def _looked_at(row: dict[str, Any], backend: BatchBackend) -> dict[str, Any]:
    if pool := population.world().pools.get(row["computeEnvironmentArn"]):
        pool.described()
    return _environment(row, backend)


def _update_compute_environment(response: BatchResponse) -> str:
    asked = response._get_param("computeEnvironment")
    found = response.batch_backend.get_compute_environment(asked)
    if found is None:
        raise ClientException(f"Compute environment {asked} does not exist")
    pool = population.world().pools.get(found.arn)
    if pool is None:
        raise ClientException(f"the double does not know how to update {asked}")
    given = {name: value for name in ("updatePolicy", "context") if (value := response._get_param(name))}
    with population.lock:
        resources = response._get_param("computeResources") or {}
        pool.update(response._get_param("state"), resources, given, response._get_param("serviceRole"))
    return json.dumps({"computeEnvironmentArn": found.arn, "computeEnvironmentName": found.name})


def _describe_job_definitions(response: BatchResponse) -> str:
    name, status = response._get_param("jobDefinitionName"), response._get_param("status")
    named = response._get_param("jobDefinitions")
    size = response._get_param("maxResults") or LIMIT
    if len(named or []) > LIMIT or not 1 <= size <= LIMIT:
        raise ClientException(f"jobDefinitions and maxResults can be at most {LIMIT}")
    rows = [d.describe() for d in response.batch_backend.describe_job_definitions(name, None, status)]
    if named:
        # moto finds none by name and revision.
        rows = [row for row in rows if _is_named(row, named)]
    try:
        found, token = page(rows, size, response._get_param("nextToken"))
    except BadTokenError as error:
        raise ClientException(str(error)) from error
    return json.dumps({"jobDefinitions": found} | ({"nextToken": token} if token else {}))


def _is_named(row: dict[str, Any], names: list[str]) -> bool:
    name, revision = row["jobDefinitionName"], row["revision"]
    return not {row["jobDefinitionArn"], name, f"{name}:{revision}"}.isdisjoint(names)


def _describe_job_queues(response: BatchResponse) -> str:
    return _answer(response, "jobQueues", response.batch_backend.describe_job_queues, _queue)


def _answer(
    response: BatchResponse,
    member: str,
    describe: Callable[[list[str]], list[dict[str, Any]]],
    as_aws: Callable[[dict[str, Any], BatchBackend], dict[str, Any]],
) -> str:
    names = response._get_param(member) or []
    size = response._get_param("maxResults") or LIMIT
    if len(names) > LIMIT:
        raise ClientException(f"{member} must have length less than or equal to {LIMIT}")
    if not 1 <= size <= LIMIT:
        raise ClientException(f"maxResults must be between 1 and {LIMIT}")
    try:
        rows, token = page(describe(names), size, response._get_param("nextToken"))
    except BadTokenError as error:
        raise ClientException(str(error)) from error
    answer: dict[str, Any] = {member: [as_aws(row, response.batch_backend) for row in rows]}
    return json.dumps(answer | ({"nextToken": token} if token else {}))


def _environment(row: dict[str, Any], backend: BatchBackend) -> dict[str, Any]:
    environment = backend._compute_environments[row["computeEnvironmentArn"]]
    reported = environment.reported if isinstance(environment, LabEnvironment) else {}
    row = row | {"containerOrchestrationType": "ECS"} | reported
    if environment.env_type == "UNMANAGED":
        row.pop("computeResources", None)
    # AWS leaves out what does not apply; moto sends null or "".
    return {key: value for key, value in row.items() if value not in (None, "")}


def _queue(row: dict[str, Any], backend: BatchBackend) -> dict[str, Any]:
    queue = backend._job_queues[row["jobQueueArn"]]
    row = row | {
        "computeEnvironmentOrder": _order(queue),
        "jobQueueType": _queue_type(queue.environments[0]),
        "statusReason": "JobQueue Healthy" if queue.status == "VALID" else queue.status,
        "jobStateTimeLimitActions": population.world().time_limits.get(queue.arn) or None,
    }
    return {key: value for key, value in row.items() if value is not None}


def _order(queue: JobQueue) -> list[dict[str, Any]]:
    # moto echoes names when it was given names. AWS gives ARNs, and promises no order of the list
    # itself: sorted by ARN, a client that forgets to look at `order` is found out.
    order = [{"order": n, "computeEnvironment": e.arn} for n, e in enumerate(queue.environments, start=1)]
    return sorted(order, key=lambda entry: str(entry["computeEnvironment"]))


def _queue_type(environment: ComputeEnvironment) -> str:
    if isinstance(environment, LabEnvironment) and environment.reported["containerOrchestrationType"] == "EKS":
        return "EKS"
    kind = (environment.compute_resources or {}).get("type", "EC2")
    return QUEUE_TYPES.get(kind, "ECS")
