"""Whether instances of an environment can reach AWS: subnets, routes, endpoints and security groups, as queried.

Network ACLs, resolvers and firewalls are not queried. A route to anything but an internet gateway counts as a way
out, as what lies behind it cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nfconfgen.executors.awsbatch.client import batched
from nfconfgen.executors.awsbatch.doctor.account.network import Network, Subnet
from nfconfgen.executors.awsbatch.doctor.once import Once

_HTTPS = 443
_Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Known:
    """The items by id, route tables and endpoints by VPC; None if these credentials may not read them."""

    subnets: Mapping[str, _Item]
    tables: Mapping[str, Sequence[_Item]] | None
    endpoints: Mapping[str, Sequence[_Item]] | None
    groups: Mapping[str, _Item] | None


def networks(
    aws: Once, environments: Mapping[str, _Item], of_templates: Mapping[str, Iterable[tuple[str, ...]]]
) -> dict[str, Network]:
    """The network of each environment, none for one whose subnets may not be read. `of_templates` are the security
    groups of the launch template by environment, in each version; they count if the environment sets none."""
    used = {name: list(_resources(env).get("subnets") or ()) for name, env in environments.items()}
    groups = {name: _groups(env, of_templates.get(name, ())) for name, env in environments.items()}
    found = _query(aws, used, {group for each in groups.values() for option in each for group in option})
    return {
        name: Network(
            tuple(_subnet(aws.region, found.subnets[one], found) for one in ids if one in found.subnets),
            _allow_https(groups[name], found.groups),
        )
        for name, ids in used.items()
        if any(one in found.subnets for one in ids)
    }


def _resources(environment: _Item) -> _Item:
    resources: _Item = environment.get("computeResources", {})
    return resources


def _groups(environment: _Item, of_template: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    own = tuple(_resources(environment).get("securityGroupIds") or ())
    return [own] if own else list(of_template)


def _query(aws: Once, used: Mapping[str, Sequence[str]], groups: Iterable[str]) -> _Known:
    def ask(what: str, operation: str, key: str, name: str, values: Iterable[str]) -> list[_Item] | None:
        def pages(some: Sequence[str]) -> list[_Item]:
            # by filter: as an argument, a single unknown id fails the whole call
            return aws.pages("ec2", operation, key, Filters=[{"Name": name, "Values": list(some)}])

        wanted = batched(sorted(set(values)))
        return aws.if_allowed(what, lambda: [item for page in map(pages, wanted) for item in page], None)

    every = [one for ids in used.values() for one in ids]
    subnets = ask("subnets", "describe_subnets", "Subnets", "subnet-id", every) or []
    vpcs = {str(subnet["VpcId"]) for subnet in subnets}
    tables = ask("routes of subnets", "describe_route_tables", "RouteTables", "vpc-id", vpcs)
    endpoints = ask("endpoints of VPCs", "describe_vpc_endpoints", "VpcEndpoints", "vpc-id", vpcs)
    known = ask("security groups", "describe_security_groups", "SecurityGroups", "group-id", groups)
    return _Known(
        {str(subnet["SubnetId"]): subnet for subnet in subnets},
        _by_vpc(tables),
        _by_vpc(endpoints),
        None if known is None else {str(group["GroupId"]): group for group in known},
    )


def _by_vpc(items: Sequence[_Item] | None) -> dict[str, list[_Item]] | None:
    if items is None:
        return None
    found: dict[str, list[_Item]] = {}
    for item in items:
        found.setdefault(str(item["VpcId"]), []).append(item)
    return found


def _subnet(region: str, subnet: _Item, known: _Known) -> Subnet:
    name, vpc = str(subnet["SubnetId"]), str(subnet["VpcId"])
    gives_address = bool(subnet.get("MapPublicIpOnLaunch"))
    zone = str(subnet.get("AvailabilityZone", ""))
    if known.tables is None or known.endpoints is None:
        return Subnet(name, zone, gives_address, elsewhere=True)
    table = _table(name, known.tables.get(vpc, ()))
    routes = [route for route in table.get("Routes", ()) if route.get("State", "active") == "active"]
    services = frozenset(
        str(endpoint["ServiceName"]).partition(f".{region}.")[2]
        for endpoint in known.endpoints.get(vpc, ())
        if str(endpoint.get("State", "available")).lower() == "available"
        and (endpoint.get("VpcEndpointType") != "Gateway" or table.get("RouteTableId") in endpoint["RouteTableIds"])
    )
    gateway = any(str(route.get("GatewayId", "")).startswith("igw-") for route in routes)
    return Subnet(name, zone, gives_address, gateway, any(map(_leads_elsewhere, routes)), services)


def _table(subnet: str, tables: Sequence[_Item]) -> _Item:
    """The route table of a subnet: its own, else the main one of the VPC."""
    nothing: _Item = {}
    main = nothing
    for table in tables:
        for association in table.get("Associations", ()):
            if association.get("SubnetId") == subnet:
                return table
            main = table if association.get("Main") else main
    return main


def _leads_elsewhere(route: _Item) -> bool:
    """Whether it leads to anything but the VPC itself, an internet gateway, or the gateway endpoint of a service."""
    gateway = str(route.get("GatewayId", ""))
    of_service = gateway.startswith("vpce-") and "DestinationPrefixListId" in route
    return not (gateway == "local" or gateway.startswith("igw-") or of_service)


def _allow_https(options: Sequence[tuple[str, ...]], known: Mapping[str, _Item] | None) -> bool:
    """Whether one of these sets of security groups lets an instance reach AWS, as far as it can be read."""
    if known is None or not options or not all(group in known for option in options for group in option):
        return True
    return any(any(_allows(rule) for group in option for rule in _egress(known[group])) for option in options)


def _egress(group: _Item) -> Sequence[_Item]:
    rules: Sequence[_Item] = group.get("IpPermissionsEgress", ())
    return rules


def _allows(rule: _Item) -> bool:
    protocol = str(rule.get("IpProtocol", "-1"))
    ports = range(int(rule.get("FromPort", 0)), int(rule.get("ToPort", 65535)) + 1)
    return protocol == "-1" or (protocol in ("tcp", "6") and _HTTPS in ports)
