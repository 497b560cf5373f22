"""The settings of a site on AWS Batch outside its task classes."""

from __future__ import annotations

import pytest

from nfconfgen.facts.model import Pool
from nfconfgen.plan.plan import plan
from nfconfgen.render.outputs import outputs
from tests.core import load_text
from tests.plan.test_plan import SMALL

PROFILE = """
nfconfgen: 1
pipeline: {name: p}
tasks: {default: {cpus: 2, memory: 4 GB}}
sites:
  cloud: {executor: awsbatch, region: eu-central-1, queues: [small], work_dir: s3://bucket/work KEYS}
"""


def config(keys: str, pool: Pool = SMALL) -> str:
    loaded = load_text(PROFILE.replace("KEYS", keys), "p.yml")
    assert loaded.profile is not None, loaded.findings
    return outputs(plan(loaded.profile, {"cloud": (pool,)}))["conf/cloud.config"]


@pytest.mark.parametrize(
    ("keys", "pool", "ends"),
    [
        ("", SMALL, False),
        ("", Pool("small"), False),
        (", unschedulable: fail", SMALL, True),
        (", unschedulable: wait", Pool("small"), False),
    ],
)
def test_unschedulable_jobs_are_ended_if_that_is_set(keys: str, pool: Pool, ends: bool) -> None:
    """Waiting is the default of Nextflow, so nothing is written for it."""
    lines = [line.strip() for line in config(keys, pool).splitlines()]
    assert ("batch.terminateUnschedulableJobs = true" in lines) is ends
    assert any("terminateUnschedulableJobs" in line for line in lines) is ends
