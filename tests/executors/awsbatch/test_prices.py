"""What is asked of the Pricing API and of EC2, and what counts as an answer. By botocore's Stubber."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar
from unittest.mock import ANY

import boto3
import pytest
from botocore.stub import Stubber

from nfconfgen.executors.awsbatch.client import Aws, AwsError
from nfconfgen.executors.awsbatch.facts.region import Environment, Offer, RegionFacts
from nfconfgen.executors.awsbatch.prices.market import ask, market
from nfconfgen.explain.price_file import Price

REGION = "eu-central-1"
NOW = datetime.now(timezone.utc)
T = TypeVar("T")
R = TypeVar("R")


class Stubbed(Aws):
    """AWS that returns the answers it was given, in that order; `asked` are the regions in which it was asked."""

    def __init__(self) -> None:
        super().__init__(REGION)
        self.asked: list[str] = []
        self.stubs: dict[str, Stubber] = {}
        for service in ("ec2", "pricing"):
            client = boto3.client(service, "us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")
            self._clients[service] = client
            self.stubs[service] = Stubber(client)
            self.stubs[service].activate()

    def side_by_side(self, ask: Callable[[T], R], items: Sequence[T]) -> list[R]:
        return [ask(item) for item in items]

    def products(self, *products: str, of: str = "c5.large") -> None:
        wanted = {
            "operatingSystem": "Linux",
            "tenancy": "Shared",
            "preInstalledSw": "NA",
            "capacitystatus": "Used",
            "licenseModel": "No License required",
            "instanceType": of,
            "regionCode": REGION,
        }
        filters = [{"Type": "TERM_MATCH", "Field": key, "Value": value} for key, value in wanted.items()]
        expected = {"ServiceCode": "AmazonEC2", "Filters": filters}
        self.stubs["pricing"].add_response("get_products", {"PriceList": list(products)}, expected)

    def history(self, *entries: dict[str, Any], of: Sequence[str] = ("c5.large",)) -> None:
        products = ["Linux/UNIX", "Linux/UNIX (Amazon VPC)"]
        expected = {"InstanceTypes": list(of), "ProductDescriptions": products, "StartTime": ANY}
        self.stubs["ec2"].add_response("describe_spot_price_history", {"SpotPriceHistory": list(entries)}, expected)

    def prices(self, region: str = REGION, **machines: bool) -> dict[str, Price]:
        def connect(where: str) -> Aws:
            self.asked.append(where)
            return self

        wanted = {name.replace("_", "."): spot for name, spot in (machines or {"c5_large": False}).items()}
        return ask(region, wanted, connect)


@pytest.fixture
def aws() -> Iterator[Stubbed]:
    stubbed = Stubbed()
    yield stubbed
    for stub in stubbed.stubs.values():
        stub.assert_no_pending_responses()


def product(usd: Any = "0.1940000000", unit: str = "Hrs", currency: str = "USD", name: str = "c5.large") -> str:
    dimension = {"unit": unit, "pricePerUnit": {currency: usd}}
    terms = {"OnDemand": {"A.B": {"priceDimensions": {"A.B.C": dimension}}}}
    return json.dumps({"product": {"attributes": {"instanceType": name, "regionCode": REGION}}, "terms": terms})


def entry(
    usd: str, zone: str = "a", name: str = "c5.large", ago_h: float = 1, of: str = "Linux/UNIX"
) -> dict[str, Any]:
    time = NOW - timedelta(hours=ago_h)
    where = f"{REGION}{zone}"
    return {
        "InstanceType": name,
        "AvailabilityZone": where,
        "SpotPrice": usd,
        "Timestamp": time,
        "ProductDescription": of,
    }


def test_the_price_of_the_only_product_counts(aws: Stubbed) -> None:
    aws.products(product())
    assert aws.prices() == {"c5.large": Price(0.194)}
    assert "us-east-1" in aws.asked, "whatever the region of the site"


@pytest.mark.parametrize(
    "products",
    [
        (),
        (product(), product()),
        ("{",),
        ("[]",),
        ("{}",),
        (product("0.0000000000"),),
        (product("-1"),),
        (product("NaN"),),
        (product("inf"),),
        (product("much"),),
        (product(None),),
        (product(unit="Quantity"),),
        (product(currency="CNY"),),
        (product(name="c5.xlarge"),),
        (product().replace('"A.B": {', '"D.E": {"priceDimensions": {}}, "A.B": {'),),
        (product().replace('"A.B.C": {', '"A.B.D": {}, "A.B.C": {'),),
    ],
)
def test_any_other_answer_is_no_price(aws: Stubbed, products: Sequence[str]) -> None:
    aws.products(*products)
    (price,) = aws.prices().values()
    assert price.usd_per_hour is None
    assert price.unknown


def test_spot_is_the_newest_price_of_each_zone(aws: Stubbed) -> None:
    aws.history(
        entry("0.07", "a"),
        entry("0.01", "a", ago_h=2),
        entry("0.09", "b"),
        entry("0.02", "-ham-1a"),
        entry("0.03", "c", of="Windows"),
        entry("0.04", "c", name="c5.xlarge"),
        entry("0.08", "c", of="Linux/UNIX (Amazon VPC)"),
    )
    aws.products(product())
    (price,) = aws.prices(c5_large=True).values()
    assert price.spot is not None
    assert (price.spot.least_usd_per_hour, price.spot.most_usd_per_hour) == (0.07, 0.09)
    assert price.spot.time[:10] == NOW.strftime("%Y-%m-%d")
    assert aws.asked == [REGION, "us-east-1"]


@pytest.mark.parametrize("entries", [(), (entry("0"),), (entry("NaN"),)])
def test_without_a_spot_price_there_is_a_reason(aws: Stubbed, entries: Sequence[dict[str, Any]]) -> None:
    aws.history(*entries)
    aws.products(product())
    (price,) = aws.prices(c5_large=True).values()
    assert (price.usd_per_hour, price.spot) == (0.194, None)
    assert price.spot_unknown


def test_spot_is_asked_only_where_it_is_bought(aws: Stubbed) -> None:
    aws.history(entry("0.07"))
    aws.products(product())
    aws.products(product(name="m5.large"), of="m5.large")
    prices = aws.prices(m5_large=False, c5_large=True)
    assert prices["c5.large"].spot is not None
    assert prices["m5.large"] == Price(0.194)


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1", "eusc-de-east-1"])
def test_other_partitions_are_not_asked(aws: Stubbed, region: str) -> None:
    (price,) = aws.prices(region, c5_large=True).values()
    assert aws.asked == []
    assert (price.usd_per_hour, price.spot) == (None, None)
    assert region in price.unknown
    assert price.spot_unknown == price.unknown


def test_a_call_that_is_refused_is_an_error(aws: Stubbed) -> None:
    aws.stubs["pricing"].add_client_error("get_products", "AccessDeniedException")
    with pytest.raises(AwsError, match="pricing:GetProducts is not allowed"):
        aws.prices()


def environment(kind: str, *types: str) -> Environment:
    return Environment(kind, 64, "ami", types, {name: Offer("estimated") for name in types})


def test_a_machine_is_bought_as_the_environments_of_its_queue_are() -> None:
    environments = {
        "e": environment("EC2", "c5.large"),
        "s": environment("SPOT", "m5.large"),
        "f": environment("FARGATE_SPOT"),
    }
    found = market(REGION, RegionFacts({"mixed": ("e", "s"), "fixed": ("f",)}, environments))
    assert found.region == REGION
    assert [found.spot("mixed", name) for name in ("c5.large", "m5.large")] == [False, True]
    assert not found.spot("unknown", "m5.large")
    assert [bool(found.unpriced(queue)) for queue in ("mixed", "fixed", "unknown")] == [False, True, False]
