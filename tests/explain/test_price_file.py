"""Files of prices: what is written is read back, and nothing else is accepted."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from typing import Any

import jsonschema
import pytest

from nfconfgen.errors import UnreadableError
from nfconfgen.explain.price_file import Price, Prices, Spot, findings, parse
from nfconfgen.profile.document.schema import schema
from tests.executors.awsbatch.test_region import ODD

GOOD: dict[str, Any] = {
    "nfconfgen_prices": 1,
    "date": "2026-11-20",
    "regions": {
        "eu-central-1": {
            "c5.2xlarge": {
                "usd_per_hour": 0.5,
                "spot": {"least_usd_per_hour": 0.1, "most_usd_per_hour": 0.2, "time": "2026-11-20T09:30:00Z"},
            },
            "c5.4xlarge": {"usd_per_hour": 1, "spot_unknown": "none is sold"},
            "c5.9xlarge": {"unknown": "two products"},
        }
    },
}
TYPE = ("regions", "eu-central-1", "c5.2xlarge")


def changed(at: tuple[str, ...], value: Any) -> dict[str, Any]:
    data = deepcopy(GOOD)
    node: Any = data
    for key in at[:-1]:
        node = node[key]
    node[at[-1]] = value
    return data


def with_token(at: tuple[str, ...], token: str) -> str:
    return json.dumps(changed(at, "@@")).replace('"@@"', token)


def test_what_is_written_is_read_back_and_fits_the_schema() -> None:
    prices = parse(json.dumps(GOOD), "p.json")
    assert prices.regions["eu-central-1"] == {
        "c5.2xlarge": Price(0.5, Spot(0.1, 0.2, "2026-11-20T09:30:00Z")),
        "c5.4xlarge": Price(1.0, spot_unknown="none is sold"),
        "c5.9xlarge": Price(unknown="two products"),
    }
    assert parse(prices.to_text(), "p.json") == prices
    jsonschema.Draft7Validator(schema("prices")).validate(json.loads(prices.to_text()))
    jsonschema.Draft7Validator(schema("prices")).validate(GOOD)


SPOTS = [
    ("nfconfgen_prices",), ("date",), ("regions",), TYPE[:2], TYPE, (*TYPE, "usd_per_hour"), (*TYPE, "spot"),
    (*TYPE, "spot", "least_usd_per_hour"), (*TYPE, "spot", "most_usd_per_hour"), (*TYPE, "spot", "time"),
    ("regions", "eu-central-1", "c5.9xlarge", "unknown"), (*TYPE, "else"), ("else",),
]  # fmt: skip


@pytest.mark.parametrize("token", [*ODD, "0", "-0.5", "100001"], ids=lambda token: token[:12])
@pytest.mark.parametrize("at", SPOTS, ids=".".join)
def test_another_value_anywhere_is_refused_in_one_short_line_or_read_as_such(at: tuple[str, ...], token: str) -> None:
    text = ""
    try:
        prices = parse(with_token(at, token), "p.json")
        assert parse(prices.to_text(), "p.json") == prices
    except UnreadableError as error:
        text = str(error)
    assert not text or (text.startswith("p.json: ") and text.isprintable() and len(text) < 500)


@pytest.mark.parametrize("token", ["-0.5", "0", "NaN", "Infinity", "1e999", '"0.5"', "true", "null", "9" * 400])
def test_what_is_no_price_is_named_with_its_key(token: str) -> None:
    with pytest.raises(UnreadableError, match=re.escape("c5.2xlarge.usd_per_hour")):
        parse(with_token((*TYPE, "usd_per_hour"), token), "p.json")


@pytest.mark.parametrize(
    "data",
    [
        *(changed(("date",), day) for day in ("", "2026-02-30", "20.11.2026", "2026-11-20T00:00:00Z")),
        changed((*TYPE, "spot", "least_usd_per_hour"), 0.3),
        changed(("nfconfgen_prices",), 2),
        {key: value for key, value in GOOD.items() if key != "date"},
        {key: value for key, value in GOOD.items() if key != "regions"},
        changed((*TYPE, "unknown"), "x" * 301),
        [],
    ],
)
def test_what_no_file_has(data: Any) -> None:
    with pytest.raises(UnreadableError):
        parse(json.dumps(data), "p.json")


@pytest.mark.parametrize("text", ["", "{", "<<<<<<< HEAD\n{}", '{"date": "2026-11-20", "date": "2026-11-21"}'])
def test_what_is_no_json(text: str) -> None:
    with pytest.raises(UnreadableError):
        parse(text, "p.json")


@pytest.mark.parametrize(
    ("now", "rules"),
    [("2026-11-20", []), ("2027-02-18", []), ("2027-02-19", ["prices-old"]), ("2026-01-01", [])],
)
def test_prices_are_old_after_ninety_days(now: str, rules: list[str]) -> None:
    prices = Prices("2026-11-20", {"a": {}})
    found = findings(prices, ["a"], "p.json", f"{now}T00:00:00Z")
    assert [(each.rule, each.level) for each in found] == [(rule, "warning") for rule in rules]
    assert all("2026-11-20" in each.message for each in found)


def test_a_region_that_is_missing_is_a_warning() -> None:
    (found,) = findings(Prices("2026-11-20", {"a": {}}), ["a", "b"], "p.json", "2026-11-20T00:00:00Z")
    assert (found.rule, found.level, str(found.place)) == ("prices-region", "warning", "p.json")
    assert "prices of b" in found.message
