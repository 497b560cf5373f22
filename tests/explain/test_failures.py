"""What becomes of a task that fails, executor by executor."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nfconfgen.commands.offline import planned
from nfconfgen.explain.failures import lost, retries
from nfconfgen.plan.model import Plan
from nfconfgen.profile.model import Retry
from tests.conftest import ROOT

RETRY = Retry(3, ((104, 104), (130, 145)), "attempt")


@pytest.fixture(scope="module")
def plan() -> Plan:
    made = planned(Path(ROOT / "profiles/salmon.yml")).plan
    assert made is not None
    return made


def test_codes_are_told_as_they_are_written() -> None:
    told = retries(RETRY)
    assert told.attempts == 3
    assert "104, 130-145" in told.again
    assert "attempt 3" in told.never


def test_without_codes_only_a_lost_task_is_tried_again() -> None:
    assert "lost" in retries(replace(RETRY, exit_codes=())).again


def test_one_try_is_never_followed_by_another(plan: Plan) -> None:
    once = replace(RETRY, attempts=1)
    assert retries(once).again == ""
    for site in plan.sites:
        assert "ends the run" in lost(site, once, (25, 4))


def test_a_reclaim_counts_and_older_versions_restart_besides(plan: Plan) -> None:
    batch = plan.sites[1]
    assert "counts as an attempt" in lost(batch, RETRY, (24, 10))
    assert "five times" not in lost(batch, RETRY, (24, 10))
    assert "five times" in lost(batch, RETRY, (24, 4))


def test_fargate_has_no_instances_to_speak_of(plan: Plan) -> None:
    batch = plan.sites[1]
    fargate = replace(batch, pools=tuple(replace(pool, fixed=True) for pool in batch.pools))
    assert "Fargate" in lost(fargate, RETRY, (25, 4))
    assert "instance" not in lost(fargate, RETRY, (25, 4))
