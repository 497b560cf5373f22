"""Fills moto's backends with a scenario, building its objects directly: no EC2 instance is started."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime
from typing import Any, cast

from moto.batch.models import BatchBackend, ComputeEnvironment, JobQueue, batch_backends
from moto.core.config import default_user_config
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ecs.models import ContainerInstance, EC2ContainerServiceBackend, ecs_backends
from moto.moto_api._internal.models import moto_api_backend
from moto.utilities.utils import get_partition

from tests.lab.aws.scenario import Environment, Host, Queue, Scenario

NETWORK = {"subnets": ["subnet-0c0ffee0c0ffee001"], "securityGroupIds": ["sg-0c0ffee0c0ffee001"]}


class LabEnvironment(ComputeEnvironment):
    """A compute environment that also knows the fields moto does not model."""

    def __init__(self, environment: Environment, region: str) -> None:
        super().__init__(
            environment.name,
            environment.management,
            environment.state,
            compute_resources(environment, region) if environment.management == "MANAGED" else {},
            _iam("role/AWSBatchServiceRole", region),
            account_id=DEFAULT_ACCOUNT_ID,
            region_name=region,
        )
        self.told: dict[str, Any] = {
            "status": environment.status,
            "statusReason": environment.status_reason,
            "containerOrchestrationType": environment.orchestration,
            "uuid": cluster_uuid(environment),
        }
        if environment.orchestration == "EKS":
            cluster = f"arn:{get_partition(region)}:eks:{region}:{DEFAULT_ACCOUNT_ID}:cluster/lab"
            self.told["eksConfiguration"] = {"eksClusterArn": cluster, "kubernetesNamespace": "batch"}


class LabContainerInstance(ContainerInstance):
    """A container instance with the figures of the scenario, and no EC2 instance behind it."""

    def __init__(self, host: Host, number: int, cluster: str, backend: EC2ContainerServiceBackend) -> None:
        digest = hashlib.sha256(f"{backend.region_name}/{cluster}/{number}".encode()).hexdigest()
        self.id = digest[:32]
        self.ec2_instance_id = f"i-{digest[-17:]}"
        self.vanished = host.vanished
        self.agent_connected = host.agent_connected
        self.status = host.status
        self.registered_resources = _resources(host)
        self.remaining_resources = _resources(host)
        self.running_tasks_count = self.pending_tasks_count = 0
        self.version_info = {
            "agentVersion": "1.106.0",
            "agentHash": "0a1b2c3d",
            "dockerVersion": "DockerVersion: 25.0.16",
        }
        zone = f"{backend.region_name}{'abc'[number % 3]}"
        self.attributes = _attributes(host, zone)
        self.registered_at = datetime.fromisoformat(host.registered_at)
        self.region_name = backend.region_name
        self.cluster_name = cluster
        self._account_id = backend.account_id
        self._backend = backend


def load(scenario: Scenario) -> None:
    """Forget everything and hold this scenario. One that cannot be held is refused beforehand."""
    _refuse_unknown_types(scenario)
    moto_api_backend.reset()
    # Otherwise a submitted job looks for a Docker daemon, and fails.
    default_user_config["batch"] = {"use_docker": False}
    batch = batch_backends[DEFAULT_ACCOUNT_ID][scenario.region]
    ecs = ecs_backends[DEFAULT_ACCOUNT_ID][scenario.region]
    for environment in scenario.environments:
        _add_environment(environment, batch, ecs)
    for queue in scenario.queues:
        _add_queue(queue, batch)


def _refuse_unknown_types(scenario: Scenario) -> None:
    hosts = {host.instance_type for e in scenario.environments for host in e.hosts}
    if unknown := sorted(hosts - INSTANCE_TYPES.keys()):
        raise ValueError(f"unknown instance type: {', '.join(unknown)}")


def _add_environment(environment: Environment, batch: BatchBackend, ecs: EC2ContainerServiceBackend) -> None:
    built = LabEnvironment(environment, batch.region_name)  # type: ignore[abstract]
    batch._compute_environments[built.arn] = built
    if environment.orchestration != "ECS":
        return
    cluster = ecs.create_cluster(f"AWSBatch-{environment.name}-{cluster_uuid(environment)}")
    built.set_ecs(cluster.arn, cluster.name)
    registered = (
        LabContainerInstance(host, number, cluster.name, ecs) for number, host in enumerate(environment.hosts)
    )
    ecs.container_instances[cluster.name] = {instance.id: instance for instance in registered}


def _add_queue(queue: Queue, batch: BatchBackend) -> None:
    environments = [_environment_named(batch, name) for name in queue.environments]
    built = JobQueue(  # type: ignore[abstract]
        queue.name,
        cast("Any", queue.priority),  # a number to AWS, whatever moto's annotation says
        queue.state,
        environments,
        [{"order": n, "computeEnvironment": e.arn} for n, e in enumerate(environments, start=1)],
        schedule_policy=None,
        backend=batch,
    )
    built.status = queue.status
    batch._job_queues[built.arn] = built


def _environment_named(batch: BatchBackend, name: str) -> ComputeEnvironment:
    found = batch.get_compute_environment_by_name(name)
    if found is None:
        raise ValueError(f"unknown compute environment: {name}")
    return found


def compute_resources(environment: Environment, region: str) -> dict[str, Any]:
    """The computeResources AWS would describe: Fargate has far fewer of them."""
    common = {"type": environment.kind, "maxvCpus": environment.max_vcpus, **NETWORK}
    if environment.kind.startswith("FARGATE"):
        return common
    image = {"imageType": environment.image_type} if environment.image_type else None
    optional = {
        "imageId": environment.image_id,
        "ec2Configuration": [image] if image else None,
        "allocationStrategy": environment.allocation_strategy,
        "bidPercentage": environment.bid_percentage,
    }
    desired = sum(vcpus(host.instance_type) for host in environment.hosts)
    return {
        **common,
        "minvCpus": environment.min_vcpus,
        "desiredvCpus": min(max(desired, environment.min_vcpus), environment.max_vcpus),
        "instanceTypes": list(environment.instance_types),
        "instanceRole": _iam("instance-profile/ecsInstanceRole", region),
        **{key: value for key, value in optional.items() if value is not None},
    }


def vcpus(instance_type: str) -> int:
    return int(INSTANCE_TYPES[instance_type]["VCpuInfo"]["DefaultVCpus"])


def cluster_uuid(environment: Environment) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, environment.name))


def _iam(resource: str, region: str) -> str:
    return f"arn:{get_partition(region)}:iam::{DEFAULT_ACCOUNT_ID}:{resource}"


def _resources(host: Host) -> list[dict[str, Any]]:
    blank = {"type": "INTEGER", "doubleValue": 0.0, "longValue": 0, "integerValue": 0}
    return [
        {**blank, "name": "CPU", "integerValue": vcpus(host.instance_type) * 1024},
        {**blank, "name": "MEMORY", "integerValue": host.memory_mib},
        {**blank, "name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22", "2375", "2376", "51678"]},
        {**blank, "name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": []},
    ]


def _attributes(host: Host, zone: str) -> dict[str, Any]:
    architectures = INSTANCE_TYPES[host.instance_type]["ProcessorInfo"]["SupportedArchitectures"]
    return {
        # A capability has a name and no value: a client must not expect one.
        "com.amazonaws.ecs.capability.docker-remote-api.1.44": None,
        "ecs.ami-id": host.ami,
        "ecs.availability-zone": zone,
        "ecs.cpu-architecture": "x86_64" if "x86_64" in architectures else "arm64",
        "ecs.instance-type": host.instance_type,
        "ecs.os-family": "LINUX",
        "ecs.os-type": "linux",
    }
