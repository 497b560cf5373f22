"""Are prices told as AWS tells them?"""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tests.lab.aws.asking import connect, refusal
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import Price, Scenario, SpotPrice, nothing

REGION = "eu-central-1"
FILTERS = {
    "instanceType": "c5.2xlarge",
    "regionCode": REGION,
    "operatingSystem": "Linux",
    "tenancy": "Shared",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
    "licenseModel": "No License required",
}
LINUX = "Linux/UNIX"


def _products(
    pricing: Any, kind: str = "TERM_MATCH", service: str = "AmazonEC2", **changes: str
) -> list[dict[str, Any]]:
    wanted = {field: value for field, value in (FILTERS | changes).items() if value}
    filters = [
        {"Type": kind if field in changes else "TERM_MATCH", "Field": field, "Value": value}
        for field, value in wanted.items()
    ]
    found = pricing.get_products(ServiceCode=service, Filters=filters)["PriceList"]
    assert all(isinstance(product, str) for product in found)
    return [json.loads(product) for product in found]


def _usd(product: dict[str, Any]) -> float:
    (term,) = product["terms"]["OnDemand"].values()
    (dimension,) = term["priceDimensions"].values()
    assert dimension["unit"] == "Hrs"
    return float(dimension["pricePerUnit"]["USD"])


def test_on_demand(double: Double, pricing: Any) -> None:
    (product,) = _products(pricing)
    assert _usd(product) == 0.388
    attributes = product["product"]["attributes"]
    assert {field: attributes[field] for field in FILTERS} == FILTERS
    assert double.calls() == {"GetProducts": 1}


def test_a_table_of_ones_own(double: Double, pricing: Any) -> None:
    double.load(Scenario(prices=(Price("g4dn.2xlarge", 3.82),)))
    (product,) = _products(pricing, instanceType="g4dn.2xlarge")
    assert _usd(product) == 3.82
    assert _products(pricing) == []


@pytest.mark.parametrize("left_out", sorted(FILTERS.keys() - {"regionCode", "licenseModel"}))
def test_every_filter_counts(double: Double, pricing: Any, left_out: str) -> None:
    assert len(_products(pricing, **{left_out: ""})) > 1


@pytest.mark.parametrize("changes", [{"regionCode": "us-east-1"}, {"instanceType": "x1.huge"}, {"nothing": "at all"}])
def test_nothing_found(double: Double, pricing: Any, changes: dict[str, str]) -> None:
    assert _products(pricing, **changes) == []


def test_several_types_at_once(double: Double, pricing: Any) -> None:
    found = _products(pricing, "ANY_OF", instanceType="c5.2xlarge,c5.4xlarge")
    assert [_usd(product) for product in found] == [0.388, 0.776]


def test_pages(double: Double, pricing: Any) -> None:
    pages = pricing.get_paginator("get_products").paginate(ServiceCode="AmazonEC2", PaginationConfig={"PageSize": 7})
    found = [product for one in pages for product in one["PriceList"]]
    assert len(set(found)) == len(found) == 6 * len(Scenario().prices)
    bad = {"ServiceCode": "AmazonEC2", "NextToken": "nonsense"}
    assert refusal(lambda: pricing.get_products(**bad))[0] == "InvalidNextTokenException"


def test_refused(double: Double, pricing: Any) -> None:
    assert refusal(lambda: _products(pricing, service="AmazonS9"))[0] == "NotFoundException"
    elsewhere = connect(double, "pricing", "eu-west-1")
    assert refusal(lambda: _products(elsewhere))[0] == "InvalidParameterException"
    elsewhere.close()
    double.fail("GetProducts", "AccessDeniedException", times=1)
    assert refusal(lambda: _products(pricing)) == ("AccessDeniedException", 400)


def test_spot(double: Double, ec2: Any) -> None:
    before = datetime.now(timezone.utc) - timedelta(minutes=1)
    wanted = {"InstanceTypes": ["c5.2xlarge", "c7g.large"], "ProductDescriptions": [LINUX]}
    found = ec2.describe_spot_price_history(**wanted, StartTime=before)["SpotPriceHistory"]
    assert {(row["InstanceType"], row["AvailabilityZone"]) for row in found} == {
        (name, f"{REGION}{zone}") for name in wanted["InstanceTypes"] for zone in "abc"
    }
    assert {row["ProductDescription"] for row in found} == {LINUX}
    assert all(before < row["Timestamp"] and 0.02 < float(row["SpotPrice"]) < 0.388 for row in found)
    zone = ec2.describe_spot_price_history(**wanted, AvailabilityZone=f"{REGION}b")["SpotPriceHistory"]
    assert len(zone) == 2
    every = ec2.describe_spot_price_history(InstanceTypes=["c5.2xlarge"])["SpotPriceHistory"]
    assert {row["ProductDescription"] for row in every} == {LINUX, "Windows"}
    assert refusal(lambda: ec2.describe_spot_price_history(InstanceTypes=["c5.huge"])) == (
        "InvalidParameterValue",
        400,
    )


def test_spot_of_ones_own(double: Double, ec2: Any) -> None:
    double.load(nothing(spot_prices=(SpotPrice("m5.large", 0.5, "c"),)))
    (row,) = ec2.describe_spot_price_history(ProductDescriptions=[LINUX])["SpotPriceHistory"]
    assert (row["AvailabilityZone"], float(row["SpotPrice"])) == (f"{REGION}c", 0.5)
    pages = ec2.get_paginator("describe_spot_price_history").paginate(PaginationConfig={"PageSize": 1})
    assert [len(one["SpotPriceHistory"]) for one in pages] == [1, 1]
    assert connect(double, "ec2", "us-east-1").describe_spot_price_history()["SpotPriceHistory"] == []
