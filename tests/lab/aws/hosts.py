"""Container instances as their agents register them: figures of the scenario, and no EC2 instance behind them."""

from __future__ import annotations

import hashlib
from datetime import datetime, timezone
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ecs.models import ContainerInstance, EC2ContainerServiceBackend

from tests.lab.aws.scenario import NOW, Host


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
        now = host.registered_at == NOW
        self.registered_at = datetime.now(timezone.utc) if now else datetime.fromisoformat(host.registered_at)
        self.region_name = backend.region_name
        self.cluster_name = cluster
        self._account_id = backend.account_id
        self._backend = backend
        self.vcpus = vcpus(host.instance_type)
        self.memory_mib = host.memory_mib

    def holds(self, cpus: int, memory_mib: int) -> bool:
        """Is there room left for this?"""
        usable = self.status == "ACTIVE" and self.agent_connected and not self.vanished
        return usable and self._left("CPU") >= cpus * 1024 and self._left("MEMORY") >= memory_mib

    def take(self, cpus: int, memory_mib: int) -> None:
        self._change(-cpus * 1024, -memory_mib, 1)

    def give_back(self, cpus: int, memory_mib: int) -> None:
        self._change(cpus * 1024, memory_mib, -1)

    def _left(self, name: str) -> int:
        return next(int(r["integerValue"]) for r in self.remaining_resources if r["name"] == name)

    def _change(self, units: int, memory_mib: int, tasks: int) -> None:
        change = {"CPU": units, "MEMORY": memory_mib}
        for resource in self.remaining_resources:
            resource["integerValue"] = resource.get("integerValue", 0) + change.get(resource["name"], 0)
        self.running_tasks_count += tasks


def vcpus(instance_type: str) -> int:
    return int(INSTANCE_TYPES[instance_type]["VCpuInfo"]["DefaultVCpus"])


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
