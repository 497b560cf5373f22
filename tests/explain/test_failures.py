"""What becomes of a task that fails, executor by executor."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nfconfgen.explain.failures import lost, retries
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.profile.retry_settings import Otherwise, Retry
from tests.conftest import ROOT
from tests.core import planned

RETRY = Retry(3, ((104, 104), (130, 145)), lost=True, otherwise="finish", memory="attempt")


@pytest.fixture(scope="module")
def plan() -> Plan:
    made = planned(Path(ROOT / "profiles/salmon.yml")).plan
    assert made is not None
    return made


def test_codes_are_shown_as_they_are_written() -> None:
    found = retries(RETRY)
    assert found.attempts == 3
    assert "104, 130-145" in found.again
    assert "attempt 3" in found.never


def test_without_codes_only_a_lost_task_is_tried_again() -> None:
    assert "lost" in retries(replace(RETRY, exit_codes=())).again
    nothing = retries(replace(RETRY, exit_codes=(), lost=False))
    assert (nothing.again, "any failure" in nothing.never) == ("", True)


@pytest.mark.parametrize("attempts", [None, 3])
def test_what_the_profile_does_not_set_is_the_pipelines(attempts: int | None, plan: Plan) -> None:
    found = retries(Retry(attempts))
    assert (found.attempts, "errorStrategy" in found.again, found.never) == (attempts, True, "")
    for site in plan.sites:
        assert "if the pipeline" in lost(with_retry(site, Retry(attempts)), (25, 4))


@pytest.mark.parametrize(("otherwise", "word"), [("finish", "finished"), ("terminate", "at once"), ("ignore", "on")])
def test_what_any_other_failure_does(otherwise: Otherwise, word: str) -> None:
    assert word in retries(replace(RETRY, otherwise=otherwise)).never
    assert "at once" in retries(Retry(exit_codes=((1, 1),))).never, "as Nextflow does by default"


def test_one_try_is_never_followed_by_another(plan: Plan) -> None:
    once = replace(RETRY, attempts=1)
    assert retries(once).again == ""
    for site in plan.sites:
        assert "the run ends" in lost(with_retry(site, once), (25, 4))


def test_a_reclaim_counts_and_older_versions_also_restart(plan: Plan) -> None:
    batch = plan.sites[1]
    assert "counts as an attempt" in lost(batch, (24, 10))
    assert "five times" not in lost(batch, (24, 10))
    assert "five times" in lost(batch, (24, 4))
    assert "lost: true" in lost(with_retry(batch, replace(RETRY, lost=None)), (25, 4))


def test_fargate_has_no_instances_to_speak_of(plan: Plan) -> None:
    batch = plan.sites[1]
    fargate = replace(batch, pools=tuple(replace(pool, fixed_sizes=True) for pool in batch.pools))
    assert "Fargate" in lost(fargate, (25, 4))
    assert "instance" not in lost(fargate, (25, 4))


def with_retry(plan: SitePlan, retry: Retry) -> SitePlan:
    return replace(plan, site=replace(plan.site, retry=retry))
