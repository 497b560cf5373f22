"""What instances cost: the price list, on demand, and the history of Spot prices, of which now is all there is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.ec2.exceptions import EC2ClientError, InvalidNextToken
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.responses.spot_instances import SpotInstances

from tests.lab.aws import population
from tests.lab.aws.paging import LIMIT, BadTokenError, page
from tests.lab.aws.scenario import Price

SERVICE = "AmazonEC2"
# where the price list of all regions is served
ENDPOINTS = ("us-east-1", "eu-central-1", "ap-south-1")
SYSTEMS = ("Linux/UNIX", "Windows")
HISTORY_LIMIT = 1000
USUAL = {
    "operatingSystem": "Linux",
    "tenancy": "Shared",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
    "licenseModel": "No License required",
}
# What else is sold of the same type, and how much dearer it is: a client that leaves out a filter gets it as well.
VARIANTS: tuple[tuple[dict[str, str], float], ...] = (
    ({}, 1.0),
    ({"operatingSystem": "Windows"}, 1.9),
    ({"tenancy": "Dedicated"}, 1.1),
    ({"preInstalledSw": "SQL Web"}, 1.5),
    ({"capacitystatus": "UnusedCapacityReservation"}, 1.0),
    ({"operatingSystem": "Windows", "licenseModel": "Bring your own license"}, 1.0),
)


def install() -> None:
    served: Any = SpotInstances
    served.describe_spot_price_history = _describe_spot_price_history


class PriceListError(ServiceException):
    """Refused by the price list: code and message."""


class PriceList(BaseResponse):
    """One method for each operation, as moto looks for them."""

    def __init__(self) -> None:
        super().__init__(service_name="pricing")
        self.automated_parameter_parsing = True

    def get_products(self) -> ActionResult:
        if self.region not in ENDPOINTS:
            raise PriceListError("InvalidParameterException", f"the price list has no endpoint in {self.region}")
        if (service := self._get_param("ServiceCode")) != SERVICE:
            raise PriceListError("NotFoundException", f"the double has no prices of {service}")
        scenario = population.world().scenario
        wanted = self._get_param("Filters") or []
        held = [p for price in scenario.prices for p in _products(price, scenario.region) if _fits(p, wanted)]
        try:
            found, token = page(held, self._get_param("MaxResults") or LIMIT, self._get_param("NextToken"))
        except BadTokenError as error:
            raise PriceListError("InvalidNextTokenException", str(error)) from error
        return ActionResult(
            {"FormatVersion": "aws_v1", "PriceList": list(map(json.dumps, found)), "NextToken": token}
        )


def _products(price: Price, region: str) -> Iterator[dict[str, Any]]:
    data = INSTANCE_TYPES[price.instance_type]
    for change, factor in VARIANTS:
        attributes = USUAL | change | {
            "servicecode": SERVICE,
            "instanceType": price.instance_type,
            "regionCode": region,
            "marketoption": "OnDemand",
            "vcpu": str(data["VCpuInfo"]["DefaultVCpus"]),
            "memory": f"{data['MemoryInfo']['SizeInMiB'] // 1024} GiB",
        }  # fmt: skip
        sku = hashlib.sha256(str(attributes).encode()).hexdigest()[:16].upper()
        cost = {
            "unit": "Hrs",
            "pricePerUnit": {"USD": f"{price.usd * factor:.10f}"},
            "rateCode": f"{sku}.JRTCKXETXF.6YS6EN2CT7",
        }
        yield {
            "product": {"productFamily": "Compute Instance", "sku": sku, "attributes": attributes},
            "serviceCode": SERVICE,
            "terms": {"OnDemand": {f"{sku}.JRTCKXETXF": {"priceDimensions": {cost["rateCode"]: cost}}}},
        }


def _fits(product: dict[str, Any], filters: list[dict[str, str]]) -> bool:
    attributes = product["product"]["attributes"]
    return all(_matches(str(attributes.get(f["Field"], "")), f["Type"], f["Value"]) for f in filters)


def _matches(value: str, how: str, wanted: str) -> bool:
    """Upper and lower case are the same to the price list."""
    value, wanted = value.lower(), wanted.lower()
    if how in ("TERM_MATCH", "EQUALS"):
        return value == wanted
    if how == "CONTAINS":
        return wanted in value
    return (value in wanted.split(",")) == (how == "ANY_OF")


def _describe_spot_price_history(response: SpotInstances) -> ActionResult:
    scenario, now = population.world().scenario, datetime.now(timezone.utc)
    types, systems = response._get_param("InstanceTypes") or [], response._get_param("ProductDescriptions") or SYSTEMS
    zone = response._get_param("AvailabilityZone")
    if unknown := [name for name in types if name not in INSTANCE_TYPES]:
        raise EC2ClientError("InvalidParameterValue", f"Invalid value '{unknown[0]}' for instanceType")
    if response._filters_from_querystring():
        raise NotImplementedError("the double knows no filters of Spot prices")
    rows = [
        {
            "AvailabilityZone": f"{scenario.region}{price.zone}",
            "InstanceType": price.instance_type,
            "ProductDescription": system,
            "SpotPrice": f"{price.usd * (1 if system == SYSTEMS[0] else 1.9):.6f}",
            "Timestamp": now,
        }
        for price in (scenario.spot_prices if scenario.region == response.region else ())
        for system in SYSTEMS
        if system in systems and price.instance_type in (types or [price.instance_type])
    ]
    rows = [row for row in rows if zone in (None, row["AvailabilityZone"])]
    token = response._get_param("NextToken")
    try:
        found, following = page(rows, int(response._get_param("MaxResults") or HISTORY_LIMIT), token)
    except BadTokenError:
        raise InvalidNextToken(token) from None
    return ActionResult({"SpotPriceHistory": found, "NextToken": following or ""})
