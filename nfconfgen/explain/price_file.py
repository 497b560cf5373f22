"""The prices of machines in a file, as schemas/prices.schema.json describes it: written by hand or by
`explain --prices live`, and read as data that anybody may have changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nfconfgen import jsontext
from nfconfgen.errors import UnreadableError
from nfconfgen.facts import decode
from nfconfgen.facts.staleness import age_s, age_text
from nfconfgen.findings import Finding, Place
from nfconfgen.wording import listed

FORMAT = 1
LARGEST_BYTES = 1024 * 1024
OLD_DAYS = 90
MOST_USD_PER_HOUR = 100_000
"""No machine costs that much."""

_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Spot:
    """The range of the Spot price over the zones of a region in USD per hour, at this time (UTC)."""

    least_usd_per_hour: float
    most_usd_per_hour: float
    time: str


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one type of machine in USD per hour on demand, and on Spot. None: not known, for the reason in
    `unknown` and `spot_unknown` if there is one."""

    usd_per_hour: float | None = None
    spot: Spot | None = None
    unknown: str = ""
    spot_unknown: str = ""


@dataclass(frozen=True, slots=True)
class Prices:
    """`regions` → type of machine → its price, as of this date (UTC)."""

    date: str
    regions: Mapping[str, Mapping[str, Price]] = field(default_factory=dict)

    def to_text(self) -> str:
        regions = {
            region: {name: _to_json(price) for name, price in of_types.items()}
            for region, of_types in self.regions.items()
        }
        return jsontext.dumps({"nfconfgen_prices": FORMAT, "date": self.date, "regions": regions})


@dataclass(frozen=True, slots=True)
class Market:
    """How the machines of a site are bought. `spot` is whether a queue buys this type of machine on Spot, `unpriced`
    why the machines of a queue have no price (empty: they have one). `ask` returns the prices of these types in the
    `region` now, on Spot too where that is set; AskingError without an answer. `not_included` is what else a run
    costs."""

    region: str
    spot: Callable[[str, str], bool]
    unpriced: Callable[[str], str]
    ask: Callable[[Mapping[str, bool]], Mapping[str, Price]]
    not_included: tuple[str, ...] = ()


def parse(text: str, file: str) -> Prices:
    """The prices in this text; `file` is how an error names it. UnreadableError if it has another form."""
    try:
        data = decode.mapping("", jsontext.loads(text))
        if decode.number("nfconfgen_prices", data.get("nfconfgen_prices")) != FORMAT:
            raise ValueError(f"format {data['nfconfgen_prices']} is unknown, this nfconfgen reads {FORMAT}")
        return decode.read(
            Prices,
            "",
            data,
            {
                "nfconfgen_prices": ("", decode.number),
                "date": ("date", _date),
                "regions": ("regions", decode.each(decode.each(_price))),
            },
            required=("date", "regions"),
        )
    except ValueError as error:
        advice = "docs/explain.md shows one, nfconfgen explain --prices live writes one"
        raise UnreadableError(f"{file}: not a price file of nfconfgen: {error}: {advice}") from error


def findings(prices: Prices, needed: Iterable[str], file: str, now: str) -> list[Finding]:
    """Warnings about prices that are old, and about regions that they lack."""
    found, place = [], Place(file)
    since = f"{prices.date}T00:00:00Z"
    again = "ask again: nfconfgen explain --prices live"
    if age_s(since, now) > OLD_DAYS * 24 * 60 * 60:
        message = f"these prices are of {prices.date}, {age_text(since, now)}: those of today may differ"
        found.append(Finding(place, "prices-old", message, again, "warning"))
    for region in needed:
        if region not in prices.regions:
            only = f", only of {listed(prices.regions)}" if prices.regions else ""
            message = f"it has no prices of {region}{only}, so what tasks cost there is not known"
            found.append(Finding(place, "prices-region", message, again, "warning"))
    return found


def _to_json(price: Price) -> dict[str, Any]:
    spot = price.spot
    known = {
        "usd_per_hour": price.usd_per_hour,
        "spot": None if spot is None else {name: getattr(spot, name) for name in Spot.__slots__},
        "unknown": price.unknown or None,
        "spot_unknown": price.spot_unknown or None,
    }
    return {key: value for key, value in known.items() if value is not None}


def _price(at: str, data: Any) -> Price:
    readers = {
        "usd_per_hour": ("usd_per_hour", _usd),
        "spot": ("spot", _spot),
        "unknown": ("unknown", _reason),
        "spot_unknown": ("spot_unknown", _reason),
    }
    return decode.read(Price, at, data, readers)


def _spot(at: str, data: Any) -> Spot:
    names = {name: (name, _usd) for name in ("least_usd_per_hour", "most_usd_per_hour")}
    found = decode.read(Spot, at, data, {**names, "time": ("time", decode.time)})
    if found.least_usd_per_hour > found.most_usd_per_hour:
        raise ValueError(f"{at}.least_usd_per_hour is more than most_usd_per_hour")
    return found


def _usd(at: str, value: Any) -> float:
    """A price. Not NaN, which compares with nothing; nor a number too large for a float."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < value <= MOST_USD_PER_HOUR:
        shown = repr(value)[:20] if not isinstance(value, int) or abs(value) <= decode.LARGEST else "a larger number"
        raise ValueError(f"{at} is not a price in USD per hour, more than 0: {shown}")
    return float(value)


def _date(at: str, value: Any) -> str:
    day = decode.text(at, value)
    try:
        decode.time(at, f"{day}T00:00:00Z")
    except ValueError:
        raise ValueError(f"{at} is not a date such as 2026-11-20: {day[:20]!r}") from None
    return day


def _reason(at: str, value: Any) -> str:
    found = decode.text(at, value)
    if len(found) > _LONGEST_REASON:
        raise ValueError(f"{at} has more than {_LONGEST_REASON} characters")
    return found
