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
    reasons = {name: "the parsers read it differently" for name, attempts in tasks.items() if not attempts}
    reasons |= {name: "it never runs" for name in tasks if name in unused}
    kept = {name: attempts for name, attempts in tasks.items() if name not in reasons}
    if not kept:
        return
    left_out = [f"{name}: {why}" for name, why in reasons.items()]
    first, second = (_total(number, kept, left_out) for number in (1, 2))
    yield first
    if replace(second, attempt=1) != first:
        yield second


def _tasks(site: Site) -> dict[str, Sequence[Attempt | ProcessAttempt]]:
    """The attempts of each process of the pipeline, none if the parsers read two; or else of the default class."""
    if not site.processes:
        return {task.title: task.attempts for task in site.tasks if task.kind == "default" and task.attempts}
    by_name: dict[str, list[Process]] = {}
    for process in site.processes:
        by_name.setdefault(process.name, []).append(process)
    return {name: found[0].attempts if len(found) == 1 else () for name, found in by_name.items()}


def _total(number: int, tasks: Mapping[str, Sequence[Attempt | ProcessAttempt]], left_out: Sequence[str]) -> Total:
    """The sum over the attempts of this number, or the last ones before it."""
    without = [*left_out]
    counted: dict[str, str] = {}
    on_demand: list[Dollars | None] = []
    spot: list[Dollars | None] = []
    on_spot = False
    for name, attempts in tasks.items():
        attempt = attempts[:number][-1]
        cost = attempt.cost
        assert cost is not None, "all attempts have one"
        bought = cost.spot or cost.on_demand
        on_demand.append(cost.on_demand.usd)
        spot.append(bought.usd)
        on_spot = on_spot or cost.spot is not None
        without += _missing(name, cost)
        if cost.on_demand.usd is not None or bought.usd is not None:
            counted[name] = attempt.queue or ""
    queues = tuple(dict.fromkeys(filter(None, counted.values())))
    return Total(number, tuple(counted), queues, _sum(on_demand), _sum(spot) if on_spot else None, tuple(without))


def _missing(name: str, cost: Cost) -> Iterator[str]:
    """Why a task is left out of one sum or of both."""
    ways = {"on demand": cost.on_demand, "on Spot": cost.spot or cost.on_demand}
    missing = {way: charge.unknown or "it sets no time" for way, charge in ways.items() if charge.usd is None}
    if len(set(missing.values())) == 1 and len(missing) == len(ways):
        yield f"{name}: {missing['on demand']}"
    else:
        yield from (f"{name} {way}: {why}" for way, why in missing.items())


def _sum(amounts: Iterable[Dollars | None]) -> Dollars | None:
    """Of those that are known; None if none is."""
    known = [amount for amount in amounts if amount is not None]
    if not known:
        return None
    least, most = sum(amount.least for amount in known), sum(amount.most for amount in known)
    return Dollars(round(least, _DIGITS), round(most, _DIGITS))
