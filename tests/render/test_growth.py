"""A request grows by a formula, unless that could lead beyond what a queue holds."""

from __future__ import annotations

import pytest

from nfconfgen.facts.model import Pool
from nfconfgen.plan.plan import plan
from nfconfgen.profile.model import Limits
from nfconfgen.render.scope import scope
from tests.core import load_text

PROFILE = """\
nfconfgen: 1
pipeline: {{name: p}}
retry: {retry}
sites:
  s:
    executor: slurm
    queues: [q]
    {more}
    tasks: {{labels: {{low: {{cpus: 2, memory: 2 GB, time: 4h}}}}}}
"""


def label(retry: str, more: str = "") -> dict[str, str]:
    """The directives of the label on a partition of which nothing is known."""
    loaded = load_text(PROFILE.format(retry=retry, more=more), "p.yml")
    assert loaded.profile is not None, loaded.findings
    limited = Pool("q", limits=loaded.profile.sites[0].limits)
    made = plan(loaded.profile, {"s": (limited,)})
    (block,) = scope(made.sites[0], made).blocks
    return {key: str(code) for key, code in block.settings}


@pytest.mark.parametrize(
    ("retry", "cpus", "memory", "time"),
    [
        ("{cpus: attempt}", "{ 2 * task.attempt }", "2048.MB", "4.h"),
        ("{memory: {add: 4 GB}}", "2", "{ 2048.MB + 4096.MB * (task.attempt - 1) }", "4.h"),
        ("{time: double}", "2", "2048.MB", "{ 4.h * 2 ** (task.attempt - 1) }"),
        ("{attempts: 3, time: attempt}", "2", "2048.MB", "{ 4.h * task.attempt }"),
    ],
)
def test_a_formula_holds_for_attempts_that_only_the_pipeline_knows(
    retry: str, cpus: str, memory: str, time: str
) -> None:
    found = label(retry)
    assert (found["cpus"], found["memory"], found["time"]) == (cpus, memory, time)


def test_growth_ends_at_the_limits_of_the_site() -> None:
    found = label("{memory: attempt, time: attempt}", "limits: {memory: 5 GB, time: 8h}")
    assert found["memory"] == "{ task.attempt > 2 ? 5120.MB : task.attempt > 1 ? 4096.MB : 2048.MB }"
    assert found["time"] == "{ task.attempt > 1 ? 8.h : 4.h }"


def test_a_class_writes_the_time_that_grows_further_than_that_of_the_default() -> None:
    text = """\
nfconfgen: 1
pipeline: {name: p}
retry: {attempts: 3, time: double}
tasks:
  default: {cpus: 1, memory: 2 GB, time: 1h}
  labels: {big: {memory: 4 GB, limits: {memory: 20 GB}}, same: {memory: 3 GB}}
sites: {s: {executor: slurm, queues: [q], limits: {time: 2h, memory: 10 GB}}}
"""
    loaded = load_text(text, "p.yml")
    assert loaded.profile is not None, loaded.findings
    own = Pool("q", limits=Limits(memory_mib=20 * 1024))
    made = plan(loaded.profile, {"s": (Pool("q", limits=loaded.profile.sites[0].limits),), "s label big": (own,)})
    times = {
        block.task.name: str(dict(block.settings).get("time", "")) for block in scope(made.sites[0], made).blocks
    }
    assert times["same"] == ""
    assert times["big"] == "{ 1.h * 2 ** (task.attempt - 1) }"
