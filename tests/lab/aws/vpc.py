"""The network of the scenario, as EC2 describes it: a VPC, its endpoints, a route table for each subnet, groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses.route_tables import RouteTables
from moto.ec2.responses.security_groups import SecurityGroups
from moto.ec2.responses.subnets import Subnets
from moto.ec2.responses.vpcs import VPCs

from tests.lab.aws import population
from tests.lab.aws.scenario import Scenario, SecurityGroup, Subnet

VPC = "vpc-0c0ffee0c0ffee001"
LOCAL = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}
WAYS: dict[str, dict[str, str]] = {
    "igw": {"GatewayId": "igw-0c0ffee0c0ffee001"},
    "nat": {"NatGatewayId": "nat-0c0ffee0c0ffee001"},
}

_Items = list[dict[str, Any]]


def install() -> None:
    of_subnets: Any = Subnets
    of_subnets.describe_subnets = _described(
        "Subnets", "subnet-id", "SubnetId", lambda held: [_subnet(each, held.region) for each in held.subnets]
    )
    tables: Any = RouteTables
    tables.describe_route_tables = _described(
        "RouteTables", "vpc-id", "VpcId", lambda held: [_table(each) for each in held.subnets]
    )
    endpoints: Any = VPCs
    endpoints.describe_vpc_endpoints = _described(
        "VpcEndpoints", "vpc-id", "VpcId", lambda held: [_endpoint(each, held.region) for each in held.endpoints]
    )
    groups: Any = SecurityGroups
    groups.describe_security_groups = _described(
        "SecurityGroups", "group-id", "GroupId", lambda held: [_group(each) for each in held.security_groups]
    )


def _described(
    key: str, name: str, member: str, items: Callable[[Scenario], _Items]
) -> Callable[[Any], ActionResult]:
    """An operation that takes this filter alone."""

    def describe(response: Any) -> ActionResult:
        scenario = population.world().scenario
        wanted = response._filters_from_querystring()
        if set(wanted) != {name}:
            raise NotImplementedError(f"the double knows the filter {name} alone")
        held = items(scenario) if scenario.region == response.region else []
        return ActionResult({key: [item for item in held if item[member] in wanted[name]]})

    return describe


def _subnet(subnet: Subnet, region: str) -> dict[str, Any]:
    return {
        "SubnetId": subnet.id,
        "VpcId": VPC,
        "AvailabilityZone": f"{region}{subnet.zone}",
        "MapPublicIpOnLaunch": subnet.map_public_ip_on_launch,
        "State": "available",
    }


def _table(subnet: Subnet) -> dict[str, Any]:
    way = WAYS.get(subnet.way)
    out = [{"DestinationCidrBlock": "0.0.0.0/0", "State": "active", **way}] if way else []
    return {
        "RouteTableId": subnet.id.replace("subnet-", "rtb-"),
        "VpcId": VPC,
        "Associations": [{"SubnetId": subnet.id, "Main": False}],
        "Routes": [LOCAL, *out],
    }


def _endpoint(service: str, region: str) -> dict[str, Any]:
    return {
        "VpcEndpointId": f"vpce-{service}",
        "VpcEndpointType": "Interface",
        "VpcId": VPC,
        "ServiceName": f"com.amazonaws.{region}.{service}",
        "State": "available",
    }


def _group(group: SecurityGroup) -> dict[str, Any]:
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    return {
        "GroupId": group.id,
        "GroupName": group.id,
        "VpcId": VPC,
        "IpPermissionsEgress": everything if group.open else [],
    }
