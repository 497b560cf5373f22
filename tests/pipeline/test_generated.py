"""The settings that are predicted for the generated config are those that it contains."""

from __future__ import annotations

from pathlib import Path

import pytest

from nfconfgen.assess import Ask, assess
from nfconfgen.executors.slurm.pools.pools import pools
from nfconfgen.pipeline.config_file import FileReader
from nfconfgen.plan.model import Plan
from nfconfgen.plan.plan import plan
from nfconfgen.processes.generated import written
from nfconfgen.render.outputs import outputs
from tests.conftest import ROOT
from tests.core import load_text
from tests.plan.clusters import CLUSTER

PROFILES = sorted([*(ROOT / "profiles").glob("*.yml"), *(ROOT / "tests/cases/good").glob("*.yml")])


def planned(path: Path) -> Plan | None:
    """The plan; None where nothing can be built without asking."""
    made = assess(path, Ask(needs_facts=False)).sound_plan
    # the partitions of a site without classes are not known
    return None if made is None or any(site.site.tasks and not site.task_plans for site in made.sites) else made


PLANS = {path.stem: made for path in PROFILES if (made := planned(path)) is not None}


def asked() -> Plan:
    """A cluster that was asked, where labels that only add something need another partition."""
    text = (
        "nfconfgen: 1\npipeline: {name: p}\ntasks:\n  default: {cpus: 2, memory: 8 GB, time: 1h}\n  labels:\n"
        "    process_long: {time: 20h}\n    gpu: {accelerator: 1}\n    both: {accelerator: 2, time: 2h}\n"
        "    plain: {cpus: 4, memory: 9 GB}\n"
        "sites: {s: {executor: slurm, queues: [short, long, gpu, himem]}}\n"
    )
    profile = load_text(text, "p.yml").profile
    assert profile is not None
    return plan(profile, {"s": pools(CLUSTER, profile.sites[0])})


PLANS["asked"] = asked()


def test_nearly_all_can_be_built() -> None:
    # auto, and a list of partitions, need facts
    assert len(PROFILES) + 1 - len(PLANS) <= 2


@pytest.mark.parametrize("name", PLANS)
def test_blocks_and_keys_are_those_that_are_written(name: str) -> None:
    made = PLANS[name]
    files = outputs(made)
    for site in (site for site in made.sites if not site.site.is_variant):
        read = FileReader("site.config", files[f"conf/{site.site.name}.config"]).read()
        found: dict[str, set[str]] = {}
        elsewhere = set()
        for path in (statement.path for statement in read.statements if not statement.include):
            selector = path[1] if path[0] == "process" and path[1].startswith("with") else ""
            if path[0] == "process":
                found.setdefault(selector, set()).add(path[2] if selector else path[1])
            else:
                elsewhere.add(path)
        ours = written(site, made)
        # a map is one statement, and a key for each of its entries
        keys = {block.selector: {key.partition(".")[0] for key in block.keys} for block in ours.blocks}
        assert found == keys, site.site.name
        assert list(found)[1:] == list(keys)[1:], "their order counts"
        assert {path for path in elsewhere if path[0] != "profiles"} <= ours.paths
