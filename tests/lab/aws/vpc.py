"""The network of the scenario, as EC2 describes it: a VPC, its endpoints, a route table for each subnet, groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.responses.internet_gateways import InternetGateways
from moto.ec2.responses.route_tables import RouteTables
from moto.ec2.responses.security_groups import SecurityGroups
from moto.ec2.responses.subnets import Subnets
from moto.ec2.responses.vpcs import VPCs

from tests.lab.aws import population
from tests.lab.aws.scenario import VPC, Scenario, SecurityGroup, Subnet

LOCAL = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}
WAYS: dict[str, dict[str, str]] = {
    "igw": {"GatewayId": "igw-0c0ffee0c0ffee001"},
    "nat": {"NatGatewayId": "nat-0c0ffee0c0ffee001"},
}

# Names of filters, and where in an item what they compare is.
FILTERS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "vpc-id": lambda item: item["VpcId"],
    "is-default": lambda item: item["IsDefault"],
    "subnet-id": lambda item: item["SubnetId"],
    "default-for-az": lambda item: item["DefaultForAz"],
    "availability-zone": lambda item: item["AvailabilityZone"],
    "state": lambda item: item["State"],
    "group-id": lambda item: item["GroupId"],
    "group-name": lambda item: item["GroupName"],
    "attachment.vpc-id": lambda item: item["Attachments"][0]["VpcId"],
}

_Items = list[dict[str, Any]]


def install() -> None:
    of_vpcs: Any = VPCs
    of_vpcs.describe_vpcs = _described("Vpcs", "VpcId", lambda held: [_vpc(held)])
    of_vpcs.describe_vpc_endpoints = _described(
        "VpcEndpoints", "VpcEndpointId", lambda held: [_endpoint(each, held.region) for each in held.endpoints]
    )
    of_subnets: Any = Subnets
    of_subnets.describe_subnets = _described(
        "Subnets", "SubnetId", lambda held: [_subnet(each, held) for each in held.subnets]
    )
    tables: Any = RouteTables
    tables.describe_route_tables = _described("RouteTables", "RouteTableId", lambda held: list(_tables(held.subnets)))
    groups: Any = SecurityGroups
    groups.describe_security_groups = _described("SecurityGroups", "GroupId", _groups)
    gateways: Any = InternetGateways
    gateways.describe_internet_gateways = _described("InternetGateways", "InternetGatewayId", _gateways)


def _described(key: str, id_: str, items: Callable[[Scenario], _Items]) -> Callable[[Any], ActionResult]:
    """An operation that takes ids, or the filters that are known here."""

    def describe(response: Any) -> ActionResult:
        scenario = population.world().scenario
        held = items(scenario) if scenario.region == response.region else []
        asked = response._get_param(f"{id_}s")
        for name, values in response._filters_from_querystring().items():
            if name not in FILTERS:
                raise NotImplementedError(f"the double does not know the filter {name}")
            # booleans are compared as they are written: true, false
            held = [i for i in held if any(fnmatchcase(_written(FILTERS[name](i)), value) for value in values)]
        if unknown := sorted(set(asked or ()) - {item[id_] for item in held}):
            what = "Group" if id_ == "GroupId" else f"{id_.removesuffix('Id')}ID"
            raise EC2ClientError(f"Invalid{what}.NotFound", f"The ID '{unknown[0]}' does not exist")
        return ActionResult({key: [item for item in held if not asked or item[id_] in asked]})

    return describe


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _vpc(scenario: Scenario) -> dict[str, Any]:
    return {"VpcId": VPC, "CidrBlock": "10.0.0.0/16", "IsDefault": scenario.default_vpc, "State": "available"}


def _gateways(scenario: Scenario) -> _Items:
    attached = [{"VpcId": VPC, "State": "available"}]
    used = any(subnet.way == "igw" for subnet in scenario.subnets)
    return [{"InternetGatewayId": WAYS["igw"]["GatewayId"], "Attachments": attached}] if used else []


def _subnet(subnet: Subnet, scenario: Scenario) -> dict[str, Any]:
    return {
        "SubnetId": subnet.id,
        "VpcId": subnet.vpc,
        "AvailabilityZone": f"{scenario.region}{subnet.zone}",
        "DefaultForAz": scenario.default_vpc,
        "MapPublicIpOnLaunch": subnet.map_public_ip_on_launch,
        "State": "available",
    }


def _tables(subnets: Sequence[Subnet]) -> Iterator[dict[str, Any]]:
    main = next((subnet for subnet in subnets if subnet.main_table), None)
    if main is not None:
        yield _table("rtb-0c0ffee0c0ffee001", main, {"Main": True})
    for subnet in subnets:
        if not subnet.main_table:
            name = subnet.id.replace("subnet-", "rtb-")
            yield _table(name, subnet, {"SubnetId": subnet.id, "Main": False})


def _table(name: str, subnet: Subnet, association: dict[str, Any]) -> dict[str, Any]:
    way = WAYS.get(subnet.way)
    out = [{"DestinationCidrBlock": "0.0.0.0/0", "State": "active", **way}] if way else []
    return {"RouteTableId": name, "VpcId": VPC, "Associations": [association], "Routes": [LOCAL, *out]}


def _endpoint(service: str, region: str) -> dict[str, Any]:
    return {
        "VpcEndpointId": f"vpce-{service}",
        "VpcEndpointType": "Interface",
        "VpcId": VPC,
        "ServiceName": f"com.amazonaws.{region}.{service}",
        "State": "available",
    }


def _groups(scenario: Scenario) -> _Items:
    """Those of the scenario, and those that were made since."""
    made = ec2_backends[DEFAULT_ACCOUNT_ID][scenario.region].groups.get(VPC, {})
    return [*map(_group, scenario.security_groups), *map(_made_group, made.values())]


def _group(group: SecurityGroup) -> dict[str, Any]:
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    return {
        "GroupId": group.id,
        "GroupName": group.name or group.id,
        "VpcId": VPC,
        "IpPermissionsEgress": everything if group.open else [],
    }


def _made_group(group: Any) -> dict[str, Any]:
    return {
        "GroupId": group.id,
        "GroupName": group.name,
        "Description": group.description,
        "VpcId": VPC,
        "IpPermissions": [_permission(rule) for rule in group.ingress_rules],
        "IpPermissionsEgress": [_permission(rule) for rule in group.egress_rules],
    }


def _permission(rule: Any) -> dict[str, Any]:
    ports = {"FromPort": rule.from_port, "ToPort": rule.to_port} if rule.from_port is not None else {}
    return {"IpProtocol": rule.ip_protocol, "IpRanges": [rule.ip_range], **ports}
