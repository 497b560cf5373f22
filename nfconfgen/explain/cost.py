"""The explanation of a site with what its tasks cost: price per hour × the time that they ask for.

A request smaller than its machine shares it: such a task pays at least its share, at most the whole. The time is the
requested one, so an upper bound.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from nfconfgen.explain.model import (
    Attempt,
    Charge,
    Cost,
    Dollars,
    Holder,
    Process,
    ProcessAttempt,
    Site,
    SiteCost,
    Total,
)
from nfconfgen.explain.price_file import Market, Price, Prices

_DIGITS = 6
_A = TypeVar("_A", Attempt, ProcessAttempt)


@dataclass(frozen=True, slots=True)
class Priced:
    """Prices in the file `source` for a site that buys its machines on this market."""

    prices: Prices
    source: str
    market: Market

    @property
    def known(self) -> Mapping[str, Price]:
        return self.prices.regions.get(self.market.region, {})

    def site(self, site: Site, unused: Collection[str] = (), *, total: bool = True) -> Site:
        """The site with costs; `unused` are processes that never run. `total`: all its tasks are here to add up."""
        tasks = tuple(replace(task, attempts=self._each(task.attempts)) for task in site.tasks)
        processes = tuple(replace(process, attempts=self._each(process.attempts)) for process in site.processes or ())
        found = replace(site, tasks=tasks, processes=None if site.processes is None else processes)
        totals = tuple(_totals(found, unused)) if total else ()
        prices = SiteCost(self.source, self.prices.date, self.market.region, totals, self.market.not_included)
        return replace(found, cost=prices)

    def _each(self, attempts: Iterable[_A]) -> tuple[_A, ...]:
        return tuple(replace(attempt, cost=self._cost(attempt)) for attempt in attempts)

    def _cost(self, attempt: Attempt | ProcessAttempt) -> Cost:
        holder, queue = attempt.holder, attempt.queue or ""
        if holder is None:
            return Cost(None, Charge(unknown="its machine is not known"))
        share, time_s = _share(holder), attempt.time_s
        unpriced = self.market.unpriced(queue)
        if unpriced:
            return Cost(share, Charge(unknown=unpriced))
        missing = f"{self.source} has no price of {holder.name} in {self.market.region}"
        price = self.known.get(holder.name, Price(unknown=missing, spot_unknown=missing))
        usd = price.usd_per_hour
        on_demand = Charge(unknown=price.unknown or missing)
        if usd is not None:
            on_demand = _charge(usd, usd, share, time_s, self.prices.date)
        if not self.market.spot(queue, holder.name):
            return Cost(share, on_demand)
        spot = price.spot
        if spot is None:
            return Cost(share, on_demand, Charge(unknown=price.spot_unknown or f"{missing} on Spot"))
        range_ = (spot.least_usd_per_hour, spot.most_usd_per_hour)
        return Cost(share, on_demand, _charge(*range_, share, time_s, spot.time))


def _share(holder: Holder) -> float:
    """The part of its machine that one task takes, of CPUs, memory or GPUs; 1 if it leaves nothing of one of them."""
    taken = [(holder.cpus_taken, holder.cpus), (holder.memory_taken_mib, holder.memory_mib)]
    taken += [(holder.gpus_taken, holder.gpus)] if holder.gpus else []
    return min(max(part / whole for part, whole in taken) / holder.tasks, 1.0)


def _charge(least_usd: float, most_usd: float, share: float, time_s: int | None, time: str) -> Charge:
    usd = None
    if time_s is not None:
        hours = time_s / 3600
        usd = Dollars(round(share * least_usd * hours, _DIGITS), round(most_usd * hours, _DIGITS))
    return Charge(Dollars(least_usd, most_usd), usd, time)


def _totals(site: Site, unused: Collection[str]) -> Iterator[Total]:
    """The sum over the first attempts, and over the second ones if that is another."""
    tasks = _tasks(site)
    if not any(attempts for _, attempts in tasks):
        return
    never = [f"{name}: it never runs" for name, _ in tasks if name in unused]
    kept = [(name, attempts) for name, attempts in tasks if name not in unused]
    first, second = (_total(number, kept, never) for number in (1, 2))
    yield first
    if replace(second, attempt=1) != first:
        yield second


def _tasks(site: Site) -> list[tuple[str, Sequence[Attempt | ProcessAttempt]]]:
    """Each process of the pipeline once, or else the default class; no attempts if the parsers read two."""
    if site.processes:
        by_name: dict[str, list[Process]] = {}
        for process in site.processes:
            by_name.setdefault(process.name, []).append(process)
        return [(name, found[0].attempts if len(found) == 1 else ()) for name, found in by_name.items()]
    return [("default", task.attempts) for task in site.tasks if task.kind == "default" and task.attempts]


def _total(
    number: int, tasks: Iterable[tuple[str, Sequence[Attempt | ProcessAttempt]]], left_out: Sequence[str]
) -> Total:
    counted: list[str] = []
    without = [*left_out]
    queues: dict[str, None] = {}
    on_demand: list[Dollars] = []
    spot: list[Dollars] = []
    on_spot = False
    for name, attempts in tasks:
        attempt = attempts[:number][-1] if attempts else None
        cost = attempt.cost if attempt is not None else None
        if attempt is None or cost is None:
            without.append(f"{name}: the parsers read it differently")
            continue
        queues[attempt.queue or ""] = None
        bought = cost.spot or cost.on_demand
        on_demand += [cost.on_demand.usd] if cost.on_demand.usd is not None else []
        spot += [bought.usd] if bought.usd is not None else []
        on_spot = on_spot or cost.spot is not None
        counted += [name] if cost.on_demand.usd or bought.usd else []
        without += _missing(name, cost)
    spot_usd = _sum(spot) if on_spot else None
    return Total(number, tuple(counted), tuple(filter(None, queues)), _sum(on_demand), spot_usd, tuple(without))


def _missing(name: str, cost: Cost) -> Iterator[str]:
    """Why a task is left out of one sum or of both."""
    ways = {"on demand": cost.on_demand, "on Spot": cost.spot or cost.on_demand}
    missing = {way: charge.unknown or "it sets no time" for way, charge in ways.items() if charge.usd is None}
    if len(set(missing.values())) == 1 and len(missing) == len(ways):
        yield f"{name}: {missing['on demand']}"
    else:
        yield from (f"{name} {way}: {why}" for way, why in missing.items())


def _sum(amounts: Sequence[Dollars]) -> Dollars | None:
    if not amounts:
        return None
    return Dollars(
        round(sum(amount.least for amount in amounts), _DIGITS),
        round(sum(amount.most for amount in amounts), _DIGITS),
    )
