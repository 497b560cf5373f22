"""Spot prices that hold now, by zone.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSpotPriceHistory.html: from a time on, the history
begins with the price that held then; a clock that is behind that of AWS may get later ones as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from nfconfgen.executors.awsbatch.client import Aws, batched
from nfconfgen.executors.awsbatch.prices.list_price import positive
from nfconfgen.explain.price_file import Spot
from nfconfgen.facts.model import TIME_FORMAT

# the second one is that of accounts from before VPCs
_PRODUCTS = ("Linux/UNIX", "Linux/UNIX (Amazon VPC)")


def ranges(aws: Aws, names: Sequence[str], now: datetime) -> dict[str, Spot]:
    """The least and the most over the zones of the region, for each of these instance types that is sold on Spot
    there."""

    def entries(some: Sequence[str]) -> list[Any]:
        asked = {"InstanceTypes": list(some), "ProductDescriptions": list(_PRODUCTS), "StartTime": now}
        return aws.pages("ec2", "describe_spot_price_history", "SpotPriceHistory", **asked)

    newest: dict[tuple[str, str], Any] = {}
    for page in aws.side_by_side(entries, batched(names)):
        for entry in page:
            key = (str(entry["InstanceType"]), str(entry["AvailabilityZone"]))
            # a zone of the region itself ends in a letter; local ones have their own prices
            own = len(key[1]) == len(aws.region) + 1
            if own and key[0] in names and entry["ProductDescription"] in _PRODUCTS:
                newest[key] = max(newest.get(key, entry), entry, key=lambda one: one["Timestamp"])
    found: dict[str, list[float]] = {}
    for (name, _), entry in newest.items():
        usd_per_hour = positive(entry["SpotPrice"])
        if usd_per_hour is not None:
            found.setdefault(name, []).append(usd_per_hour)
    return {name: Spot(min(prices), max(prices), now.strftime(TIME_FORMAT)) for name, prices in found.items()}
