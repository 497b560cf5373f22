"""`nfconfgen explain --prices`: by a file, live, and what is wrong with a file."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nfconfgen.executors.awsbatch.client import AwsError
from nfconfgen.executors.awsbatch.prices import market
from nfconfgen.explain.price_file import Price, Spot
from nfconfgen.profile.document.schema import schema
from tests.cli import Ended, nfconfgen
from tests.conftest import ROOT
from tests.fast.test_noticed import copied

PRICES: dict[str, Any] = {
    "nfconfgen_prices": 1,
    "date": "2026-11-20",
    "regions": {"eu-central-1": {"c5.2xlarge": {"usd_per_hour": 0.5}, "c5.4xlarge": {"usd_per_hour": 1.25}}},
}


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    (tmp_path / "salmon.prices.json").write_text(json.dumps(PRICES))
    return copied(tmp_path, "salmon")


def explain(profile: Path, prices: Any = "", *options: Any) -> Ended:
    return nfconfgen("explain", profile, "--prices", prices or profile.with_suffix(".prices.json"), *options)


def reported(profile: Path, prices: Any = "", *options: Any) -> dict[str, Any]:
    ended = explain(profile, prices, "--format", "json", *options)
    assert ended.code == 0, ended
    found: dict[str, Any] = json.loads(ended.out)
    jsonschema.Draft7Validator(schema("explain")).validate(found)
    return found


def test_every_attempt_has_its_cost_and_other_executors_have_none(profile: Path) -> None:
    slurm, awsbatch = reported(profile)["explained"]["sites"]
    assert slurm["cost"] is None
    assert [attempt["cost"] for task in slurm["tasks"] for attempt in task["attempts"]] == [None] * 3
    costs = [attempt["cost"]["on_demand"] for task in awsbatch["tasks"] for attempt in task["attempts"]]
    assert [cost["usd"]["most"] for cost in costs] == [0.5, 1.25, 1.25]
    sums = [(each["attempt"], each["on_demand_usd"]["most"]) for each in awsbatch["cost"]["per_sample"]]
    assert sums == [(1, 0.5), (2, 1.25)]
    assert "S3" in awsbatch["cost"]["not_included"]


def test_text_and_page_show_it(profile: Path, tmp_path: Path) -> None:
    page = tmp_path / "proof.html"
    text = explain(profile).out
    assert explain(profile, "", "--html", page).code == 0
    for shown in ("$0.50 per hour on demand", "at most $1.25 in 1h", "salmon.prices.json of 2026-11-20", "EBS"):
        assert shown in text
        assert shown in page.read_text()


def test_nothing_is_computed_without_prices(profile: Path) -> None:
    ended = nfconfgen("explain", profile, "--format", "json")
    (_, awsbatch) = json.loads(ended.out)["explained"]["sites"]
    assert awsbatch["cost"] is None
    assert "$" not in nfconfgen("explain", profile).out


def test_processes_of_a_pipeline_are_added_up(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests/pipeline/cases/labels-of-nf-core", tmp_path, dirs_exist_ok=True)
    (tmp_path / "profile.yml").write_text(
        "nfconfgen: 1\npipeline: {name: reads, unused: [TRIM]}\ntasks: {default: {cpus: 2, memory: 6 GB, time: 2h}}\n"
        "sites:\n  cloud: {executor: awsbatch, region: eu-central-1, work_dir: s3://bucket/work,\n"
        "          queues: [salmonWorkload, salmonExcess]}\n"
    )
    shutil.copy(ROOT / "profiles/salmon.lock.json", tmp_path / "profile.lock.json")
    (tmp_path / "p.json").write_text(json.dumps(PRICES))
    ended = explain(tmp_path / "profile.yml", tmp_path / "p.json", "--format", "json")
    found = json.loads(ended.out)
    jsonschema.Draft7Validator(schema("explain")).validate(found)
    (site,) = found["explained"]["sites"]
    first = site["cost"]["per_sample"][0]
    costs = {process["name"]: process["attempts"][0]["cost"]["on_demand"]["usd"] for process in site["processes"]}
    assert len(costs) > 2
    counted = [costs[name]["most"] for name in first["tasks"]]
    assert first["on_demand_usd"]["most"] == pytest.approx(sum(counted))
    assert {*first["tasks"], *(each.partition(": ")[0] for each in first["left_out"])} == set(costs)
    assert any("never runs" in each for each in first["left_out"])
    table = explain(tmp_path / "profile.yml", tmp_path / "p.json").out
    assert any(line.endswith("  on          at most") for line in table.splitlines())
    some = json.loads(
        explain(tmp_path / "profile.yml", tmp_path / "p.json", "--process", "TRIM", "--format", "json").out
    )
    assert some["explained"]["sites"][0]["cost"]["per_sample"] == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "not a price file"),
        ("{", "not a price file"),
        ("[]", "an object"),
        ("{}", "nfconfgen_prices"),
        (json.dumps(PRICES).replace("0.5", "-0.5"), "c5.2xlarge.usd_per_hour"),
        (json.dumps(PRICES).replace("0.5", "NaN"), "c5.2xlarge.usd_per_hour"),
        (json.dumps(PRICES).replace("0.5", '"0.5"'), "c5.2xlarge.usd_per_hour"),
        (json.dumps(PRICES) + " " * 2_000_000, "large"),
    ],
)
def test_a_wrong_file_is_one_line_and_exit_code_2(profile: Path, content: str, why: str) -> None:
    profile.with_suffix(".prices.json").write_text(content)
    ended = explain(profile)
    assert (ended.code, ended.out) == (2, "")
    assert len(ended.err.splitlines()) == 1
    assert "salmon.prices.json: " in ended.err
    assert why in ended.err


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "bytes", "link"])
def test_what_is_no_file_of_text_is_exit_code_2(profile: Path, kind: str) -> None:
    path = profile.parent / "other.json"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "bytes":
        path.write_bytes(b"\xff\xfe")
    elif kind == "link":
        path.symlink_to(profile.parent.parent / "elsewhere.json")
        path.resolve().write_text(json.dumps(PRICES))
    ended = explain(profile, path)
    assert (ended.code, len(ended.err.splitlines())) == (2, 1)
    assert "other.json" in ended.err


@pytest.mark.parametrize("name", ["", ".", "/", "a" * 300, "a\udcffb.json", "/dev/null"])
def test_names_that_are_no_file(name: str) -> None:
    ended = nfconfgen("explain", ROOT / "profiles/salmon.yml", "--prices", name)
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)


def test_what_a_file_says_is_text(profile: Path, tmp_path: Path) -> None:
    bad = "<img src=x onerror=alert(1)>\x1b[31m\u202e"
    path = profile.with_suffix(".prices.json")
    path.write_text(json.dumps({**PRICES, "regions": {"eu-central-1": {"c5.2xlarge": {"unknown": bad}}}}))
    ended = explain(profile)
    assert ended.code == 0
    assert not {"\x1b", "\u202e"} & {*ended.out}
    assert explain(profile, "", "--html", tmp_path / "page.html").code == 0
    page = (tmp_path / "page.html").read_text()
    assert "<img" not in page
    assert "&lt;img" in page


def test_prices_of_another_region_are_a_warning_and_nothing_is_guessed(profile: Path) -> None:
    path = profile.with_suffix(".prices.json")
    path.write_text(path.read_text().replace("eu-central-1", "us-east-1"))
    found = reported(profile)
    assert [(each["rule"], each["level"]) for each in found["findings"]] == [("prices-region", "warning")]
    (_, awsbatch) = found["explained"]["sites"]
    costs = [attempt["cost"]["on_demand"] for task in awsbatch["tasks"] for attempt in task["attempts"]]
    assert all(cost["usd"] is None and cost["unknown"] for cost in costs)
    assert explain(profile, "", "--strict").code == 1


def test_old_prices_are_a_warning_with_their_date(profile: Path) -> None:
    path = profile.with_suffix(".prices.json")
    path.write_text(path.read_text().replace("2026-11-20", "2026-02-01"))
    (finding,) = reported(profile)["findings"]
    assert finding["rule"] == "prices-old"
    assert "2026-02-01" in finding["message"]


def test_a_profile_without_prices_says_so(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(json.dumps(PRICES))
    ended = explain(ROOT / "profiles/workstation.yml", tmp_path / "p.json")
    assert ended.code == 0
    assert "AWS Batch" in ended.err
    assert "$" not in ended.out


# live


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, bool]]]:
    """What AWS is asked for; it has a price for one of the types."""
    found: list[tuple[str, dict[str, bool]]] = []

    def ask(region: str, machines: Mapping[str, bool]) -> dict[str, Price]:
        found.append((region, dict(machines)))
        spot = Spot(0.1, 0.2, "2026-11-22T09:30:00Z")
        known = {"c5.2xlarge": Price(0.388, spot), "c5.4xlarge": Price(unknown="2 products", spot_unknown="none")}
        return {name: known[name] for name in machines}

    monkeypatch.setattr(market, "ask", ask)
    return found


def on_spot(profile: Path) -> Path:
    lock = profile.with_suffix(".lock.json")
    lock.write_text(lock.read_text().replace('"kind": "EC2"', '"kind": "SPOT"'))
    return profile


def test_live_prices_are_kept_and_show_the_same_later(
    profile: Path, asked: list[tuple[str, dict[str, bool]]]
) -> None:
    on_spot(profile)
    path = profile.with_suffix(".prices.json")
    before = {file: file.read_bytes() for file in profile.parent.rglob("*") if file.is_file() and file != path}
    live = reported(profile, "live")
    assert asked == [("eu-central-1", {"c5.2xlarge": True, "c5.4xlarge": True})]
    jsonschema.Draft7Validator(schema("prices")).validate(json.loads(path.read_text()))
    assert reported(profile, path) == live
    assert len(asked) == 1
    (_, awsbatch) = live["explained"]["sites"]
    first, second, _ = (attempt["cost"] for attempt in awsbatch["tasks"][0]["attempts"])
    assert first["spot"]["usd"] == {"least": 0.1, "most": 0.2}
    assert (second["on_demand"]["unknown"], second["spot"]["unknown"]) == ("2 products", "none")
    after = {file: file.read_bytes() for file in profile.parent.rglob("*") if file.is_file() and file != path}
    assert after == before, "nothing else is written"


def test_live_asks_for_all_of_the_plan_whatever_is_shown(
    profile: Path, asked: list[tuple[str, dict[str, bool]]]
) -> None:
    assert explain(profile, "live", "--site", "slurm").code == 0
    assert asked == [("eu-central-1", {"c5.2xlarge": False, "c5.4xlarge": False})]


def test_a_queue_that_is_only_declared_has_prices(tmp_path: Path, asked: list[tuple[str, dict[str, bool]]]) -> None:
    (tmp_path / "profile.yml").write_text(
        "nfconfgen: 1\npipeline: {name: demo}\ntasks: {default: {cpus: 2, memory: 6 GB, time: 2h}}\n"
        "sites:\n  cloud:\n    executor: awsbatch\n    region: eu-central-1\n    work_dir: s3://bucket/work\n"
        "    queues: [{queue: new, instance_type: c5.2xlarge, max_instances: 4, spot: true}]\n"
    )
    shutil.copy(ROOT / "profiles/salmon.lock.json", tmp_path / "profile.lock.json")
    (site,) = reported(tmp_path / "profile.yml", "live")["explained"]["sites"]
    assert asked == [("eu-central-1", {"c5.2xlarge": True})]
    assert site["cost"]["per_sample"][0]["spot_usd"]["most"] == 0.4


@pytest.mark.parametrize("content", ["years of work", "{}"])
def test_a_file_of_that_name_that_has_no_prices_is_not_replaced(
    profile: Path, asked: list[tuple[str, dict[str, bool]]], content: str
) -> None:
    path = profile.with_suffix(".prices.json")
    path.write_text(content)
    ended = explain(profile, "live")
    assert (ended.code, asked, path.read_text()) == (2, [], content)


def test_a_link_of_that_name_that_leads_elsewhere_is_not_followed(
    profile: Path, asked: list[tuple[str, dict[str, bool]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "other.json"
    elsewhere.write_text(json.dumps(PRICES))
    path = profile.with_suffix(".prices.json")
    path.unlink()
    path.symlink_to(elsewhere)
    assert explain(profile, "live").code == 2
    assert elsewhere.read_text() == json.dumps(PRICES)


def test_without_an_answer_nothing_is_written(profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(region: str, machines: Mapping[str, bool]) -> dict[str, Price]:
        raise AwsError("no AWS credentials were found", "log in")

    monkeypatch.setattr(market, "ask", ask)
    path = profile.with_suffix(".prices.json")
    before = path.read_text()
    ended = explain(profile, "live")
    assert (ended.code, ended.out, path.read_text()) == (2, "", before)
    assert "log in" in ended.err


def test_a_profile_that_needs_no_prices_asks_for_none(
    tmp_path: Path, asked: list[tuple[str, dict[str, bool]]]
) -> None:
    profile = copied(tmp_path, "workstation")
    assert explain(profile, "live").code == 0
    assert asked == []
    assert not profile.with_suffix(".prices.json").exists()
