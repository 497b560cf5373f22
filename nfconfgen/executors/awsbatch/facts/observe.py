"""Asks AWS Batch: job queues → compute environments in order → instance types → what their running container
instances registered with ECS.

Everything by the hundred and side by side. ECS clusters are asked for their number of instances first, so an
empty one costs no call of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timezone
from typing import Any

from nfconfgen.executors.awsbatch.client import Aws, batched
from nfconfgen.executors.awsbatch.facts import warnings
from nfconfgen.executors.awsbatch.facts.instance_types import BUNDLES, data_sheets, instance_types
from nfconfgen.executors.awsbatch.facts.queues import (
    check_environment,
    check_environments,
    check_queue,
    environment_names,
    image_of,
    image_status_of,
)
from nfconfgen.executors.awsbatch.facts.region import Environment, Measured, Offer, Reading, RegionFacts
from nfconfgen.facts.model import TIME_FORMAT, Problem
from nfconfgen.suggest import near
from nfconfgen.wording import listed


@dataclass(frozen=True, slots=True)
class Host:
    """What one running container instance registered, and in which compute environment."""

    environment: str
    instance_type: str
    ami: str
    reading: Reading


def observe(
    aws: Aws, queues: Sequence[str], known: RegionFacts, now: str, *, refresh: bool = False
) -> tuple[RegionFacts, list[Problem]]:
    """The facts about these queues, and what is wrong with those that are missing from them.

    `known` is what the lock remembers: measured memory is never forgotten, and data sheets are not asked for
    twice. `now` (ISO 8601, UTC) is the time of what AWS gives no time for. With `refresh` only what runs now counts.
    """
    described = _describe_queues(aws, queues)
    problems = _missing(aws, queues, described)
    problems += [problem for queue in described.values() for problem in check_queue(queue)]
    unusable = {problem.queue for problem in problems}
    order = {name: environment_names(queue) for name, queue in described.items() if name not in unusable}

    environments = _describe_environments(aws, order)
    faults = {name: check_environment(environment) for name, environment in environments.items()}
    found = [problem for queue, names in order.items() for problem in check_environments(queue, names, faults)]
    unusable |= {problem.queue for problem in found if problem.level == "error"}
    usable = {
        queue: tuple(name for name in names if not faults[name][0])
        for queue, names in order.items()
        if queue not in unusable
    }
    needed = {name: environments[name] for names in usable.values() for name in names}
    facts = _facts(aws, usable, needed, known, now, refresh=refresh)
    return facts, problems + found + warnings.told(known, facts)


def _describe_queues(aws: Aws, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    def ask(some: Sequence[str]) -> list[Any]:
        return aws.pages("batch", "describe_job_queues", "jobQueues", jobQueues=list(some))

    pages = aws.side_by_side(ask, batched(sorted(set(names))))
    return {queue["jobQueueName"]: queue for page in pages for queue in page}


def _missing(aws: Aws, names: Sequence[str], described: Mapping[str, Any]) -> list[Problem]:
    """AWS answers with silence to a name it does not know; only then all names are asked for."""
    missing = sorted(set(names) - set(described))
    if not missing:
        return []
    existing = sorted(queue["jobQueueName"] for queue in aws.pages("batch", "describe_job_queues", "jobQueues"))
    there = f"queues there: {listed(existing, 8)}" if existing else "it has none"
    return [
        Problem(
            name,
            "queue-missing",
            f"there is no job queue {name} in {aws.region}",
            near(name, existing) or there,
        )
        for name in missing
    ]


def _describe_environments(aws: Aws, order: Mapping[str, list[str]]) -> dict[str, dict[str, Any]]:
    def ask(some: Sequence[str]) -> list[Any]:
        key = "computeEnvironments"
        return aws.pages("batch", "describe_compute_environments", key, computeEnvironments=list(some))

    names = sorted({name for names in order.values() for name in names})
    found = {e["computeEnvironmentName"]: e for page in aws.side_by_side(ask, batched(names)) for e in page}
    # deleted between the two calls
    gone: dict[str, Any] = {"state": "ENABLED", "status": "DELETED"}
    return {name: found.get(name, gone) for name in names}


def _facts(
    aws: Aws,
    queues: Mapping[str, tuple[str, ...]],
    described: Mapping[str, dict[str, Any]],
    known: RegionFacts,
    now: str,
    *,
    refresh: bool,
) -> RegionFacts:
    hosts = _hosts(aws, described, now)
    measured = _measured(known.measured, hosts, refresh=refresh)
    asked = {name: tuple(env["computeResources"].get("instanceTypes", ())) for name, env in described.items()}
    seen: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for host in hosts:
        seen[host.environment][host.instance_type].add(host.ami)
    running = [_running(types, seen[name]) for name, types in asked.items()]
    sheets, families = data_sheets(aws, [*asked.values(), *running], RegionFacts() if refresh else known)
    environments = {}
    for name, environment in described.items():
        resources, image = environment["computeResources"], image_of(environment)
        types = [t for t in _types(asked[name], families, seen[name]) if t in sheets or t in seen[name]]
        offers = _offers(types, image, seen[name], measured, known.environments.get(name))
        maximum = int(resources["maxvCpus"])
        status = image_status_of(environment)
        environments[name] = Environment(str(resources["type"]), maximum, image, asked[name], offers, status)
    offered = {name for environment in environments.values() for name in environment.offers}
    kept = {name: sheet for name, sheet in sheets.items() if name in offered}
    return RegionFacts(queues, environments, kept, measured)


def _types(asked: Sequence[str], families: Mapping[str, Sequence[str]], seen: Mapping[str, Any]) -> list[str]:
    """The instance types these come to."""
    return sorted({*instance_types(asked, families), *_running(asked, seen)})


def _running(asked: Sequence[str], seen: Mapping[str, Any]) -> list[str]:
    """What Batch puts into a bundle changes, so what runs counts there too."""
    return list(seen) if any(name in BUNDLES for name in asked) else []


def _offers(
    types: Sequence[str],
    image: str,
    seen: Mapping[str, set[str]],
    measured: Measured,
    before: Environment | None,
) -> dict[str, Offer]:
    """How each type's memory is known here: measured, else remembered of the same type and AMI, else estimated."""
    offers = {}
    for name in types:
        readings = measured.get(name, {})
        earlier = before.offers.get(name) if before is not None and before.image == image else None
        if name in seen:
            offers[name] = Offer("measured", min(sorted(seen[name]), key=lambda ami: readings[ami].memory_mib))
        elif earlier is not None and earlier.ami in readings:
            offers[name] = earlier
        elif image in readings:
            offers[name] = Offer("remembered", image)
        else:
            offers[name] = Offer("estimated")
    return offers


def _measured(known: Measured, hosts: Sequence[Host], *, refresh: bool) -> dict[str, dict[str, Reading]]:
    """The least ever seen of each type and AMI: hosts of one type differ by up to 2 GiB (docs/memory.md)."""
    least: dict[tuple[str, str], Reading] = {}
    for host in hosts:
        key = (host.instance_type, host.ami)
        least[key] = _less(least.get(key, host.reading), host.reading)
    measured = {name: dict(readings) for name, readings in known.items()}
    for (name, ami), reading in least.items():
        readings = measured.setdefault(name, {})
        before = readings.get(ami)
        if refresh or before is None or before.agent != reading.agent:
            readings[ami] = reading
        else:  # what is no less than what was known is nothing new, and keeps its time
            readings[ami] = _less(before, reading)
    return measured


def _less(known: Reading, new: Reading) -> Reading:
    cpus, memory_mib = min(known.cpus, new.cpus), min(known.memory_mib, new.memory_mib)
    return (
        known
        if (cpus, memory_mib) == (known.cpus, known.memory_mib)
        else Reading(cpus, memory_mib, new.time, new.agent)
    )


def _hosts(aws: Aws, environments: Mapping[str, dict[str, Any]], now: str) -> list[Host]:
    """What the running container instances of these environments registered."""
    clusters = {e["ecsClusterArn"]: name for name, e in environments.items() if e.get("ecsClusterArn")}

    def count(some: Sequence[str]) -> list[Any]:
        return list(aws.call("ecs", "describe_clusters", clusters=list(some))["clusters"])

    counts = aws.side_by_side(count, batched(sorted(clusters)))
    occupied = [c["clusterArn"] for page in counts for c in page if c.get("registeredContainerInstancesCount")]

    def hosts_of(cluster: str) -> list[Host]:
        name = "list_container_instances"
        arns = aws.pages("ecs", name, "containerInstanceArns", cluster=cluster, status="ACTIVE")
        return [
            Host(clusters[cluster], *_registered(instance, now))
            for some in batched(arns)
            for instance in aws.call(
                "ecs", "describe_container_instances", cluster=cluster, containerInstances=list(some)
            )["containerInstances"]  # one that vanished since is among the failures
            if instance.get("agentConnected")
        ]

    return [host for hosts in aws.side_by_side(hosts_of, occupied) for host in hosts]


def _registered(instance: Mapping[str, Any], now: str) -> tuple[str, str, Reading]:
    """(instance type, AMI, what it registered). CPU counts 1024 a vCPU.

    The figure dates from when the agent registered it; it does not change while the instance runs.
    """
    resources = {resource["name"]: resource.get("integerValue", 0) for resource in instance["registeredResources"]}
    attributes = {attribute["name"]: attribute.get("value", "") for attribute in instance["attributes"]}
    registered_at = instance.get("registeredAt")
    time = registered_at.astimezone(timezone.utc).strftime(TIME_FORMAT) if registered_at else now
    agent = str(instance.get("versionInfo", {}).get("agentVersion", ""))
    reading = Reading(int(resources["CPU"]) // 1024, int(resources["MEMORY"]), time, agent)
    return attributes["ecs.instance-type"], attributes["ecs.ami-id"], reading
