"""Fills moto's backends with a scenario, building its objects directly: no EC2 instance is started."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from threading import RLock
from typing import TYPE_CHECKING, Any, cast

from moto.batch.models import BatchBackend, ComputeEnvironment, JobQueue, batch_backends
from moto.core.config import default_user_config
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.types import Base64EncodedString
from moto.ec2.models import ec2_backends
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.models.launch_templates import LaunchTemplate as MotoLaunchTemplate
from moto.ecs.models import EC2ContainerServiceBackend, ecs_backends
from moto.iam.models import iam_backends
from moto.moto_api._internal.models import moto_api_backend
from moto.s3.models import s3_backends
from moto.ssm.models import Parameter as MotoParameter
from moto.ssm.models import ssm_backends
from moto.utilities.utils import get_partition

from tests.lab.aws.environments import LabEnvironment, cluster_uuid
from tests.lab.aws.jobs import LabJob, planted
from tests.lab.aws.scaling import Pool
from tests.lab.aws.scenario import (
    BlockDevice,
    Bucket,
    Environment,
    LaunchTemplate,
    Parameter,
    Queue,
    Scenario,
    SchedulingPolicy,
    TemplateVersion,
)

if TYPE_CHECKING:
    from tests.lab.aws.cloudformation.stacks import Stack


@dataclass(slots=True)
class World:
    """What is held now, next to moto's own objects."""

    scenario: Scenario = field(default_factory=Scenario)
    # by the ARN of the environment, and by the name of its cluster
    pools: dict[str, Pool] = field(default_factory=dict)
    clusters: dict[str, Pool] = field(default_factory=dict)
    # in the order in which they were submitted
    jobs: dict[str, LabJob] = field(default_factory=dict)
    # jobStateTimeLimitActions by the ARN of the queue
    time_limits: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    # by id, in the order in which they were made; deleted ones as well
    stacks: dict[str, Stack] = field(default_factory=dict)
    # how often each of stack_refusals has been heard, by resource and action
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)


# Held while any of it changes: the server answers several requests at a time.
lock = RLock()
_held = World()


def world() -> World:
    return _held


def load(scenario: Scenario) -> None:
    """Forget everything and hold this scenario. One that cannot be held is refused beforehand."""
    global _held
    _refuse_unknown_types(scenario)
    with lock:
        moto_api_backend.reset()
        _held = World(scenario)
        _populate(scenario)


def _populate(scenario: Scenario) -> None:
    # Otherwise a submitted job looks for a Docker daemon, and fails.
    default_user_config["batch"] = {"use_docker": False}
    batch = batch_backends[DEFAULT_ACCOUNT_ID][scenario.region]
    ecs = ecs_backends[DEFAULT_ACCOUNT_ID][scenario.region]
    built = {e.name: add_environment(e, batch, ecs) for e in scenario.environments}
    policies = {p.name: _add_policy(p, batch) for p in scenario.scheduling_policies}
    for queue in scenario.queues:
        _add_queue(queue, [built[name] for name in queue.environments], policies, batch)
    for template in scenario.launch_templates:
        _add_template(template, scenario.region)
    for parameter in scenario.parameters:
        _add_parameter(parameter, scenario.region)
    for role in scenario.roles:
        _add_role(role, scenario.region)
    for bucket in scenario.buckets:
        _add_bucket(bucket)


def _refuse_unknown_types(scenario: Scenario) -> None:
    hosts = {host.instance_type for e in scenario.environments for host in (*e.hosts, *e.registers)}
    sold = {p.instance_type for p in scenario.prices} | {p.instance_type for p in scenario.spot_prices}
    if unknown := sorted((hosts | sold) - INSTANCE_TYPES.keys()):
        raise ValueError(f"unknown instance type: {', '.join(unknown)}")


def add_environment(
    environment: Environment,
    batch: BatchBackend,
    ecs: EC2ContainerServiceBackend,
    resources: dict[str, Any] | None = None,
) -> LabEnvironment:
    """Hold it, with its cluster; `resources` are its computeResources if the environment cannot say them all."""
    built = LabEnvironment(environment, batch.region_name)  # type: ignore[abstract]
    if resources is not None:
        built.compute_resources = resources
    batch._compute_environments[built.arn] = built
    if environment.orchestration == "ECS":
        cluster = ecs.create_cluster(f"AWSBatch-{environment.name}-{cluster_uuid(environment)}")
        built.set_ecs(cluster.arn, cluster.name)
        pool = Pool(environment, built, _held.scenario, ecs)
        _held.pools[built.arn] = _held.clusters[cluster.name] = pool
    return built


def remove_environment(arn: str, batch: BatchBackend, ecs: EC2ContainerServiceBackend) -> None:
    name = batch._compute_environments.pop(arn).ecs_name
    _held.pools.pop(arn, None)
    _held.clusters.pop(name, None)
    ecs.clusters.pop(name, None)
    ecs.container_instances.pop(name, None)


def _add_policy(policy: SchedulingPolicy, batch: BatchBackend) -> str:
    shares = [{"shareIdentifier": s.identifier, "weightFactor": s.weight_factor} for s in policy.shares]
    return batch.create_scheduling_policy(policy.name, {"shareDistribution": shares}, {}).arn


def _add_queue(
    queue: Queue, environments: list[ComputeEnvironment], policies: Mapping[str, str], batch: BatchBackend
) -> None:
    built = JobQueue(  # type: ignore[abstract]
        queue.name,
        cast("Any", queue.priority),  # a number to AWS, whatever moto's annotation claims
        queue.state,
        environments,
        [{"order": n, "computeEnvironment": e.arn} for n, e in enumerate(environments, start=1)],
        schedule_policy=policies.get(queue.scheduling_policy or ""),
        backend=batch,
    )
    built.status = queue.status
    batch._job_queues[built.arn] = built
    _held.time_limits[built.arn] = [
        {"reason": t.reason, "state": t.state, "maxTimeSeconds": t.max_time_seconds, "action": t.action}
        for t in queue.job_state_time_limit_actions
    ]
    for number, job in enumerate(queue.jobs):
        made = planted(job, number, built.arn, batch.region_name)
        _held.jobs[made.id] = made


def _add_template(template: LaunchTemplate, region: str) -> None:
    backend = ec2_backends[DEFAULT_ACCOUNT_ID][region]
    first, *others = (_template_data(version) for version in template.versions)
    built = MotoLaunchTemplate(backend, template.name, first, "", {})  # type: ignore[abstract]
    built.id = template.id
    for data in others:
        built.create_version(data, "")
    built.default_version_number = template.default_version
    backend.launch_templates[built.id] = built
    backend.launch_template_name_to_ids[built.name] = built.id
    backend.launch_template_insert_order.append(built.id)


def _template_data(version: TemplateVersion) -> dict[str, Any]:
    data = {
        "ImageId": version.image_id,
        "InstanceInitiatedShutdownBehavior": version.instance_initiated_shutdown_behavior,
        "BlockDeviceMappings": [block_device(device) for device in version.block_devices] or None,
        "UserData": Base64EncodedString.from_raw_bytes(version.user_data.encode()) if version.user_data else None,
    }
    return {key: value for key, value in data.items() if value is not None}


def block_device(device: BlockDevice) -> dict[str, Any]:
    """The mapping, with only those fields that are set."""
    ebs = {
        "VolumeSize": device.size_gib,
        "VolumeType": device.volume_type,
        "DeleteOnTermination": device.delete_on_termination,
    }
    return {
        "DeviceName": device.device,
        "Ebs": {key: value for key, value in ebs.items() if value is not None},
    }


def _add_parameter(parameter: Parameter, region: str) -> None:
    parameters = ssm_backends[DEFAULT_ACCOUNT_ID][region]._parameters
    built = MotoParameter(  # type: ignore[abstract]
        account_id=DEFAULT_ACCOUNT_ID,
        name=parameter.name,
        value=parameter.value,
        parameter_type="String",
        description=None,
        allowed_pattern=None,
        keyid=None,
        last_modified_date=datetime.now(timezone.utc),
        version=len(parameters[parameter.name]) + 1,
        data_type="text",
    )
    parameters[parameter.name].append(built)


def _add_role(name: str, region: str) -> None:
    backend = iam_backends[DEFAULT_ACCOUNT_ID][get_partition(region)]
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    backend.create_role(name, trust, "/", None, "", [], "3600")
    backend.create_instance_profile(name, "/", [name], [])


def _add_bucket(bucket: Bucket) -> None:
    built = s3_backends[DEFAULT_ACCOUNT_ID][get_partition(bucket.region)].create_bucket(bucket.name, bucket.region)
    if bucket.encryption:
        default = {"SSEAlgorithm": bucket.encryption}
        built.encryption = {"Rule": {"ApplyServerSideEncryptionByDefault": default}}
