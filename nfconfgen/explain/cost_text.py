"""What tasks and samples cost, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from nfconfgen.explain.model import Attempt, Charge, Cost, Dollars, ProcessAttempt, SiteCost, Total
from nfconfgen.profile.units import time_text
from nfconfgen.wording import listed

_FEW = 4
"""Reasons that are shown; JSON has all of them."""


def of_attempt(attempt: Attempt | ProcessAttempt) -> Iterator[str]:
    """A line for each way in which its machine is bought; none without prices."""
    cost = attempt.cost
    if cost is None:
        return
    yield _line(cost, cost.on_demand, "on demand", attempt.time_s)
    if cost.spot is not None:
        time = f" at {cost.spot.time[:16].replace('T', ' ')} UTC" if cost.spot.time else ""
        yield _line(cost, cost.spot, f"on Spot{time}", attempt.time_s)


def of_site(cost: SiteCost) -> Iterator[str]:
    """The prices, what a sample costs, and what that leaves out."""
    yield f"costs in USD, by {cost.source} of {cost.date} for {cost.region}"
    for total in cost.per_sample:
        yield f"a sample{_of(total)}: {_amounts(total)}"
    without = list(dict.fromkeys(each for total in cost.per_sample for each in total.left_out))
    if without:
        more = f"; {len(without) - _FEW} more" if len(without) > _FEW else ""
        yield f"left out: {'; '.join(without[:_FEW])}{more}"
    if cost.not_included:
        yield f"not included: {listed(cost.not_included, len(cost.not_included))}"


def most(attempts: Sequence[ProcessAttempt]) -> list[str]:
    """For a table, the most that each attempt costs on demand; per hour if it sets no time."""
    return [_most(attempt.cost.on_demand) if attempt.cost is not None else "" for attempt in attempts]


def _most(charge: Charge) -> str:
    if charge.usd is not None:
        return _usd(charge.usd.most, up=True)
    return f"{_rate(charge.usd_per_hour.most)}/h" if charge.usd_per_hour is not None else "?"


def _line(cost: Cost, charge: Charge, way: str, time_s: int | None) -> str:
    rate = charge.usd_per_hour
    if rate is None or cost.share is None:
        return f"cost {way} unknown: {charge.unknown}"
    price = f"{_rates(rate)} per hour {way}"
    if cost.share >= 1:
        in_all = f", at most {_usd(charge.usd.most, up=True)} in {_time(time_s)}" if charge.usd is not None else ""
        return f"costs {price}{in_all}"
    share = f"shared: at least its share ({_percent(cost.share)} %)"
    if charge.usd is None:
        return f"costs {price}; {share}, {_usd(rate.least * cost.share)} per hour, at most the whole"
    least, whole = _usd(charge.usd.least), _usd(charge.usd.most, up=True)
    return f"costs {price}; {share}, {least}, at most the whole, {whole}, in {_time(time_s)}"


def _percent(share: float) -> int:
    """Rounded, but neither nothing nor all of it."""
    return min(max(round(100 * share), 1), 99)


def _time(time_s: int | None) -> str:
    return time_text(time_s or 0)


def _of(total: Total) -> str:
    names = total.tasks
    what = f"one task of {names[0]}" if len(names) == 1 else f"{len(names)} processes, each once"
    each = f", each task on attempt {total.attempt}" if total.attempt > 1 else ""
    on = f", on {listed(total.queues)}" if total.queues else ""
    return f"{each} ({what}{on})" if names else each


def _amounts(total: Total) -> str:
    ways = ((total.on_demand_usd, "on demand"), (total.spot_usd, "on Spot"))
    known = [f"{_at_most(amount)} {way}" for amount, way in ways if amount is not None]
    return ", ".join(known) or "not known"


def _at_most(amount: Dollars) -> str:
    start = f"from {_usd(amount.least)} to " if amount.least != amount.most else ""
    return f"{start}at most {_usd(amount.most, up=True)}"


def _rates(price: Dollars) -> str:
    return _rate(price.least) if price.least == price.most else f"{_rate(price.least)} to {_rate(price.most)}"


def _rate(usd_per_hour: float) -> str:
    """`$0.388`: a price as it is set, to four places."""
    return _shown(usd_per_hour, 4, ROUND_HALF_EVEN)


def _usd(amount: float, *, up: bool = False) -> str:
    """`$1.25`, `$0.0971`: cents, or three digits below a dollar; an upper bound is rounded up."""
    return _shown(amount, 2, ROUND_CEILING if up else ROUND_FLOOR)


def _shown(amount: float, places: int, rounding: str) -> str:
    exact = Decimal(str(amount))
    places = max(places, 2 - exact.adjusted()) if exact else places
    whole, _, part = f"{exact.quantize(Decimal(1).scaleb(-places), rounding):,f}".partition(".")
    return f"${whole}.{part.rstrip('0').ljust(2, '0')}"
