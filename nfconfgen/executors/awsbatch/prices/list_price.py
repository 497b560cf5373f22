"""Prices on demand, by the Pricing API, which serves all regions of the partition from one of them.

https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from nfconfgen.executors.awsbatch.client import Aws
from nfconfgen.explain.price_file import MOST_USD_PER_HOUR

HOME = "us-east-1"
"""The region in which the Pricing API is asked."""

_FILTERS = {
    "operatingSystem": "Linux",
    "tenancy": "Shared",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
    "licenseModel": "No License required",
}
_HOURS = "Hrs"

Found = tuple[float | None, str]
"""USD per hour; None, and the reason."""


def on_demand(aws: Aws, region: str, names: Sequence[str]) -> dict[str, Found]:
    """The price of each instance type in a region; Linux without a licence, on shared hardware."""

    def of_type(name: str) -> Found:
        wanted = {**_FILTERS, "instanceType": name, "regionCode": region}
        filters = [{"Type": "TERM_MATCH", "Field": key, "Value": value} for key, value in wanted.items()]
        products = aws.pages("pricing", "get_products", "PriceList", ServiceCode="AmazonEC2", Filters=filters)
        return _price(products, name, region)

    return dict(zip(names, aws.side_by_side(of_type, names), strict=True))


def _price(products: Sequence[Any], name: str, region: str) -> Found:
    """The price of the only product; another number of products or prices is no answer."""
    if len(products) != 1:
        return None, f"the Pricing API has {len(products)} products for it, not one"
    try:
        # each product is JSON in a text
        product = json.loads(products[0])
        attributes = product["product"]["attributes"]
        if (attributes["instanceType"], attributes["regionCode"]) != (name, region):
            return None, "the Pricing API answers with another product"
        (term,) = product["terms"]["OnDemand"].values()
        (dimension,) = term["priceDimensions"].values()
        per_unit = {dimension["unit"]: dimension["pricePerUnit"]["USD"]}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None, "the Pricing API has no single price in USD for it"
    usd_per_hour = positive(per_unit.get(_HOURS))
    return usd_per_hour, "" if usd_per_hour is not None else "the Pricing API has no price per hour for it"


def positive(text: object) -> float | None:
    """The number in this text, if it can be a price."""
    with suppress(ValueError):
        found = float(str(text))
        if 0 < found <= MOST_USD_PER_HOUR:
            return found
    return None
