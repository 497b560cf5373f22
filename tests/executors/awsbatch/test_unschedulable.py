"""Whether Nextflow waits for a job that AWS Batch reports as unschedulable, or ends it."""

from __future__ import annotations

import pytest

from nfconfgen.executors.awsbatch.config import waits
from nfconfgen.facts.model import Pool
from nfconfgen.plan.plan import plan
from tests.core import load_text
from tests.plan.test_plan import LARGE, SMALL

PROFILE = """
nfconfgen: 1
pipeline: {name: p}
tasks: TASKS
retry: {attempts: 2, exit_codes: [137], lost: true, memory: attempt}
sites:
  s: {executor: awsbatch, region: eu-central-1, queues: [small, large], work_dir: s3://bucket/work KEYS}
"""
PLAIN = "default: {cpus: 2, memory: 4 GB}"
UNKNOWN = Pool("large")


def waiting(keys: str = "", tasks: str = PLAIN, pools: tuple[Pool, ...] = (SMALL, LARGE)) -> bool:
    loaded = load_text(PROFILE.replace("KEYS", keys).replace("TASKS", f"{{{tasks}}}"), "p.yml")
    assert loaded.profile is not None, loaded.findings
    (site,) = plan(loaded.profile, {"s": pools}).sites
    return waits(site)


@pytest.mark.parametrize("pools", [(SMALL, LARGE), (SMALL, UNKNOWN)])
def test_it_waits_unless_the_profile_says_otherwise(pools: tuple[Pool, ...]) -> None:
    assert waiting(pools=pools)


@pytest.mark.parametrize("value", ["fail", "wait"])
def test_the_value_of_the_profile_counts(value: str) -> None:
    keys = f", unschedulable: {value}"
    assert waiting(keys) is waiting(keys, pools=(SMALL, UNKNOWN)) is (value == "wait")
