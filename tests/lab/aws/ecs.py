"""ECS answers as AWS gives them: limits, pages, filters, and container instances that are gone."""

from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import ContainerInstance
from moto.ecs.responses import EC2ContainerServiceResponse

from tests.lab.aws import population
from tests.lab.aws.hosts import LabContainerInstance
from tests.lab.aws.paging import LIMIT, BadTokenError, page

ONE_ATTRIBUTE = re.compile(r"\s*attribute:(?P<name>[\w.-]+)\s*==\s*(?P<value>[\w.-]+)\s*")
_moto_describe_clusters = EC2ContainerServiceResponse.describe_clusters


def install() -> None:
    served: Any = EC2ContainerServiceResponse
    served.describe_clusters = _describe_clusters
    served.list_container_instances = _list_container_instances
    served.describe_container_instances = _describe_container_instances


def _describe_clusters(response: EC2ContainerServiceResponse) -> ActionResult:
    _refuse_many(response, "clusters")
    for name in response._get_param("clusters") or ["default"]:
        _looked_at(name.rpartition("/")[2])
    backend = response.ecs_backend
    for cluster in backend.clusters.values():
        # moto counts up on registering, but never down again.
        instances = list(backend.container_instances.get(cluster.name, {}).values())
        cluster.registered_container_instances_count = sum(i.status != "INACTIVE" for i in instances)
    return _moto_describe_clusters(response)


def _list_container_instances(response: EC2ContainerServiceResponse) -> ActionResult:
    size = response._get_param("maxResults") or LIMIT
    if not 1 <= size <= LIMIT:
        raise InvalidParameterException(f"maxResults must be between 1 and {LIMIT}.")
    instances = _instances(response).values()
    status, wanted = response._get_param("status"), _attribute(response._get_param("filter"))
    arns = sorted(
        instance.container_instance_arn
        for instance in instances
        if (instance.status == status if status else instance.status != "INACTIVE")
        and wanted.items() <= instance.attributes.items()
    )
    try:
        found, token = page(arns, size, response._get_param("nextToken"))
    except BadTokenError as error:
        raise InvalidParameterException(str(error)) from error
    return ActionResult({"containerInstanceArns": found, "nextToken": token})


def _describe_container_instances(response: EC2ContainerServiceResponse) -> ActionResult:
    _refuse_many(response, "containerInstances")
    asked = response._get_param("containerInstances") or []
    if not asked:
        raise InvalidParameterException("Container Instances cannot be empty.")
    instances = _instances(response)
    found: list[ContainerInstance] = []
    failures: list[dict[str, str]] = []
    for name in asked:
        instance = instances.get(name.split("/")[-1])
        if instance is None or (isinstance(instance, LabContainerInstance) and instance.vanished):
            failures.append({"arn": name, "reason": "MISSING"})
        else:
            found.append(instance)
    return ActionResult({"containerInstances": found, "failures": failures})


def _instances(response: EC2ContainerServiceResponse) -> dict[str, ContainerInstance]:
    backend = response.ecs_backend
    cluster = backend._get_cluster(response._get_param("cluster", "default"))
    with population.lock:
        _looked_at(cluster.name)
        return dict(backend.container_instances.get(cluster.name, {}))


def _looked_at(cluster: str) -> None:
    with population.lock:
        if pool := population.world().clusters.get(cluster):
            pool.polled()


def _attribute(expression: str | None) -> dict[str, Any]:
    if not expression:
        return {}
    match = ONE_ATTRIBUTE.fullmatch(expression)
    if match is None:
        # moto takes no notice of a filter; better refused than passed over.
        raise InvalidParameterException(f"the double does not understand the filter {expression!r}")
    return {match["name"]: match["value"]}


def _refuse_many(response: EC2ContainerServiceResponse, member: str) -> None:
    if len(response._get_param(member) or []) > LIMIT:
        raise InvalidParameterException(f"{member} can have at most {LIMIT} items.")
