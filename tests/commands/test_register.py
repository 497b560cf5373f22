"""`nfconfgen register`: what the script does, whatever the folder holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli import Ended, nfconfgen
from tests.conftest import ROOT
from tests.lab.aws.asking import connect
from tests.lab.aws.client import Double
from tests.lab.shell import build, profile, require_tool


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    require_tool("aws")
    data = profile(tmp_path)
    build(tmp_path, data)
    assert nfconfgen("build", tmp_path / "profile.yml", "--offline").code == 0
    return tmp_path


def register(folder: Path, double: Double, *words: str) -> Ended:
    return nfconfgen("register", folder / "profile.yml", *words, environment=list(double.env().items()), alone=True)


def registered(double: Double) -> list[Any]:
    batch = connect(double, "batch")
    found = batch.describe_job_definitions(status="ACTIVE")["jobDefinitions"]
    batch.close()
    return sorted(f"{each['jobDefinitionName']}:{each['revision']}" for each in found)


def test_registers_once(folder: Path, double: Double) -> None:
    (made,) = [path.stem for path in (folder / "launch/job-definitions").glob("*.json")]
    assert register(folder, double, "--dry-run").code == 0
    assert registered(double) == []
    for _ in range(2):
        assert register(folder, double).code == 0
        assert registered(double) == [f"{made}:1"]


def test_what_the_folder_holds_is_not_run(folder: Path, double: Double) -> None:
    for path in (folder / "launch").glob("*.sh"):
        path.write_text(f"#!/usr/bin/env bash\ntouch {folder}/pwned\n")
    for path in (folder / "launch/job-definitions").glob("*.json"):
        path.write_text(path.read_text().replace("obenauflab", "someone"))
    assert register(folder, double).code == 0
    assert not (folder / "pwned").exists()
    batch = connect(double, "batch")
    (found,) = batch.describe_job_definitions(status="ACTIVE")["jobDefinitions"]
    batch.close()
    assert found["containerProperties"]["image"] == "obenauflab/salmon:1.0"


def test_prunes_what_this_build_does_not_use(folder: Path, double: Double) -> None:
    assert register(folder, double).code == 0
    path = folder / "profile.yml"
    path.write_text(path.read_text().replace("salmon:1.0", "salmon:1.1"))
    assert nfconfgen("build", path, "--offline").code == 0
    batch = connect(double, "batch")
    batch.register_job_definition(
        jobDefinitionName="salmon-nf-mine",
        type="container",
        containerProperties={"image": "x", "memory": 9, "vcpus": 1},
    )
    batch.close()
    assert register(folder, double).code == 0
    assert len(registered(double)) == 3
    assert register(folder, double, "--prune").code == 0
    (made,) = [each.stem for each in (folder / "launch/job-definitions").glob("*.json")]
    assert registered(double) == sorted([f"{made}:1", "salmon-nf-mine:1"])


def test_the_exit_code_is_that_of_the_script(folder: Path, double: Double) -> None:
    double.fail("RegisterJobDefinition", "AccessDeniedException", 403)
    assert register(folder, double).code == 2


def test_nothing_to_register(tmp_path: Path) -> None:
    path = tmp_path / "profile.yml"
    path.write_text("nfconfgen: 1\npipeline: {name: p}\nsites: {s: {executor: slurm, queues: [q]}}\n")
    ended = nfconfgen("register", path)
    assert (ended.code, "nothing to register" in ended.err) == (0, True)
    example = ROOT / "profiles/workstation.yml"
    assert nfconfgen("register", example).code == 0
