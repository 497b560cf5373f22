"""Batch answers as AWS gives them: limits, pages, and the fields moto leaves out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.batch.exceptions import ClientException
from moto.batch.models import BatchBackend, ComputeEnvironment, JobQueue
from moto.batch.responses import BatchResponse

from tests.lab.aws.paging import LIMIT, BadTokenError, page
from tests.lab.aws.population import LabEnvironment

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


def _describe_compute_environments(response: BatchResponse) -> str:
    backend = response.batch_backend
    return _answer(response, "computeEnvironments", backend.describe_compute_environments, _environment)


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
    told = environment.told if isinstance(environment, LabEnvironment) else {}
    row = row | {"containerOrchestrationType": "ECS"} | told
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
    }
    return {key: value for key, value in row.items() if value is not None}


def _order(queue: JobQueue) -> list[dict[str, Any]]:
    # moto echoes names when it was given names. AWS gives ARNs, and promises no order of the list
    # itself: sorted by ARN, a client that forgets to look at `order` is found out.
    order = [{"order": n, "computeEnvironment": e.arn} for n, e in enumerate(queue.environments, start=1)]
    return sorted(order, key=lambda entry: str(entry["computeEnvironment"]))


def _queue_type(environment: ComputeEnvironment) -> str:
    if isinstance(environment, LabEnvironment) and environment.told["containerOrchestrationType"] == "EKS":
        return "EKS"
    kind = (environment.compute_resources or {}).get("type", "EC2")
    return QUEUE_TYPES.get(kind, "ECS")
