"""Whether Nextflow waits for a job that AWS Batch reports as unschedulable, or ends it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nfconfgen.executors.awsbatch.config import waits
from nfconfgen.facts.model import Pool, Shape
from nfconfgen.plan.plan import plan
from tests.core import load_text
from tests.plan.test_plan import C5_2XL, C5_4XL, LARGE, M5_XL, SMALL, pool

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


def test_it_waits_if_a_machine_of_known_size_holds_every_attempt() -> None:
    assert waiting()
    assert waiting(tasks=f"{PLAIN}, labels: {{big: {{cpus: 4, memory: 12 GB}}, long: {{time: 9h}}}}")


@pytest.mark.parametrize(
    "shape",
    [replace(C5_2XL, source="remembered"), Shape("4 vCPU, 8192 MiB", 4, 8192, "fixed")],
    ids=lambda shape: shape.source,
)
def test_a_remembered_or_fixed_size_is_known(shape: Shape) -> None:
    assert waiting(pools=(pool("small", shape), LARGE))


@pytest.mark.parametrize(
    "pools",
    [
        (SMALL, UNKNOWN),
        (SMALL, pool("large", replace(C5_4XL, source="estimated"))),
        (pool("small", M5_XL), LARGE),
    ],
    ids=["a queue that was not queried", "an estimate on the second attempt", "an estimate on the first"],
)
def test_what_is_not_known_is_not_proved(pools: tuple[Pool, ...]) -> None:
    assert not waiting(pools=pools)


def test_one_class_that_only_an_estimate_holds_is_enough() -> None:
    pools = (pool("small", C5_2XL, replace(C5_4XL, source="estimated")), LARGE)
    assert waiting(pools=pools)
    assert not waiting(tasks=f"{PLAIN}, labels: {{big: {{cpus: 10, memory: 4 GB}}}}", pools=pools)


def test_nothing_is_proved_if_the_pipeline_sets_its_own_numbers() -> None:
    assert not waiting(tasks="processes: {SALMON: {cpus: 2, memory: 4 GB}}")


@pytest.mark.parametrize("value", ["fail", "wait"])
def test_the_value_of_the_profile_counts(value: str) -> None:
    keys = f", unschedulable: {value}"
    assert waiting(keys) is waiting(keys, pools=(SMALL, UNKNOWN)) is (value == "wait")
