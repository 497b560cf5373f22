"""`nfconfgen explain --prices live` against the AWS double."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nfconfgen.profile.document.schema import schema
from tests.cli import Ended, nfconfgen
from tests.conftest import ROOT
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import Price, Scenario, SpotPrice, salmon

PRICES = (Price("c5.2xlarge", 0.5), Price("c5.4xlarge", 1.25), Price("c5.large", 0.1))
SPOT = (SpotPrice("c5.2xlarge", 0.2, "a"), SpotPrice("c5.2xlarge", 0.15, "b"), SpotPrice("c5.4xlarge", 0.4, "a"))


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    for end in (".yml", ".lock.json"):
        shutil.copy((ROOT / "profiles/salmon.yml").with_suffix(end), tmp_path)
    return tmp_path / "salmon.yml"


def sold(**changes: Any) -> Scenario:
    return replace(salmon(), **{"prices": PRICES, "spot_prices": SPOT, **changes})


def on_spot(scenario: Scenario) -> Scenario:
    return replace(scenario, environments=tuple(replace(each, kind="SPOT") for each in scenario.environments))


def explain(profile: Path, double: Double, *options: str) -> Ended:
    return nfconfgen("explain", profile, "--site", "awsbatch", *options, environment=double.env(), alone=True)


def costs(ended: Ended) -> list[dict[str, Any]]:
    """Of each attempt."""
    assert ended.code == 0, ended
    found = json.loads(ended.out)
    jsonschema.Draft7Validator(schema("explain")).validate(found)
    (site,) = found["explained"]["sites"]
    return [attempt["cost"] for task in site["tasks"] for attempt in task["attempts"]]


def test_on_demand_one_question_for_each_type_and_none_about_spot(profile: Path, double: Double) -> None:
    double.load(sold())
    first, second, _ = costs(explain(profile, double, "--prices", "live", "--format", "json"))
    assert double.calls() == {"GetProducts": 2}
    assert (first["on_demand"]["usd"]["most"], second["on_demand"]["usd"]["most"]) == (0.5, 1.25)
    assert first["spot"] is None


def test_spot_is_the_range_over_the_zones(profile: Path, double: Double) -> None:
    double.load(on_spot(sold()))
    assert nfconfgen("build", profile, environment=double.env(), alone=True).code == 0
    double.reset_calls()
    first, second, _ = live = costs(explain(profile, double, "--prices", "live", "--format", "json"))
    assert double.calls() == {"GetProducts": 2, "DescribeSpotPriceHistory": 1}
    assert first["spot"]["usd_per_hour"] == {"least": 0.15, "most": 0.2}
    assert second["spot"]["usd_per_hour"] == {"least": 0.4, "most": 0.4}
    double.reset_calls()
    file = str(profile.with_suffix(".prices.json"))
    assert costs(explain(profile, double, "--prices", file, "--format", "json")) == live
    assert double.calls() == {}


@pytest.mark.parametrize("prices", [(), PRICES[2:], (*PRICES[:1], PRICES[0], *PRICES[1:])])
def test_a_type_without_exactly_one_product_is_not_known(
    profile: Path, double: Double, prices: tuple[Price, ...]
) -> None:
    double.load(on_spot(sold(prices=prices, spot_prices=())))
    assert nfconfgen("build", profile, environment=double.env(), alone=True).code == 0
    first, *_ = costs(explain(profile, double, "--prices", "live", "--format", "json"))
    assert first["on_demand"]["usd_per_hour"] is None
    assert "products" in first["on_demand"]["unknown"]
    assert first["spot"]["unknown"]


@pytest.mark.parametrize("operation", ["GetProducts", "DescribeSpotPriceHistory"])
def test_a_call_that_is_not_allowed_names_its_permission_and_writes_nothing(
    profile: Path, double: Double, operation: str
) -> None:
    double.load(on_spot(sold()))
    assert nfconfgen("build", profile, environment=double.env(), alone=True).code == 0
    double.fail(operation, "AccessDeniedException")
    ended = explain(profile, double, "--prices", "live")
    assert (ended.code, ended.out) == (2, "")
    assert f":{operation} is not allowed" in ended.err
    assert not profile.with_suffix(".prices.json").exists()


def test_a_page_by_live_prices(profile: Path, double: Double) -> None:
    double.load(sold())
    page = profile.with_suffix(".html")
    assert explain(profile, double, "--prices", "live", "--html", str(page)).code == 0
    assert "$1.25 per hour on demand" in page.read_text()
