"""Whether instances reach the services they cannot do without, and Spot has more than one zone to choose from."""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.executors.awsbatch.doctor.account.network import Subnet
from nfconfgen.executors.awsbatch.doctor.model import Environment
from nfconfgen.executors.awsbatch.doctor.subjects import OnEnvironment
from nfconfgen.executors.awsbatch.facts.region import FARGATE
from nfconfgen.executors.examination import Checks, Fault
from nfconfgen.findings import Level
from nfconfgen.wording import listed, plural

_OF_AGENT = ("ecs", "ecs-agent", "ecs-telemetry")
"""Without these no instance registers: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html"""
_OF_TASKS = ("ecr.api", "ecr.dkr", "logs")
"""An AMI may hold the images, and a definition another log driver, so their absence is a warning."""


def no_network(on: OnEnvironment) -> Iterator[Fault]:
    env = on.environment
    if env.fault[0] or env.network is None or _may_have_proxy(env):
        return
    if not env.network.https:
        message = f"the security groups of {env.name} allow no outbound HTTPS: nothing there can reach AWS"
        yield Fault(on.place, message, "allow outbound TCP to port 443 in one of them")
        return
    blocked = {subnet.name: why for subnet in env.network.subnets if (why := _blocked(subnet, env))}
    certain = sum(level == "error" for _, level in blocked.values()) == len(env.network.subnets)
    for reason in dict.fromkeys(reason for reason, _ in blocked.values()):
        names = [name for name, (why, _) in blocked.items() if why == reason]
        message = f"{plural(len(names), 'subnet', 'subnets')} {listed(names)} of {env.name}: {reason}"
        advice = "route 0.0.0.0/0 to a NAT gateway, or give public addresses, or add the endpoints to the VPC"
        yield Fault(on.place, message, advice, "error" if certain else "warning")


def _may_have_proxy(env: Environment) -> bool:
    possible = [each for machine in env.machines for each in machine.possible]
    return any(each.unread or "proxy" in each.user_data.lower() for each in possible)


def _blocked(subnet: Subnet, env: Environment) -> tuple[str, Level] | None:
    """Why AWS cannot be reached from this subnet; None if it can, or that cannot be read."""
    if subnet.elsewhere or (subnet.gateway and _has_address(subnet, env)):
        return None
    agent = () if env.kind.startswith(FARGATE) else _OF_AGENT
    missing = [service for service in (*agent, "s3", *_OF_TASKS) if service not in subnet.services]
    if not missing:
        return None
    way = "no route leads out of the VPC"
    if subnet.gateway:
        way = "instances get no public address, which the route to an internet gateway needs"
    level: Level = "warning" if set(missing) <= set(_OF_TASKS) else "error"
    return f"{way}, and there is no endpoint for {listed(missing, 6)}", level


def _has_address(subnet: Subnet, env: Environment) -> bool:
    """Whether a task or instance there may have a public address. Nextflow asks for one in its definitions for
    Fargate; a launch template goes before the subnet."""
    if env.kind.startswith(FARGATE) or not env.machines:
        return True
    templates = [possible.template for machine in env.machines for possible in machine.possible]
    return any(
        subnet.gives_address if template is None or template.public_address is None else template.public_address
        for template in templates
    )


def spot_zone(on: OnEnvironment) -> Iterator[Fault]:
    env = on.environment
    if env.fault[0] or env.network is None or not env.kind.endswith("SPOT"):
        return
    zones = {subnet.zone for subnet in env.network.subnets}
    if len(zones) == 1:
        message = f"{env.name} takes Spot capacity of {zones.pop()} alone: without it jobs wait"
        yield Fault(on.place, message, "add subnets in other zones to the environment", "warning")


ON_NETWORKS: Checks[OnEnvironment] = {"no-network": no_network, "spot-zone": spot_zone}
