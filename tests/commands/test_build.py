"""`nfconfgen build` without AWS: what is written, what is left alone, and what is told."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.cli import nfconfgen
from tests.conftest import ROOT

EXAMPLES = sorted((ROOT / "profiles").glob("*.yml"))


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """The worked example, with lock and outputs, as a clone has it."""
    for name in ("salmon.yml", "salmon.lock.json"):
        shutil.copy(ROOT / "profiles" / name, tmp_path)
    shutil.copytree(ROOT / "profiles/salmon", tmp_path / "salmon")
    return tmp_path / "salmon.yml"


def state(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_committed_examples_are_up_to_date(example: Path) -> None:
    ended = nfconfgen("build", example, "--offline", "--dry-run")
    assert ended.code == 0
    assert "files are up to date" in ended.err, ended.err


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_committed_examples_are_sound(example: Path) -> None:
    assert nfconfgen("validate", example, "--strict").code == 0


def test_building_again_touches_nothing(profile: Path) -> None:
    before = state(profile.parent)
    assert nfconfgen("build", profile, "--offline").code == 0
    assert state(profile.parent) == before


def test_the_plan_is_a_table_on_stdout(profile: Path) -> None:
    ended = nfconfgen("build", profile, "--offline")
    line = next(line for line in ended.out.splitlines() if "salmonExcess" in line)
    assert line.split()[:6] == ["2,", "3", "salmonExcess", "16", "31100", "MiB"]
    assert "measured 2026-11-20" in line


def test_out_leaves_the_profiles_own_folder_alone(profile: Path, tmp_path: Path) -> None:
    before = state(profile.parent)
    assert nfconfgen("build", profile, "--offline", "--out", tmp_path / "else where").code == 0
    after = {path: found for path, found in state(tmp_path).items() if "else where" not in path}
    assert after == before
    assert (tmp_path / "else where/conf/slurm.config").read_text() == (
        profile.parent / "salmon/conf/slurm.config"
    ).read_text()


def test_an_edited_file_is_shown_and_not_overwritten(profile: Path) -> None:
    config = profile.parent / "salmon/conf/slurm.config"
    config.write_text(config.read_text().replace("1.h", "2.h"))
    before = state(profile.parent)
    ended = nfconfgen("build", profile, "--offline")
    assert ended.code == 1
    assert "slurm.config: error:" in ended.out
    assert "-    time   = 2.h" in ended.err
    assert "+    time   = 1.h" in ended.err
    assert state(profile.parent) == before

    assert nfconfgen("build", profile, "--offline", "--force").code == 0
    assert "time   = 1.h" in config.read_text()


def test_a_file_of_the_users_own_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "profile.yml").write_text(
        "nfconfgen: 1\npipeline: {name: p}\nsites: {base: {executor: slurm, queues: [q]}}\n"
    )
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/base.config").write_text("process.cpus = 1\n")
    assert nfconfgen("build", tmp_path / "profile.yml").code == 1
    assert (tmp_path / "conf/base.config").read_text() == "process.cpus = 1\n"
    assert not (tmp_path / "launch").exists()


def test_dry_run_shows_the_difference_and_writes_nothing(profile: Path) -> None:
    profile.write_text(profile.read_text().replace("time: 1h", "time: 3h"))
    before = state(profile.parent)
    ended = nfconfgen("build", profile, "--offline", "--dry-run")
    assert ended.code == 0
    assert "+    time   = 3.h" in ended.err
    assert state(profile.parent) == before


def test_what_is_no_longer_made_is_removed(profile: Path) -> None:
    text = profile.read_text()
    slurm = text[text.index("  slurm:\n") : text.index("  awsbatch:\n")]
    text = text.replace(slurm, "")
    profile.write_text("\n".join(line for line in text.splitlines() if not line.strip().startswith("slurm:")) + "\n")
    ended = nfconfgen("build", profile, "--offline")
    assert ended.code == 0, ended
    assert not (profile.parent / "salmon/conf/slurm.config").exists()
    assert not (profile.parent / "salmon/launch/run-slurm.sh").exists()
    assert (profile.parent / "salmon/conf/awsbatch.config").exists()


def test_a_script_that_lost_its_mode_gets_it_back(profile: Path) -> None:
    script = profile.parent / "salmon/launch/run-slurm.sh"
    script.chmod(0o644)
    assert nfconfgen("build", profile, "--offline").code == 0
    assert os.access(script, os.X_OK)


def test_without_lock_and_without_aws_the_queues_are_told(profile: Path) -> None:
    profile.with_name("salmon.lock.json").unlink()
    ended = nfconfgen("build", profile, "--offline")
    assert ended.code == 1
    assert ended.out.count("[facts-missing]") == 2


@pytest.mark.parametrize("text", ["", "{}", "[1]", "nonsense", '{"nfconfgen_lock": 2}', "<<<<<<< HEAD\n"])
def test_a_lock_that_is_none_is_told_in_one_line(profile: Path, text: str) -> None:
    profile.with_name("salmon.lock.json").write_text(text)
    ended = nfconfgen("build", profile, "--offline")
    assert ended.code == 2
    assert len(ended.err.splitlines()) == 1
    assert "salmon.lock.json" in ended.err


def test_a_lock_whose_names_lead_nowhere(profile: Path) -> None:
    lock = profile.with_name("salmon.lock.json")
    data = json.loads(lock.read_text())
    del data["facts"]["awsbatch"]["eu-central-1"]["measured"]["c5.2xlarge"]
    lock.write_text(json.dumps(data))
    assert nfconfgen("validate", profile).code == 2


def test_findings_for_github(profile: Path) -> None:
    profile.write_text(profile.read_text().replace("8 GB", "64 GB"))
    ended = nfconfgen("build", profile, "--offline", "--format", "github")
    assert ended.code == 1
    assert ended.out.startswith(f"::error file={profile},line=12,col=30,title=memory-fit::memory 64 GB does not fit")


def test_findings_for_people_name_the_largest_machine(profile: Path) -> None:
    profile.write_text(profile.read_text().replace("8 GB", "64 GB"))
    ended = nfconfgen("build", profile, "--offline")
    assert "(largest: c5.4xlarge, 31130 MiB, measured 2026-11-20): ask for at most 31100 MB [memory-fit]" in ended.out


def test_warnings_stop_a_strict_build(tmp_path: Path) -> None:
    (tmp_path / "profile.yml").write_text(
        "nfconfgen: 1\npipeline: {name: p}\nsites:\n"
        "  a: {executor: slurm, queues: [q], params: {x: 1}}\n  b: {executor: slurm, queues: [q]}\n"
    )
    assert nfconfgen("build", tmp_path / "profile.yml", "--strict").code == 1
    assert not (tmp_path / "conf").exists()
    ended = nfconfgen("build", tmp_path / "profile.yml")
    assert ended.code == 0
    assert "[param-parity]" in ended.out


def test_quiet_says_nothing_when_all_is_well(profile: Path) -> None:
    ended = nfconfgen("build", profile, "--offline", "--quiet")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_refresh_and_offline_exclude_each_other(profile: Path) -> None:
    assert nfconfgen("build", profile, "--offline", "--refresh").code == 2


@pytest.mark.parametrize(
    "arguments", [["--nonsense"], ["build", "--format", "xml"], ["build"], ["validate", "no.yml"]]
)
def test_usage(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = nfconfgen(*arguments)
    assert ended.code == 2
    assert ended.err
    assert "Traceback" not in ended.err


def test_the_profile_of_the_folder_is_the_default(profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile.rename(profile.with_name("profile.yml"))
    profile.with_name("salmon.lock.json").rename(profile.with_name("profile.lock.json"))
    monkeypatch.chdir(profile.parent)
    assert nfconfgen("validate").code == 0


@pytest.mark.parametrize(("variables", "coloured"), [({}, False), ({"NO_COLOR": "1"}, False)])
def test_no_colour_where_nobody_looks(profile: Path, variables: dict[str, str], coloured: bool) -> None:
    profile.write_text(profile.read_text().replace("8 GB", "64 GB"))
    ended = nfconfgen("build", profile, "--offline", environment=list(variables.items()))
    assert ("\033[" in ended.out) is coloured
    assert "\033[" in nfconfgen("build", profile, "--offline", "--color", "always").out


def test_a_target_that_is_a_folder(profile: Path) -> None:
    config = profile.parent / "salmon/conf/slurm.config"
    config.unlink()
    config.mkdir()
    before = state(profile.parent)
    ended = nfconfgen("build", profile, "--offline")
    assert ended.code == 2
    assert "slurm.config" in ended.err
    assert state(profile.parent) == before
