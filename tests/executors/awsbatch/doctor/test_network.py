"""Ways from subnets to AWS: as the API describes them (by botocore's Stubber), and what is certain about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from nfconfgen.executors.awsbatch.doctor.account.network import Network, Subnet
from nfconfgen.executors.awsbatch.doctor.account.vpc import networks
from nfconfgen.findings import Level
from tests.executors.awsbatch.doctor.test_asking import REGION, Stubbed
from tests.executors.awsbatch.doctor.values import (
    MACHINE,
    PROFILE,
    TEMPLATE,
    found,
    with_environment,
)


@pytest.fixture
def aws() -> Iterator[Stubbed]:
    stubbed = Stubbed()
    yield stubbed
    for stub in stubbed.stubs.values():
        stub.assert_no_pending_responses()


LOCAL = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}
INTERNET = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}
EGRESS_ONLY = {
    "DestinationIpv6CidrBlock": "::/0",
    "EgressOnlyInternetGatewayId": "eigw-1",
    "State": "active",
}
NAT = {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"}
S3 = {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1", "State": "active"}


def table(name: str, *routes: dict[str, Any], subnet: str = "") -> dict[str, Any]:
    association: dict[str, Any] = {"SubnetId": subnet, "Main": False} if subnet else {"Main": True}
    return {"RouteTableId": name, "VpcId": "vpc-1", "Associations": [association], "Routes": [LOCAL, *routes]}


def endpoint(service: str, *tables: str, state: str = "available", prefix: str = "com.amazonaws") -> dict[str, Any]:
    kind = (
        {"VpcEndpointType": "Gateway", "RouteTableIds": list(tables)} if tables else {"VpcEndpointType": "Interface"}
    )
    return {"VpcId": "vpc-1", "ServiceName": f"{prefix}.{REGION}.{service}", "State": state, **kind}


def subnets(aws: Stubbed, *names: str, public: bool = False) -> None:
    described = [
        {"SubnetId": n, "VpcId": "vpc-1", "AvailabilityZone": f"{REGION}a", "MapPublicIpOnLaunch": public}
        for n in names
    ]
    asked = [{"Name": "subnet-id", "Values": sorted(names)}]
    aws.answer("ec2", "describe_subnets", {"Subnets": described}, Filters=asked)


def vpc(aws: Stubbed, tables: list[dict[str, Any]], endpoints: list[dict[str, Any]]) -> None:
    of_vpc = [{"Name": "vpc-id", "Values": ["vpc-1"]}]
    aws.answer("ec2", "describe_route_tables", {"RouteTables": tables}, Filters=of_vpc)
    aws.answer("ec2", "describe_vpc_endpoints", {"VpcEndpoints": endpoints}, Filters=of_vpc)


def looked(aws: Stubbed, *names: str, groups: tuple[str, ...] = (), of_template: tuple[str, ...] = ()) -> Network:
    resources = {"type": "EC2", "subnets": list(names), "securityGroupIds": list(groups)}
    environment = {"computeEnvironmentName": "e", "computeResources": resources}
    return networks(aws, {"e": environment}, {"e": [of_template] if of_template else []})["e"]


@pytest.mark.parametrize(
    ("routes", "gateway", "elsewhere"),
    [
        ([], False, False),
        ([INTERNET], True, False),
        ([NAT], False, True),
        ([{**NAT, "State": "blackhole"}], False, False),
        ([{**INTERNET, "State": "blackhole"}], False, False),
        ([S3], False, False),
        ([{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "vpce-2", "State": "active"}], False, True),
        ([{"DestinationCidrBlock": "10.0.0.0/8", "TransitGatewayId": "tgw-1", "State": "active"}], False, True),
        (
            [{"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1", "State": "active"}],
            False,
            True,
        ),
    ],
)
def test_where_routes_lead(aws: Stubbed, routes: list[dict[str, Any]], gateway: bool, elsewhere: bool) -> None:
    subnets(aws, "s")
    vpc(aws, [table("main", NAT), table("own", *routes, subnet="s")], [])
    (subnet,) = looked(aws, "s").subnets
    assert (subnet.gateway, subnet.elsewhere) == (gateway, elsewhere)


def test_a_subnet_without_a_route_table_has_the_main_one(aws: Stubbed) -> None:
    subnets(aws, "s", public=True)
    vpc(aws, [table("other", NAT, subnet="t"), table("main", INTERNET)], [])
    assert looked(aws, "s").subnets == (Subnet("s", f"{REGION}a", True, True),)


def test_endpoints_that_a_subnet_can_use(aws: Stubbed) -> None:
    subnets(aws, "s", "t")
    made = [
        endpoint("ecs-agent"),
        endpoint("ecs", prefix="cn.com.amazonaws"),
        endpoint("logs", state="pending"),
        endpoint("s3", "own"),
    ]
    vpc(aws, [table("main"), table("own", S3, subnet="s")], made)
    first, second = looked(aws, "s", "t").subnets
    assert sorted(first.services) == ["ecs", "ecs-agent", "s3"]
    assert sorted(second.services) == ["ecs", "ecs-agent"]


def rule(protocol: str, first: int = 0, last: int = 0) -> dict[str, Any]:
    return {"IpProtocol": protocol, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]} | (
        {"FromPort": first, "ToPort": last} if protocol != "-1" else {}
    )


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        ([], False),
        ([rule("-1")], True),
        ([rule("tcp", 443, 443)], True),
        ([rule("tcp", 80, 80), rule("tcp", 0, 65535)], True),
        ([rule("tcp", 80, 80), rule("udp", 443, 443)], False),
    ],
)
@pytest.mark.parametrize("of_template", [True, False])
def test_what_security_groups_let_out(
    aws: Stubbed, rules: list[dict[str, Any]], allowed: bool, of_template: bool
) -> None:
    subnets(aws, "s")
    vpc(aws, [], [])
    groups = {"SecurityGroups": [{"GroupId": "sg-1", "IpPermissionsEgress": rules}]}
    aws.answer("ec2", "describe_security_groups", groups, Filters=[{"Name": "group-id", "Values": ["sg-1"]}])
    known = looked(aws, "s", **({"of_template": ("sg-1",)} if of_template else {"groups": ("sg-1",)}))
    assert known.https is allowed


def test_a_group_that_is_not_described_may_allow_all(aws: Stubbed) -> None:
    subnets(aws, "s")
    vpc(aws, [], [])
    aws.answer("ec2", "describe_security_groups", {"SecurityGroups": []})
    assert looked(aws, "s", groups=("sg-1",)).https


def test_routes_that_may_not_be_read_may_lead_anywhere(aws: Stubbed) -> None:
    subnets(aws, "s")
    aws.refuse("ec2", "describe_route_tables", "UnauthorizedOperation", 403)
    aws.answer("ec2", "describe_vpc_endpoints", {"VpcEndpoints": []})
    assert looked(aws, "s").subnets[0].elsewhere
    assert aws.unchecked == {"ec2:DescribeRouteTables": "routes of subnets"}


BLOCKED = Subnet("subnet-1", "a")
OPEN = Subnet("subnet-2", "b", elsewhere=True)
ALL = frozenset(("ecs", "ecs-agent", "ecs-telemetry", "s3", "ecr.api", "ecr.dkr", "logs"))
NO_ADDRESS = replace(TEMPLATE, public_address=False)
ADDRESS = replace(TEMPLATE, public_address=True)


def on(*known: Subnet, https: bool = True, **changes: Any) -> list[tuple[str, Level]]:
    environment = with_environment(network=Network(known, https), **changes)
    return [(finding.rule, finding.level) for finding in found(environment)]


@pytest.mark.parametrize(
    ("known", "level"),
    [
        ((BLOCKED,), "error"),
        ((BLOCKED, replace(BLOCKED, name="subnet-3")), "error"),
        ((BLOCKED, OPEN), "warning"),
        ((OPEN,), None),
        ((replace(BLOCKED, gateway=True),), "error"),
        ((replace(BLOCKED, gateway=True, gives_address=True),), None),
        ((replace(BLOCKED, services=ALL),), None),
        ((replace(BLOCKED, services=ALL - {"s3"}),), "error"),
        ((replace(BLOCKED, services=ALL - {"ecs-telemetry"}),), "error"),
        # an AMI may hold the images
        ((replace(BLOCKED, services=ALL - {"ecr.dkr", "logs"}),), "warning"),
    ],
)
def test_what_is_certain_about_a_way_out(known: tuple[Subnet, ...], level: Level | None) -> None:
    assert on(*known) == ([("no-network", level)] if level else [])


def test_a_launch_template_decides_on_the_address() -> None:
    gateway = replace(BLOCKED, gateway=True)
    given = replace(gateway, gives_address=True)
    assert on(gateway, machines=(replace(MACHINE, template=ADDRESS),)) == []
    assert on(given, machines=(replace(MACHINE, template=NO_ADDRESS),)) == [("no-network", "error")]
    either = replace(MACHINE, template=NO_ADDRESS, others=(replace(MACHINE, template=ADDRESS),))
    assert on(given, machines=(either,)) == [("template-version", "warning")]


def test_security_groups_that_let_nothing_out() -> None:
    assert on(OPEN, https=False) == [("no-network", "error")]


def test_a_proxy_may_be_the_way_out() -> None:
    proxied = replace(TEMPLATE, user_data=f"{TEMPLATE.user_data}\nexport HTTPS_PROXY=http://10.0.0.1:3128")
    assert on(BLOCKED, https=False, machines=(replace(MACHINE, template=proxied),)) == []


def test_a_launch_template_that_may_not_be_read_may_set_anything() -> None:
    unread = replace(MACHINE, template=None, unread=True)
    known = with_environment(network=Network((BLOCKED,), False), machines=(unread,))
    assert "no-network" not in {finding.rule for finding in found(known)}


@pytest.mark.parametrize(
    ("kind", "zones", "reported"),
    [("SPOT", "aa", True), ("SPOT", "ab", False), ("EC2", "aa", False), ("FARGATE_SPOT", "a", True)],
)
def test_spot_capacity_of_one_zone(kind: str, zones: str, reported: bool) -> None:
    known = tuple(replace(OPEN, name=str(number), zone=zone) for number, zone in enumerate(zones))
    changes: dict[str, Any] = {"kind": kind, "strategy": "SPOT_CAPACITY_OPTIMIZED"}
    findings = found(with_environment(network=Network(known), **changes), PROFILE)
    assert ("spot-zone" in {finding.rule for finding in findings}) is reported
