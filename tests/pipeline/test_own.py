"""What is said of the generated config beforehand is what stands in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nfconfgen.facts import lock as locks
from nfconfgen.facts.gather import gather, unasked
from nfconfgen.findings import has_errors
from nfconfgen.pipeline.config import FileReader
from nfconfgen.pipeline.own import blocks, paths
from nfconfgen.plan.model import Plan
from nfconfgen.plan.plan import plan
from nfconfgen.profile.load import load
from nfconfgen.render.outputs import outputs
from tests.conftest import ROOT

PROFILES = sorted([*(ROOT / "profiles").glob("*.yml"), *(ROOT / "tests/cases/good").glob("*.yml")])


def planned(path: Path) -> Plan | None:
    """The plan; None where nothing can be built without asking."""
    profile = load(path).profile
    assert profile is not None
    lock = locks.read(locks.path_beside(path))
    gathered = gather(profile, lock, None) if lock is not None else unasked(profile)
    made = plan(profile, gathered.facts)
    without = any(site.site.tasks and not site.ladders for site in made.sites)  # its partitions are not known
    return None if without or has_errors([*gathered.findings, *made.findings]) else made


PLANS = {path.stem: made for path in PROFILES if (made := planned(path)) is not None}


def test_nearly_all_can_be_built() -> None:
    assert len(PROFILES) - len(PLANS) <= 1


@pytest.mark.parametrize("name", PLANS)
def test_blocks_and_keys_are_those_that_are_written(name: str) -> None:
    made = PLANS[name]
    written = outputs(made)
    for site in made.profile.sites:
        read = FileReader("site.config", written[f"conf/{site.name}.config"]).read()
        found: dict[str, set[str]] = {}
        elsewhere = set()
        for said in (statement.path for statement in read.statements):
            selector = said[1] if said[0] == "process" and said[1].startswith("with") else ""
            if said[0] == "process":
                found.setdefault(selector, set()).add(said[2] if selector else said[1])
            else:
                elsewhere.add(said)
        told = {block.step: set(block.keys) for block in blocks(site) if block.keys}
        if "resourceLimits" not in found[""]:
            told[""].discard("resourceLimits")
        if not any(pool.fixed for planned in made.sites if planned.site is site for pool in planned.pools):
            told = {step: keys - {"disk"} for step, keys in told.items()}
        assert found == told, site.name
        assert list(found)[1:] == list(told)[1:], "their order counts"
        assert elsewhere <= paths(site)
