"""Queries AWS Batch: job queues → compute environments in order → instance types → what their running container
instances registered with ECS. All in batches and concurrently; a cluster without instances costs no call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timezone
from typing import Any

from nfconfgen.executors.awsbatch.client import Aws, batched
from nfconfgen.executors.awsbatch.facts import not_yet, reserved_memory, warnings
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
from nfconfgen.executors.awsbatch.facts.reserved_memory import Reserved
from nfconfgen.executors.awsbatch.stack.declared import Declared
from nfconfgen.facts.model import TIME_FORMAT, Problem
from nfconfgen.suggest import near
from nfconfgen.wording import listed


@dataclass(frozen=True, slots=True)
class Host:
    """A running container instance, its compute environment and what it registered."""

    environment: str
    instance_type: str
    ami: str
    reading: Reading


def observe(
    aws: Aws,
    queues: Sequence[str],
    known: RegionFacts,
    now: str,
    *,
    refresh: bool = False,
    declared: Sequence[Declared] = (),
) -> tuple[RegionFacts, list[Problem]]:
    """The facts about these queues, and what is wrong with those that are missing from them.

    `known` are the facts in the lock: measured memory is kept, and a data sheet is queried only once. `now` (ISO
    8601, UTC) is used where AWS reports no time. With `refresh` only what runs now counts. `declared` are those that
    a site declares: they need not exist yet.
    """
    described = aws.job_queues(queues)
    planned = [each for each in declared if each.queue not in described]
    problems = _missing(aws, set(queues) - {each.queue for each in planned}, described)
    problems += [problem for queue in described.values() for problem in check_queue(queue)]
    unusable = {problem.queue for problem in problems}
    order = {name: environment_names(queue) for name, queue in described.items() if name not in unusable}

    names = {name for some in order.values() for name in some}
    # one that was deleted between the two calls
    gone: dict[str, Any] = {"state": "ENABLED", "status": "DELETED"}
    environments = dict.fromkeys(names, gone) | aws.environments(names)
    faults = {name: check_environment(environment) for name, environment in environments.items()}
    found = [problem for queue, names in order.items() for problem in check_environments(queue, names, faults)]
    unusable |= {problem.queue for problem in found if problem.level == "error"}
    usable = {
        queue: tuple(name for name in names if not faults[name][0])
        for queue, names in order.items()
        if queue not in unusable
    }
    needed = {name: environments[name] for names in usable.values() for name in names}
    shared = tuple(sorted(name for name in usable if described[name].get("schedulingPolicyArn")))
    reserves = reserved_memory.reserved(aws, needed)
    types = sorted({name for each in declared for name in each.types})
    facts = replace(_facts(aws, usable, needed, known, reserves, now, types, refresh=refresh), fair_share=shared)
    facts = not_yet.with_declared(facts, planned)
    found += not_yet.problems(aws.region, facts, planned)
    unknown = reserved_memory.problems(usable, facts.environments, reserves)
    return facts, problems + found + warnings.problems(known, facts) + unknown


def _missing(aws: Aws, names: Iterable[str], described: Mapping[str, Any]) -> list[Problem]:
    """A problem for each queue that AWS left out. Only for these it is asked for the names of all queues."""
    missing = sorted(set(names) - set(described))
    if not missing:
        return []
    existing = sorted(queue["jobQueueName"] for queue in aws.pages("batch", "describe_job_queues", "jobQueues"))
    there = f"queues there: {listed(existing, 8)}" if existing else "it has none"
    return [
        Problem(name, "queue-missing", f"there is no job queue {name} in {aws.region}", near(name, existing) or there)
        for name in missing
    ]


def _facts(
    aws: Aws,
    queues: Mapping[str, tuple[str, ...]],
    described: Mapping[str, dict[str, Any]],
    known: RegionFacts,
    reserves: Mapping[str, Reserved],
    now: str,
    declared: Sequence[str],
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
    wanted = [*asked.values(), *running, declared]
    sheets, families = data_sheets(aws, wanted, RegionFacts() if refresh else known)
    environments = {}
    for name, environment in described.items():
        resources, image = environment["computeResources"], image_of(environment)
        types = {*instance_types(asked[name], families), *_running(asked[name], seen[name])}
        types = {each for each in types if each in sheets or each in seen[name]}
        before, reserved_mib = known.environments.get(name), reserves[name].mib
        if before is not None and (before.image, before.reserved_mib) != (image, reserved_mib):
            before = None
        offers = _offers(types, image, seen[name], measured, before)
        maximum = int(resources["maxvCpus"])
        status = image_status_of(environment)
        kind = str(resources["type"])
        environments[name] = Environment(kind, maximum, image, asked[name], offers, status, reserved_mib)
    offered = {*declared, *(name for environment in environments.values() for name in environment.offers)}
    kept = {name: sheet for name, sheet in sheets.items() if name in offered}
    return RegionFacts(queues, environments, kept, measured)


def _running(asked: Sequence[str], seen: Mapping[str, Any]) -> list[str]:
    """The types that run in an environment with a bundle, whose members change."""
    return list(seen) if any(name in BUNDLES for name in asked) else []


def _offers(
    types: Iterable[str],
    image: str,
    seen: Mapping[str, set[str]],
    measured: Measured,
    before: Environment | None,
) -> dict[str, Offer]:
    """How the memory of each type is known: measured here, else remembered for the type and AMI, else estimated.
    `before` is the environment in the lock, if its instances started in the same way."""
    offers = {}
    for name in sorted(types):
        readings = measured.get(name, {})
        earlier = before.offers.get(name) if before is not None else None
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
    """The least ever measured for each type and AMI: hosts of one type differ by up to 2 GiB (docs/memory.md)."""
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
        else:  # a known reading that is not undercut keeps its time
            readings[ami] = _less(before, reading)
    return measured


def _less(known: Reading, new: Reading) -> Reading:
    least = replace(new, cpus=min(known.cpus, new.cpus), memory_mib=min(known.memory_mib, new.memory_mib))
    return known if (least.cpus, least.memory_mib) == (known.cpus, known.memory_mib) else least


def _hosts(aws: Aws, environments: Mapping[str, dict[str, Any]], now: str) -> list[Host]:
    """The running container instances of these environments."""
    clusters = {e["ecsClusterArn"]: name for name, e in environments.items() if e.get("ecsClusterArn")}
    counts = aws.clusters(environments.values())
    occupied = [arn for arn, cluster in counts.items() if cluster.get("registeredContainerInstancesCount")]

    def hosts_of(cluster: str) -> list[Host]:
        key = "containerInstanceArns"
        arns = aws.pages("ecs", "list_container_instances", key, cluster=cluster, status="ACTIVE")
        return [
            Host(clusters[cluster], *_registered(instance, now))
            for some in batched(arns)
            for instance in aws.call(
                "ecs", "describe_container_instances", cluster=cluster, containerInstances=list(some)
            )["containerInstances"]  # one that has vanished since is among the failures
            if instance.get("agentConnected")
        ]

    return [host for hosts in aws.side_by_side(hosts_of, occupied) for host in hosts]


def _registered(instance: Mapping[str, Any], now: str) -> tuple[str, str, Reading]:
    """(instance type, AMI, what it registered). CPU is 1024 per vCPU.

    The time of a reading is that of the registration: it does not change while the instance runs.
    """
    resources = {resource["name"]: resource.get("integerValue", 0) for resource in instance["registeredResources"]}
    attributes = {attribute["name"]: attribute.get("value", "") for attribute in instance["attributes"]}
    registered_at = instance.get("registeredAt")
    time = registered_at.astimezone(timezone.utc).strftime(TIME_FORMAT) if registered_at else now
    agent = str(instance.get("versionInfo", {}).get("agentVersion", ""))
    reading = Reading(int(resources["CPU"]) // 1024, int(resources["MEMORY"]), time, agent)
    return attributes["ecs.instance-type"], attributes["ecs.ami-id"], reading
