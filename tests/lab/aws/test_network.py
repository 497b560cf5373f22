"""Is the network of the scenario found as one looks for it?"""

from __future__ import annotations

from typing import Any

from tests.lab.aws.asking import refusal
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import SECURITY_GROUP, SUBNETS, VPC, Scenario, Subnet, nothing

DEFAULT = {"Name": "is-default", "Values": ["true"]}


def _filters(**wanted: str) -> dict[str, Any]:
    return {
        "Filters": [
            {"Name": name.replace("__", ".").replace("_", "-"), "Values": [value]} for name, value in wanted.items()
        ]
    }


def test_an_account_with_nothing(double: Double, clients: dict[str, Any]) -> None:
    double.load(nothing())
    state = double.state()
    assert [state[part] for part in ("environments", "queues", "jobs", "hosts")] == [{}, {}, [], {}]
    assert clients["s3"].list_buckets()["Buckets"] == []
    assert clients["iam"].list_roles()["Roles"] == []
    assert clients["cloudformation"].describe_stacks()["Stacks"] == []


def test_default_vpc(double: Double, ec2: Any) -> None:
    double.load(nothing())
    (vpc,) = ec2.describe_vpcs(Filters=[DEFAULT])["Vpcs"]
    name = vpc["VpcId"]
    subnets = ec2.describe_subnets(**_filters(vpc_id=name, default_for_az="true"))["Subnets"]
    assert [subnet["AvailabilityZone"] for subnet in subnets] == ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
    assert all(subnet["MapPublicIpOnLaunch"] for subnet in subnets)
    # what a doctor asks
    asked = {"Name": "subnet-id", "Values": [subnet["SubnetId"] for subnet in subnets]}
    assert ec2.describe_subnets(Filters=[asked])["Subnets"] == subnets
    (table,) = ec2.describe_route_tables(**_filters(vpc_id=name))["RouteTables"]
    assert [(a["Main"], "SubnetId" in a) for a in table["Associations"]] == [(True, False)]
    (gateway,) = ec2.describe_internet_gateways(**_filters(attachment__vpc_id=name))["InternetGateways"]
    out = {route["DestinationCidrBlock"]: route["GatewayId"] for route in table["Routes"]}
    assert out["0.0.0.0/0"] == gateway["InternetGatewayId"]
    (group,) = ec2.describe_security_groups(**_filters(vpc_id=name, group_name="default"))["SecurityGroups"]
    assert [rule["IpProtocol"] for rule in group["IpPermissionsEgress"]] == ["-1"]


def test_no_default_vpc(double: Double, ec2: Any) -> None:
    double.load(Scenario(default_vpc=False))
    assert ec2.describe_vpcs(Filters=[DEFAULT])["Vpcs"] == []
    assert [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]] == [VPC]
    assert ec2.describe_subnets(**_filters(default_for_az="true"))["Subnets"] == []


def test_tables_of_their_own(double: Double, ec2: Any) -> None:
    double.load(Scenario(subnets=(Subnet("subnet-1", way="nat"), Subnet("subnet-2", "b", main_table=True))))
    tables = ec2.describe_route_tables(**_filters(vpc_id=VPC))["RouteTables"]
    assert [table["Associations"][0].get("SubnetId") for table in tables] == [None, "subnet-1"]
    assert ["NatGatewayId" in table["Routes"][-1] for table in tables] == [False, True]


def test_by_id(double: Double, ec2: Any) -> None:
    one = SUBNETS[0].id
    assert [s["SubnetId"] for s in ec2.describe_subnets(SubnetIds=[one])["Subnets"]] == [one]
    assert len(ec2.describe_security_groups(GroupIds=[SECURITY_GROUP.id])["SecurityGroups"]) == 1
    assert refusal(lambda: ec2.describe_subnets(SubnetIds=["subnet-9"])) == ("InvalidSubnetID.NotFound", 400)
    assert refusal(lambda: ec2.describe_vpcs(VpcIds=["vpc-9"])) == ("InvalidVpcID.NotFound", 400)
    assert refusal(lambda: ec2.describe_security_groups(GroupIds=["sg-9"])) == ("InvalidGroup.NotFound", 400)
