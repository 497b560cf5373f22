"""Hosts that come and go, as minvCpus and the jobs ask for them. Time is counted in polls, never by a clock."""

from __future__ import annotations

from itertools import count
from typing import Any

from moto.batch.exceptions import ClientException
from moto.ecs.models import EC2ContainerServiceBackend

from tests.lab.aws.environments import LabEnvironment
from tests.lab.aws.hosts import LabContainerInstance, vcpus
from tests.lab.aws.scenario import Environment, Host, Scenario

SCALING = ("minvCpus", "maxvCpus", "desiredvCpus")
SCALED_DOWN = (
    "Manually scaling down compute environment is not supported. Disconnecting job queues from compute environment "
    "will cause it to scale-down to minvCpus."
)
BEING_MODIFIED = ("CREATING", "UPDATING", "DELETING")


class Pool:
    """The hosts of one compute environment."""

    def __init__(
        self, environment: Environment, built: LabEnvironment, scenario: Scenario, ecs: EC2ContainerServiceBackend
    ) -> None:
        self.built = built
        self._resources: dict[str, Any] = built.compute_resources
        self._registers = environment.registers
        self._after = scenario.scale_after_polls
        self._never = scenario.never_scales
        self._updating_polls = scenario.updating_polls
        self._ecs = ecs
        self._numbers = count()
        registered: Any = ecs.container_instances.setdefault(built.ecs_name, {})
        self._hosts: dict[str, LabContainerInstance] = registered
        self._started: list[LabContainerInstance] = []
        self._countdown: int | None = None
        self._updating: int | None = None
        self._asked = 0  # desiredvCpus, when a client has written it
        for host in environment.hosts:
            self._register(host)

    # What a client polls.

    def polled(self) -> None:
        """One more look at the environment or its cluster, about to be answered."""
        if self._countdown == 0:
            self._settle()
        if self._countdown is not None:
            self._countdown -= 1

    def described(self) -> None:
        """One more DescribeComputeEnvironments."""
        if self._updating == 0:
            self._updating = None
            self.built.reported["status"] = "VALID"
        if self._updating is not None:
            self._updating -= 1
        self.polled()

    # What a test asks for.

    def settle(self) -> None:
        """Do now what is to come."""
        self.updated()
        if self._countdown is not None:
            self._settle()

    def updated(self) -> None:
        """An update, if there was one, is over."""
        if self._updating is not None:
            self._updating = None
            self.built.reported["status"] = "VALID"

    def hosts(self) -> list[dict[str, Any]]:
        return [{"arn": host.container_instance_arn, "memory_mib": host.memory_mib} for host in self._hosts.values()]

    # What a client changes.

    def update(self, state: str | None, resources: dict[str, Any], given: dict[str, Any], role: str | None) -> None:
        """UpdateComputeEnvironment, refused as a whole or done as a whole."""
        self._refuse(resources)
        if state not in (None, "ENABLED", "DISABLED"):
            raise ClientException(f"state {state} must be one of ENABLED | DISABLED")
        self.built.state = state or self.built.state
        self.built.service_role = role or self.built.service_role
        self.built.reported |= given
        self._resources |= resources
        self._asked = int(resources.get("desiredvCpus", 0))
        replaces = bool(resources.keys() - set(SCALING))
        self._updating = max(self._updating_polls, int(replaces)) or None
        if self._updating:
            self.built.reported["status"] = "UPDATING"
        self.changed()

    def replace(self, registers: tuple[Host, ...]) -> None:
        """Other hosts come up from now on; idle ones make way for them, busy ones stay until they are idle."""
        self._registers = registers
        for host in [host for host in self._hosts.values() if not host.running_tasks_count]:
            del self._hosts[host.id]
        self._started = [host for host in self._started if host.id in self._hosts]
        self._follow()

    def _refuse(self, resources: dict[str, Any]) -> None:
        status = self.built.reported["status"]
        if status in BEING_MODIFIED:
            raise ClientException("Cannot update, resource is being modified.")
        if status != "VALID":
            raise ClientException(f"Cannot update, compute environment is {status}.")
        if not self.built.has_instances:
            if {"minvCpus", "desiredvCpus"} & resources.keys():
                raise ClientException("minvCpus and desiredvCpus do not apply to this compute environment.")
            return
        current = int(self._resources["desiredvCpus"])
        least, most, desired = (int((self._resources | resources)[name]) for name in SCALING)
        if "desiredvCpus" in resources and desired < current:
            raise ClientException(SCALED_DOWN)
        if not 0 <= least <= most:
            raise ClientException("minvCpus must be between 0 and maxvCpus.")
        if "desiredvCpus" in resources and not least <= desired <= most:
            raise ClientException("desiredvCpus must be between minvCpus and maxvCpus.")

    # What jobs need.

    @property
    def open(self) -> bool:
        """May hosts be used and started?"""
        return self.built.state == "ENABLED" and self.built.reported["status"] in ("VALID", "UPDATING")

    @property
    def max_vcpus(self) -> int:
        return int(self._resources.get("maxvCpus", 0))

    def could_hold(self, cpus: int, memory_mib: int) -> bool | None:
        """Would any host, running or to come, hold this? None: there is none to compare with."""
        sizes = [(host.vcpus, host.memory_mib) for host in self._hosts.values()]
        sizes += [(vcpus(host.instance_type), host.memory_mib) for host in self._registers]
        return any(cpus <= c and memory_mib <= m for c, m in sizes) if sizes else None

    def running(self, cpus: int, memory_mib: int) -> LabContainerInstance | None:
        """A host with room for this."""
        fitting = [host for host in self._hosts.values() if host.holds(cpus, memory_mib)]
        return min(fitting, key=lambda host: (host.vcpus, host.memory_mib), default=None)

    def could_start(self, cpus: int, memory_mib: int) -> Host | None:
        """The smallest host that might be started for this."""
        free = 0 if self._never else self.max_vcpus - self._vcpus()
        sizes = [(vcpus(host.instance_type), host.memory_mib, n) for n, host in enumerate(self._registers)]
        fitting = [(c, m, n) for c, m, n in sizes if cpus <= c <= free and memory_mib <= m]
        return self._registers[min(fitting)[2]] if fitting else None

    def start(self, host: Host) -> LabContainerInstance:
        started = self._register(host)
        self._started.append(started)
        self._follow()
        return started

    def changed(self) -> None:
        """Something else is wanted than before; seen after some more polls."""
        self._countdown = self._after

    # How it comes about.

    def _settle(self) -> None:
        """Start what minvCpus asks for, and let the idle ones above it vanish."""
        self._countdown = None
        if self._never or not self.built.has_instances:
            return
        wanted = max(int(self._resources["minvCpus"]), self._asked)
        self._asked = 0
        for host in reversed([host for host in self._started if not host.running_tasks_count]):
            if self._vcpus() - host.vcpus >= wanted:
                self._started.remove(host)
                self._hosts.pop(host.id, None)
        while self._registers and self.open and self._vcpus() < wanted:
            self.start(self._registers[len(self._started) % len(self._registers)])
        self._follow()

    def _follow(self) -> None:
        least, most = int(self._resources["minvCpus"]), self.max_vcpus
        self._resources["desiredvCpus"] = min(max(self._vcpus(), least), most)

    def _vcpus(self) -> int:
        return sum(host.vcpus for host in self._hosts.values())

    def _register(self, host: Host) -> LabContainerInstance:
        registered = LabContainerInstance(host, next(self._numbers), self.built.ecs_name, self._ecs)
        self._hosts[registered.id] = registered
        return registered
