"""How the queues of a region buy their instances, and how the prices of these are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone

from nfconfgen.executors.awsbatch.client import Aws
from nfconfgen.executors.awsbatch.facts.region import FARGATE, Environment, RegionFacts
from nfconfgen.executors.awsbatch.partitions import partition_of
from nfconfgen.executors.awsbatch.prices import list_price, spot_price
from nfconfgen.explain.price_file import Market, Price, Spot

_OTHER_PARTITION = "the Pricing API and its USD are those of the partition aws, and {} is in {}"
_NOT_INCLUDED = (
    "EBS volumes",
    "S3",
    "data transfer",
    "idle minutes of instances",
    "attempts that failed before",
    "other instances than the smallest that fits, where Batch starts one",
)


def market(region: str, facts: RegionFacts) -> Market:
    """The market of a site in this region; instances that no queue in the facts offers are not bought on Spot."""

    def environments(queue: str) -> Iterator[Environment]:
        return (facts.environments[name] for name in facts.queues.get(queue, ()))

    def on_spot(queue: str, machine: str) -> bool:
        return any(each.kind == "SPOT" and machine in each.offers for each in environments(queue))

    def unpriced(queue: str) -> str:
        on_fargate = any(each.kind.startswith(FARGATE) for each in environments(queue))
        return "prices of Fargate are not read" if on_fargate else ""

    return Market(region, on_spot, unpriced, lambda machines: ask(region, machines), _NOT_INCLUDED)


def ask(region: str, machines: Mapping[str, bool], aws: Callable[[str], Aws] = Aws) -> dict[str, Price]:
    """The prices of these instance types now, on Spot where that is set. A type without exactly one price has none,
    with the reason. AwsError if AWS returns an error or does not answer."""
    partition = partition_of(region)
    if partition != "aws":
        why = _OTHER_PARTITION.format(region, partition)
        return {name: Price(unknown=why, spot_unknown=why if spot else "") for name, spot in machines.items()}
    # not SOURCE_DATE_EPOCH: AWS has the prices of today
    now = datetime.now(timezone.utc)
    names = sorted(machines)
    on_spot = spot_price.ranges(aws(region), [name for name in names if machines[name]], now)
    listed = list_price.on_demand(aws(list_price.HOME), region, names)
    return {name: _price(listed[name], on_spot.get(name), wanted=machines[name]) for name in names}


def _price(listed: list_price.Found, spot: Spot | None, *, wanted: bool) -> Price:
    usd_per_hour, why = listed
    missing = "EC2 reports no Spot price of it in this region" if wanted and spot is None else ""
    return Price(usd_per_hour, spot, why, missing)
