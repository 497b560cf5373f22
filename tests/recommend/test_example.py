"""The example: 1,222 tasks of about 8 GB with a long tail, from a trace to the machines that hold them."""

from __future__ import annotations

from pathlib import Path

import pytest

from nfconfgen.assess import Ask, assess
from nfconfgen.executors.awsbatch.facts.region import Environment, InstanceType, Offer, RegionFacts
from nfconfgen.facts.model import Shape
from nfconfgen.plan.model import Plan
from nfconfgen.profile.document.edit import edited
from nfconfgen.recommend.class_growth import Growths
from nfconfgen.recommend.profile_edits import edits, together, worthwhile
from nfconfgen.recommend.proposal import Proposal, proposals
from nfconfgen.recommend.sizing import attempts_by
from nfconfgen.recommend.where import machines_text, placements
from nfconfgen.recommend.where.placements import Placement
from nfconfgen.recommend.where.worth_having import Worth, worth_having
from nfconfgen.runs.read_runs import read
from tests.conftest import ROOT
from tests.core import load_text, planned
from tests.recommend.profiles import data_of
from tests.recommend.salmon_run import PROCESS, TASKS, trace

PROFILE = ROOT / "profiles/salmon.yml"
NOMINAL = {
    "c5.xlarge": InstanceType(4, 8192, "nitro", {}, "x86_64"),
    "c5.2xlarge": InstanceType(8, 16384, "nitro", {}, "x86_64"),
    "c5.4xlarge": InstanceType(16, 32768, "nitro", {}, "x86_64"),
    "m5.2xlarge": InstanceType(8, 32768, "nitro", {}, "x86_64"),
}


@pytest.fixture(scope="module", params=[1, 2, 3])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Proposal]:
    profile = planned(PROFILE).profile
    assert profile is not None
    runs = read([trace(tmp_path_factory.mktemp("run") / "trace.txt", request.param)])
    of = Growths(data_of(PROFILE.read_text("utf-8")), profile).of(runs.processes)
    return proposals(runs.processes.values(), 0.05, lambda process: attempts_by(of[process]))


@pytest.fixture(scope="module")
def proposed(found: list[Proposal]) -> Plan:
    """The plan of the profile as it would be written."""
    text = PROFILE.read_text("utf-8")
    changed = edited(text, together(edits(data_of(text), worthwhile(found).written)))
    made = assess(PROFILE, Ask(), load_text(changed, str(PROFILE)))
    assert made.plan is not None
    assert not [finding for finding in made.findings if finding.level == "error"]
    return made.plan


@pytest.fixture(scope="module")
def worth(found: list[Proposal], proposed: Plan) -> Worth:
    (site,) = (plan for plan in proposed.sites if plan.site.name == "awsbatch")
    (only,) = worth_having(found, site, offered(), {})
    return only


def offered() -> list[Shape]:
    environment = Environment("EC2", 256, "default", tuple(NOMINAL), {name: Offer("estimated") for name in NOMINAL})
    facts = RegionFacts({"q": ("q",)}, {"q": environment}, NOMINAL)
    nominal = {name: sheet.memory_mib for name, sheet in NOMINAL.items()}
    return [Shape(s.name, s.cpus, s.memory_mib, s.source, machine_mib=nominal[s.name]) for s in facts.shapes("q")]


def test_the_first_queue_holds_the_first_try_and_the_larger_one_the_rest(proposed: Plan) -> None:
    (place,) = (each for each in placements.placements(proposed.sites, [PROCESS]) if each.site == "awsbatch")
    first, later = place.first, place.elsewhere
    assert first.shape is not None
    assert (first.queue, first.shape.name, first.tasks) == ("salmonWorkload", "c5.2xlarge", 1)
    assert first.memory_mib <= first.shape.memory_mib == 15434
    assert later is not None
    assert later.shape is not None
    assert (later.queue, later.shape.name, later.attempts) == ("salmonExcess", "c5.4xlarge", (2, 3))


def test_the_smaller_machine_registers_less_than_it_has(worth: Worth) -> None:
    assert worth.ranking.best is not None
    assert worth.ranking.best.shape.name == "c5.2xlarge"
    assert 8192 < worth.need.memory_mib <= 14 * 1024
    small = worth.ranking.just_too_small[0]
    assert (small.shape.name, small.shape.whole_mib, small.memory_mib) == ("c5.xlarge", 8192, 8192)
    assert small.shape.memory_mib < 8192 - 500
    assert small.over is not None
    assert small.over > 0.5
    assert small.cpus_too


def test_second_tries_need_more_memory_and_no_more_cpus(worth: Worth) -> None:
    assert worth.later is not None
    assert worth.later.memory_mib == 2 * worth.need.memory_mib
    assert [machine.shape.name for machine in worth.ranking.later] == ["m5.2xlarge", "c5.4xlarge"]
    assert worth.queues == {"c5.2xlarge": ("salmonWorkload",), "c5.4xlarge": ("salmonExcess",)}


def test_as_text(proposed: Plan, worth: Worth) -> None:
    shown = "\n".join(machines_text.lines([worth], "eu-central-1", "instance types"))
    for part in ("eu-central-1", "c5.2xlarge", "c5.xlarge", "8192 MiB", "7476 MiB", "in salmonWorkload"):
        assert part in shown
    assert "c5.2xlarge" in machines_text.fleet(worth, TASKS, 2 * 3600, 180)
    assert "not possible" in machines_text.fleet(worth, TASKS, 200, 180)
    table = list(placements.lines(placements.placements(proposed.sites, [PROCESS])))
    assert sum("salmonExcess" in line for line in table) == 1
    assert sum("short" in line for line in table) == 1


def test_a_process_that_the_profile_does_not_name_goes_where_the_default_goes(proposed: Plan) -> None:
    found: list[Placement] = placements.placements(proposed.sites, ["OTHER"])
    assert [(each.site, each.task) for each in found] == [("slurm", "default"), ("awsbatch", "default")]
    assert list(placements.lines([])) == []


def test_a_trace_is_the_same_for_a_seed(tmp_path: Path) -> None:
    assert trace(tmp_path / "a").read_text() == trace(tmp_path / "b").read_text()
