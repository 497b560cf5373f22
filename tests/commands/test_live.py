"""`nfconfgen check --live`: compares the lock with AWS (a double) and with what a cluster offers now."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli import Ended, nfconfgen
from tests.commands.test_build_live import files
from tests.conftest import ROOT
from tests.executors.slurm.samples import answer, node, sample
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import Host, salmon

EXAMPLE = ROOT / "profiles"


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """The worked example as it is committed."""
    shutil.copytree(EXAMPLE / "salmon", tmp_path / "salmon")
    shutil.copy(EXAMPLE / "salmon.lock.json", tmp_path)
    return Path(shutil.copy(EXAMPLE / "salmon.yml", tmp_path))


def check(profile: Path, double: Double, *options: str) -> Ended:
    return nfconfgen("check", profile, "--live", *options, environment=double.env(), alone=True)


def findings(ended: Ended) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ended.out)["findings"]
    return found


def collected(folder: Path, **texts: str) -> Path:
    """What `facts --collect` would print on the example's cluster, were these texts others."""
    file = folder / "site.facts"
    file.write_text(answer(**texts))
    return file


def test_nothing_has_changed(profile: Path, double: Double) -> None:
    before = files(profile.parent)
    ended = check(profile, double)
    assert (ended.code, ended.out) == (0, "")
    assert "0 to add, 0 to change, 0 to remove" in ended.err
    assert files(profile.parent) == before


def test_an_instance_that_registered_less_changes_the_request(profile: Path, double: Double) -> None:
    scenario = salmon()
    environments = (replace(scenario.environments[0], hosts=(Host("c5.2xlarge", 15380),)), *scenario.environments[1:])
    double.load(replace(scenario, environments=environments))
    before = files(profile.parent)
    ended = check(profile, double, "--format", "json")
    assert ended.code == 1
    found = {finding["rule"]: finding for finding in findings(ended)}
    assert set(found) == {"live-facts", "live-plan"}
    assert "15380" in found["live-facts"]["message"]
    assert "15400 MiB" in found["live-plan"]["message"]
    assert "15300 MiB" in found["live-plan"]["message"]
    assert files(profile.parent) == before, "a check writes nothing"
    # the command in the advice fixes it
    assert nfconfgen("build", profile, "-q", environment=double.env(), alone=True).code == 0
    assert check(profile, double).code == 0


def test_a_queue_that_is_gone_is_reported_where_it_is_named(profile: Path, double: Double) -> None:
    scenario = salmon()
    double.load(replace(scenario, queues=scenario.queues[1:]))
    ended = check(profile, double, "--format", "json")
    assert ended.code == 1
    line = profile.read_text().splitlines()
    assert any("salmonWorkload" in line[finding["line"] - 1] for finding in findings(ended) if finding["line"])
    assert any(finding["message"].startswith("- awsbatch") for finding in findings(ended))


def test_no_answer_is_no_agreement(profile: Path, double: Double) -> None:
    environment = {**double.env(), "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    ended = nfconfgen("check", profile, "--live", environment=environment, alone=True)
    assert ended.code == 2
    assert "remember" not in ended.out


def test_a_cluster_as_it_was(profile: Path) -> None:
    file = collected(profile.parent)
    # the example's lock was written by an earlier version, which queried less
    assert nfconfgen("build", profile, "--from", file, "--offline").code == 0
    ended = nfconfgen("check", profile, "--from", file)
    assert (ended.code, ended.out) == (0, "")


def test_a_node_with_less_memory_no_longer_holds_the_request(profile: Path) -> None:
    file = collected(profile.parent, nodes=sample("nodes").replace("RealMemory=64000", "RealMemory=8000"))
    ended = nfconfgen("check", profile, "--from", file, "--format", "json")
    assert ended.code == 1
    rules = [finding["rule"] for finding in findings(ended)]
    assert "memory-fit" in rules
    assert any("64000 → 8000" in finding["message"] for finding in findings(ended))


def test_nodes_that_came_and_partitions_with_other_limits(profile: Path) -> None:
    file = collected(
        profile.parent,
        nodes=sample("nodes") + node("big1", CPUEfctv="64", RealMemory="512000", Partitions="short"),
        partitions=sample("partitions").replace("MaxTime=04:00:00", "MaxTime=UNLIMITED"),
    )
    ended = nfconfgen("check", profile, "--from", file, "--format", "json")
    messages = [finding["message"] for finding in findings(ended)]
    assert ended.code == 1
    assert any(message.startswith("+ slurm slurm nodes big1: cpus 64") for message in messages)
    assert any(message.startswith("- slurm slurm partitions short max_time_s") for message in messages)


def test_what_is_out_of_date_is_reported_as_well(profile: Path, double: Double) -> None:
    (profile.parent / "salmon" / "conf" / "slurm.config").unlink()
    ended = check(profile, double, "--format", "json")
    assert ended.code == 1
    assert "missing" in [finding["rule"] for finding in findings(ended)]
