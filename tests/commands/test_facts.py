"""`nfconfgen facts`: what is shown, and what `--refresh` writes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli import nfconfgen
from tests.commands.test_build_live import with_hosts
from tests.conftest import ROOT
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import Host, empty


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return Path(shutil.copy(ROOT / "profiles/salmon.yml", tmp_path))


def rows(profile: Path, double: Double, *options: str) -> list[dict[str, Any]]:
    ended = nfconfgen("facts", profile, "--format", "json", *options, environment=double.env(), alone=True)
    assert ended.code == 0, ended
    found: list[dict[str, Any]] = json.loads(ended.out)["facts"]
    return found


def test_everything_about_a_queue(profile: Path, double: Double) -> None:
    (row,) = [row for row in rows(profile, double) if row["queue"] == "salmonWorkload"]
    assert row["instance_type"] == "c5.2xlarge"
    assert (row["cpus"], row["nominal_mib"], row["memory_mib"], row["ask_mib"]) == (8, 16384, 15434, 15400)
    assert (row["max_vcpus"], row["at_once"]) == (128, 16)
    assert (row["source"], row["time"], row["kind"]) == ("measured", "2026-11-20T09:30:00Z", "EC2")
    assert row["ami"].startswith("ami-")


def test_nothing_is_written_unless_asked_for(profile: Path, double: Double) -> None:
    rows(profile, double)
    assert [path.name for path in profile.parent.iterdir()] == ["salmon.yml"]


def test_refresh_writes_the_lock_and_nothing_else(profile: Path, double: Double) -> None:
    assert nfconfgen("build", profile, environment=double.env(), alone=True).code == 0
    lock = profile.with_suffix(".lock.json")
    before = json.loads(lock.read_text())
    double.load(with_hosts(Host("c5.2xlarge", 15500)))
    rows(profile, double, "--refresh")
    after = json.loads(lock.read_text())
    measured = after["facts"]["awsbatch"]["eu-central-1"]["measured"]["c5.2xlarge"]
    assert [reading["memory_mib"] for reading in measured.values()] == [15500]
    assert {key: value for key, value in after.items() if key != "facts"} == {
        key: value for key, value in before.items() if key != "facts"
    }
    # the outputs no longer match the facts: a dry run reports it
    ended = nfconfgen("build", profile, "--offline", "--dry-run")
    assert "would change" in ended.err


def test_estimates_are_marked(profile: Path, double: Double) -> None:
    double.load(empty())
    assert {row["source"] for row in rows(profile, double) if row["environment"]} == {"estimated"}


def test_a_profile_with_faults_is_reported_in_the_format_asked_for(tmp_path: Path) -> None:
    (tmp_path / "profile.yml").write_text("nfconfgen: 1\n")
    ended = nfconfgen("facts", tmp_path / "profile.yml", "--offline", "--format", "json")
    assert ended.code == 1
    assert {finding["rule"] for finding in json.loads(ended.out)["findings"]} == {"missing-key"}
