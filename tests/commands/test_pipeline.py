"""When a pipeline is checked, by which command, and what is reported."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from nfconfgen.facts.lock import Lock
from nfconfgen.fast.discovery import pipeline_around
from nfconfgen.fast.unchanged import up_to_date
from tests.cli import Ended, nfconfgen
from tests.pipeline.pipelines import HERE, write
from tests.pipeline.test_processes import TABLE

CASE = HERE / "cases/container-in-own-config"


@pytest.fixture(name="profile")
def _profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = Path(shutil.copytree(CASE, tmp_path / "counter"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)
    assert nfconfgen("build", "counter/profile.yml", "--offline").code == 0
    return (folder / "profile.yml").relative_to(tmp_path)


def rules(ended: Ended) -> list[str]:
    return [finding["rule"] for finding in json.loads(ended.out)["findings"]]


def test_validate_checks_the_pipeline_around(profile: Path) -> None:
    assert rules(nfconfgen("validate", profile, "--format", "json")) == ["selector-collision"]


def test_a_check_checks_the_pipeline_by_itself_also_where_all_is_up_to_date(profile: Path) -> None:
    assert up_to_date(str(profile))
    ended = nfconfgen("check", profile, "--format", "json")
    assert (ended.code, rules(ended)) == (1, ["selector-collision"])
    assert rules(nfconfgen("check", profile, "--pipeline", "counter", "--format", "json")) == ["selector-collision"]
    # nothing but the pipeline is changed, and the verdict follows it
    (profile.parent / "conf/images.config").write_text("")
    assert nfconfgen("check", profile).code == 0


def test_a_check_of_what_is_out_of_date_checks_the_pipeline_too(profile: Path) -> None:
    profile.write_text(profile.read_text() + "# more\n")
    assert "selector-collision" in rules(nfconfgen("check", profile, "--format", "json"))


def test_a_build_writes_whatever_the_pipeline_sets(profile: Path) -> None:
    profile.write_text(profile.read_text() + "# more\n")
    assert nfconfgen("build", profile, "--offline").code == 0


def test_notes_are_for_those_who_name_the_pipeline(profile: Path) -> None:
    text = profile.read_text().replace("memory: 8 GB", "memory: 8 GB, container: lab/counter:2")
    profile.write_text(text)
    assert rules(nfconfgen("validate", profile, "--format", "json")) == []
    assert nfconfgen("validate", profile, "--strict").code == 0
    reported = rules(nfconfgen("check", profile, "--pipeline", "counter", "--format", "json"))
    assert "selector-collision" in reported


def test_places_are_as_the_pipeline_is_named(profile: Path) -> None:
    ended = nfconfgen("check", profile, "--pipeline", "counter")
    assert ended.out.startswith("counter/profile.yml:6:5: error: ")
    assert "counter/conf/images.config:6:9" in ended.out


@pytest.mark.parametrize("folder", ["gone", "counter/conf"])
def test_a_folder_without_pipeline_is_a_usage_error(profile: Path, folder: str) -> None:
    assert nfconfgen("check", profile, "--pipeline", folder).code == 2


def test_the_pipeline_is_looked_for_up_to_the_top_of_the_repository(tmp_path: Path) -> None:
    below = tmp_path / "repository/sites/all"
    below.mkdir(parents=True)
    (tmp_path / "main.nf").touch()
    assert pipeline_around(below / "profile.yml") is None
    (tmp_path / "repository/.git").mkdir()
    assert pipeline_around(below / "profile.yml") is None
    (tmp_path / "repository/nextflow.config").touch()
    assert pipeline_around(below / "profile.yml") == str(tmp_path / "repository")
    (below / "main.nf").touch()
    assert pipeline_around(below / "profile.yml") == str(below)


def test_nothing_runs_unless_the_pipeline_is_named(profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook looks at repositories of strangers: whatever they hold, none of it is run."""
    folder = profile.parent.resolve()
    for name in ("nextflow", "java", "groovy", "bash", "sh", "git"):
        (folder / name).write_text(f"#!/bin/sh\n: > {folder}/ran-{name}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    for options in (
        ["check"],
        ["check", "--format", "github"],
        ["validate"],
        ["build", "--offline"],
        ["explain"],
        ["diff"],
    ):
        nfconfgen(options[0], profile, *options[1:])
    assert [path.name for path in folder.glob("ran-*")] == []
    nfconfgen("check", profile, "--pipeline", "counter")
    assert [path.name for path in folder.glob("ran-*")] == ["ran-nextflow"]


def test_a_build_reports_requests_of_the_pipeline_that_no_queue_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files are written: the line to correct is the pipeline's."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, main_nf="process BIG {\n  memory 300.GB\n  time 200.h\n  script: 'true'\n}\nworkflow { BIG() }\n")
    site = "{executor: slurm, cluster: lab, queues: auto}"
    Path("profile.yml").write_text(f"nfconfgen: 1\npipeline: {{name: p}}\nsites:\n  s: {site}\n")
    Path("profile.lock.json").write_text(Lock({"slurm": {"lab": TABLE}}).to_text(), "utf-8")
    ended = nfconfgen("build", "profile.yml", "--offline")
    assert ended.code == 1
    assert "main.nf:2:3: error: BIG: no partition holds it" in ended.out
    assert Path("conf/s.config").is_file()
    assert nfconfgen("check", "profile.yml").code == 1
