"""The most that a task may ask for: what the profile limits, and what the site was seen to offer; never what some
task asks for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nfconfgen.facts.model import Fault, Pool, Shape
from nfconfgen.plan.model import SitePlan
from nfconfgen.plan.plan import plan
from nfconfgen.profile.model import Limits
from tests.core import load_text
from tests.plan.clusters import CLUSTER, HOUR_S, changed, planned
from tests.plan.test_plan import C5_2XL, C5_4XL, R5_XL

TASKS = (
    "{default: {cpus: 2, memory: 4 GB, time: 1h}}",
    "{labels: {process_high_memory: {memory: 200 GB}}}",
    "{labels: {process_long: {time: 20h}}}",
    "{processes: {BIG: {cpus: 12, memory: 8 GB}}}",
    "{default: {memory: 4 GB}, labels: {a: {cpus: 2}, b: {accelerator: 1}}}",
)
SLURM = "{executor: slurm, queues: [q], %s}"
BATCH = (
    "{executor: awsbatch, region: eu-central-1, queues: [q], work_dir: s3://bucket/w, cli_path: /opt/aws/bin/aws, %s}"
)


def site_plan(tasks: str, site: str, pool: Pool) -> SitePlan:
    loaded = load_text(f"nfconfgen: 1\npipeline: {{name: p}}\ntasks: {tasks}\nsites: {{s: {site}}}\n", "p.yml")
    assert loaded.profile is not None
    limited = replace(pool, limits=loaded.profile.sites[0].limits)
    return plan(loaded.profile, {"s": (limited,)}).sites[0]


@pytest.mark.parametrize("tasks", TASKS)
@pytest.mark.parametrize("executor", [SLURM, BATCH])
def test_no_task_is_a_limit(tasks: str, executor: str) -> None:
    assert site_plan(tasks, executor % "", Pool("q")).limits == Limits()


@pytest.mark.parametrize("tasks", TASKS)
@pytest.mark.parametrize("executor", [SLURM, BATCH])
@pytest.mark.parametrize(
    ("configured", "limits"),
    [
        ("memory: 300 GB", Limits(memory_mib=307200)),
        ("cpus: 48", Limits(cpus=48)),
        ("time: 2d", Limits(time_s=172800)),
    ],
)
def test_each_limit_can_be_set_alone(tasks: str, executor: str, configured: str, limits: Limits) -> None:
    assert site_plan(tasks, executor % f"limits: {{{configured}}}", Pool("q")).limits == limits


def test_limits_of_a_class_replace_those_of_the_site_wholly() -> None:
    """As Nextflow reads the map of a selector."""
    site = "executor: slurm, queues: [q], limits: {cpus: 8, memory: 16 GB, time: 2h}"
    tasks = (
        "{default: {cpus: 2, memory: 4 GB, time: 1h}, labels: {big: {limits: {memory: 100 GB}}, long: {time: 9h}}, "
        "processes: {OWN: {label: big, cpus: 12, memory: 90 GB, time: 9h, limits: {time: 5h}}, BIG: {memory: 90 GB}}}"
    )
    text = f"nfconfgen: 1\npipeline: {{name: p}}\ntasks: {tasks}\nsites: {{s: {{{site}}}}}\n"
    loaded = load_text(text, "p.yml").profile
    assert loaded is not None
    seen = loaded.sites[0].seen
    made = plan(loaded, {each.key: (Pool("q", limits=each.most),) for each in seen})
    most = {found.task.title: found.limits(made.sites[0]) for found in made.sites[0].task_plans}
    of_site = Limits(8, 16384, 7200)
    own = Limits(None, 102400, 18000)
    assert most == {"default": of_site, "big": Limits(None, 102400), "long": of_site, "OWN": own, "BIG": of_site}
    asked = {found.task.title: found.attempts[0].request for found in made.sites[0].task_plans if found.attempts}
    assert (asked["OWN"].cpus, asked["OWN"].memory_mib, asked["OWN"].time_s) == (12, 92160, 18000)
    assert asked["BIG"].memory_mib == 16384


@pytest.mark.parametrize("tasks", ["{default: {cpus: 2, memory: 4 GB, time: 1h}}", "{labels: {long: {time: 20h}}}"])
def test_instances_limit_no_time(tasks: str) -> None:
    found = site_plan(tasks, BATCH % "", Pool("q", (C5_2XL, C5_4XL)))
    assert found.limits == Limits(cpus=16, memory_mib=31100)
    assert "c5.4xlarge" in " ".join(found.limits_from)


def test_each_limit_is_of_the_machine_that_has_most_of_it() -> None:
    found = site_plan("{default: {cpus: 1, memory: 1 GB}}", BATCH % "", Pool("q", (R5_XL, C5_2XL)))
    assert found.limits == Limits(cpus=8, memory_mib=31500)
    assert [name for name in ("r5.xlarge", "c5.2xlarge") if name in " ".join(found.limits_from)] == [
        "r5.xlarge",
        "c5.2xlarge",
    ]


def test_a_request_that_fills_the_machine_is_not_cut_by_rounding() -> None:
    found = site_plan("{default: {cpus: 8, memory: 15434 MB}}", BATCH % "", Pool("q", (C5_2XL,)))
    assert found.limits.memory_mib == 15434


def test_an_unknown_queue_may_hold_more() -> None:
    profile = load_text(
        "nfconfgen: 1\npipeline: {name: p}\ntasks: {default: {cpus: 1, memory: 1 GB}}\n"
        "sites: {s: {executor: awsbatch, region: eu-central-1, queues: [q, r], "
        "work_dir: s3://bucket/w, cli_path: /opt/aws/bin/aws}}\n",
        "p.yml",
    ).profile
    assert profile is not None
    assert plan(profile, {"s": (Pool("q", (C5_2XL,)), Pool("r"))}).sites[0].limits == Limits()


def test_a_node_that_is_down_comes_back() -> None:
    """A task that only it holds waits for it; cut to the other nodes it would fail there."""
    down = Pool("q", (C5_2XL,), down=(Shape("big", 64, 500_000, "configured"),), rules_known=True)
    found = site_plan("{default: {cpus: 1, memory: 1 GB}}", SLURM % "", down)
    assert found.limits == Limits(cpus=64, memory_mib=500_000)


def test_a_partition_that_takes_no_job_of_this_site_offers_nothing() -> None:
    denied = Pool(
        "q", (C5_2XL,), closed=(Fault("site", "not for you", "refused", "AccountNotAllowed"),), rules_known=True
    )
    assert site_plan("{default: {cpus: 1, memory: 1 GB}}", SLURM % "", denied).limits == Limits()


def test_the_longest_partition_limits_the_time() -> None:
    found = planned("queues: [short, himem]").sites[0]
    assert found.limits.time_s == max(CLUSTER.partitions[name].max_time_s or 0 for name in ("short", "himem"))
    assert "himem" in " ".join(found.limits_from)


def test_a_limit_of_the_profile_holds_within_what_there_is() -> None:
    found = planned("queues: [short], limits: {memory: 10 GB, cpus: 4, time: 1h}").sites[0]
    assert found.limits == Limits(4, 10240, HOUR_S)
    unlimited = changed("short", max_time_s=None)
    assert planned("queues: [short]", facts=unlimited).sites[0].limits.time_s is None
