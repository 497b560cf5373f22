"""Queues with a fair-share policy: every job needs a share identifier there, and no other queue takes one."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from nfconfgen.executors.awsbatch.facts.region import RegionFacts
from tests.cli import nfconfgen
from tests.conftest import ROOT
from tests.core import load_text
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import Scenario, SchedulingPolicy, idle, salmon
from tests.plan.regions import plan_of, region, text

QUICK = ("--yes", "--poll", "0.01")
SHARED, PLAIN = ("q1",), ()


def found(facts: RegionFacts, keys: str = "") -> list[tuple[str, str, str]]:
    profile = text(facts, "cpus: 2, memory: 4 GB").replace("fit: request", f"fit: request{keys}")
    return [(f.rule, f.level, profile.splitlines()[f.place.line - 1][f.place.column - 1 :][:2])
            for f in plan_of(profile, facts).findings]  # fmt: skip


def on(*queues: str) -> RegionFacts:
    return replace(region(("m5.xlarge",), ("m5.12xlarge",)), fair_share=queues)


def test_an_error_at_the_queue_that_needs_an_identifier() -> None:
    assert found(on("q1")) == [("share-identifier", "error", "q1")]
    assert found(on("q2")) == [("share-identifier", "error", "q2")]
    assert len(found(on("q1", "q2"))) == 2
    assert found(on()) == []


def test_an_error_at_the_queue_that_takes_no_identifier() -> None:
    keys = ", share_identifier: lab"
    assert found(on("q1", "q2"), keys) == []
    assert found(on("q1"), keys) == [("share-identifier", "error", "q2")]
    assert len(found(on(), keys)) == 2


def test_a_queue_that_a_task_class_names_is_checked_too() -> None:
    facts = on("q2")
    profile = text(facts, "cpus: 2, memory: 4 GB").replace("queues: [q1, q2]", "queues: [q1]")
    own = "tasks: {processes: {BIG: {queue: q2}}}, fit: request"
    profile = profile.replace("fit: request", own)
    assert [finding.rule for finding in plan_of(profile, facts).findings] == ["share-identifier"]


@pytest.mark.parametrize("keys", ["", ", share_identifier: lab"])
def test_a_lock_from_before_leaves_the_check_out_and_names_it(keys: str) -> None:
    before = replace(on(), fair_share=None)
    assert RegionFacts.from_json(before.to_json()) == before
    (finding,) = found(before, keys)
    assert finding[:2] == ("facts-missing", "warning")


def test_the_lock_keeps_which_queues_have_a_policy() -> None:
    for facts in (on(), on("q1")):
        assert RegionFacts.from_json(json.loads(json.dumps(facts.to_json()))) == facts
    with pytest.raises(ValueError, match=r"fair_share names the job queue q9, which has no entry"):
        RegionFacts.from_json({**on().to_json(), "fair_share": ["q9"]})


@pytest.mark.parametrize("value", ["lab-a", "'a b'", "''", "'*'", "a" * 256, 7])
def test_what_aws_would_not_take_is_refused(value: object) -> None:
    profile = text(on("q1", "q2"), "memory: 4 GB").replace("fit: request", f"share_identifier: {value}")
    assert [finding.place.line for finding in load_text(profile, "p.yml").findings] == [6]


def shared(scenario: Scenario) -> Scenario:
    """The same queues with a policy."""
    queues = tuple(replace(queue, scheduling_policy="fair") for queue in scenario.queues)
    return replace(scenario, queues=queues, scheduling_policies=(SchedulingPolicy("fair"),))


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return Path(shutil.copy(ROOT / "profiles/salmon.yml", tmp_path))


def with_identifier(profile: Path) -> None:
    region = "    region: eu-central-1\n"
    profile.write_text(profile.read_text().replace(region, f"{region}    share_identifier: lab\n"))


def test_a_build_queries_the_policy_and_writes_the_identifier(profile: Path, double: Double) -> None:
    double.load(shared(salmon()))
    ended = nfconfgen("build", profile, environment=double.env())
    assert ended.code == 1
    assert ended.out.count("[share-identifier]") == 2
    with_identifier(profile)
    assert nfconfgen("build", profile, environment=double.env()).code == 0
    config = (profile.parent / "salmon/conf/awsbatch.config").read_text()
    assert "    batch.shareIdentifier = 'lab'\n" in config
    lock = json.loads(profile.with_suffix(".lock.json").read_text())
    assert lock["facts"]["awsbatch"]["eu-central-1"]["fair_share"] == ["salmonExcess", "salmonWorkload"]


def test_a_probe_submits_with_the_identifier(profile: Path, double: Double) -> None:
    double.load(shared(idle()))
    with_identifier(profile)
    ended = nfconfgen("probe", profile, *QUICK, environment=double.env(), alone=True)
    assert ended.code == 0, ended
    assert all(job["status"] in ("FAILED", "SUCCEEDED") for job in double.state()["jobs"])
