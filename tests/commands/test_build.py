"""`nfconfgen build` without AWS: what is written, kept and reported."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from nfconfgen.facts.gather import gather
from nfconfgen.sync import transaction
from nfconfgen.sync.staging import Write
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


SMALL = "nfconfgen: 1\npipeline: {name: p}\nsites: {base: {executor: slurm, queues: [q]}}\n"


@pytest.mark.parametrize("options", [[], ["--force"], ["--force", "--dry-run"]])
def test_a_file_of_the_users_own_is_never_overwritten(tmp_path: Path, options: list[str]) -> None:
    profile = tmp_path / "profile.yml"
    profile.write_text(SMALL)
    (tmp_path / "nextflow.config").write_text("")
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/base.config").write_text("params.token = 'xyz'\n")
    ended = nfconfgen("build", profile, *options)
    assert ended.code == 1
    assert "[file-clash]" in ended.out
    assert "choose another folder" in ended.out
    assert "--force" not in ended.out
    assert "xyz" not in ended.out + ended.err
    assert (tmp_path / "conf/base.config").read_text() == "params.token = 'xyz'\n"
    assert not (tmp_path / "launch").exists()
    # as check reports it
    reported = next(line for line in ended.out.splitlines() if "[file-clash]" in line)
    assert reported in nfconfgen("check", profile).out.splitlines()

    profile.write_text(f"{SMALL}output: nfconfgen/\n")
    assert nfconfgen("build", profile).code == 0


@pytest.mark.parametrize("known", [True, False])
def test_a_file_without_our_mark_is_not_shown(tmp_path: Path, known: bool) -> None:
    """For example a file whose hash was added to the lock by hand."""
    profile = tmp_path / "profile.yml"
    profile.write_text(SMALL)
    assert nfconfgen("build", profile).code == 0
    (tmp_path / "conf/base.config").write_text("params.token = 'xyz'\n")
    if not known:
        profile.with_suffix(".lock.json").unlink()
    for command in (["build"], ["build", "--dry-run"], ["build", "--force", "--dry-run"], ["check"]):
        ended = nfconfgen(*command, profile)
        assert "xyz" not in ended.out + ended.err
    assert nfconfgen("build", profile, "--force").code == (0 if known else 1)


def test_what_bears_our_mark_may_be_replaced_when_the_lock_is_lost(tmp_path: Path) -> None:
    profile = tmp_path / "profile.yml"
    profile.write_text(SMALL)
    assert nfconfgen("build", profile).code == 0
    profile.with_suffix(".lock.json").unlink()
    profile.write_text(f"{SMALL}params: {{x: 1}}\n")
    ended = nfconfgen("build", profile)
    assert ended.code == 1
    assert "[edited]" in ended.out
    assert "last build" not in ended.out
    assert nfconfgen("build", profile, "--force").code == 0
    assert "x = 1" in (tmp_path / "conf/base.config").read_text()


@pytest.mark.parametrize("right", [True, False])
def test_what_the_lock_claims_is_removed_only_if_it_bears_our_mark(tmp_path: Path, right: bool) -> None:
    profile = tmp_path / "profile.yml"
    profile.write_text(SMALL)
    assert nfconfgen("build", profile).code == 0
    own = tmp_path / "conf/own.config"
    own.write_text("process.cpus = 1\n")
    lock = profile.with_suffix(".lock.json")
    data = json.loads(lock.read_text())
    data["outputs"]["conf/own.config"] = hashlib.sha256(own.read_bytes()).hexdigest() if right else "0" * 64
    lock.write_text(json.dumps(data))
    assert nfconfgen("build", profile, "--force").code == 0
    assert own.exists()
    assert "own.config" not in lock.read_text()


def test_two_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The staged files of a running build, next to the others, do not count as edited."""
    profile = tmp_path / "profile.yml"
    profile.write_text(SMALL)
    assert nfconfgen("build", profile).code == 0
    profile.write_text(f"{SMALL}params: {{x: 1}}\n")
    move, seen = transaction._in_own_process, []

    def meanwhile(writes: Sequence[Write], journal: Path) -> str:
        assert list((tmp_path / "conf").glob(".*-new"))
        seen.append(nfconfgen("build", profile))
        seen.append(nfconfgen("check", profile))
        return move(writes, journal)

    monkeypatch.setattr(transaction, "_in_own_process", meanwhile)
    assert nfconfgen("build", profile).code == 0
    second, checked = seen
    assert (second.code, second.out) == (2, "")
    assert "another build is writing here" in second.err
    assert "[interrupted]" in checked.out
    assert "[edited]" not in checked.out
    assert "[left-over]" not in checked.out
    assert nfconfgen("check", profile).code == 0


def test_another_one_while_it_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another build has written since this one read the lock is not taken for edited, nor written over."""
    profile = tmp_path / "profile.yml"
    profile.write_text(SMALL)
    assert nfconfgen("build", profile).code == 0
    profile.write_text(f"{SMALL}params: {{x: 1}}\n")
    rewritten = f"{SMALL}params: {{x: 2}}\n"

    def meanwhile(*arguments: Any) -> Any:
        monkeypatch.setattr("nfconfgen.assess.gather", gather)
        profile.write_text(rewritten)
        assert nfconfgen("build", profile).code == 0
        return gather(*arguments)

    monkeypatch.setattr("nfconfgen.assess.gather", meanwhile)
    ended = nfconfgen("build", profile)
    assert (ended.code, ended.out) == (2, "")
    assert "another build" in ended.err
    assert "x = 2" in (tmp_path / "conf/base.config").read_text()


def test_two_processes_at_once(tmp_path: Path) -> None:
    profile = tmp_path / "profile.yml"
    for number in range(3):
        profile.write_text(f"{SMALL}params: {{x: {number}}}\n")
        command = [sys.executable, "-m", "nfconfgen", "build", str(profile)]
        both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in "ab"]
        for one in both:
            out, _ = one.communicate()
            assert one.returncode == 0 or (one.returncode == 2 and "build" in out.splitlines()[-1]), out
            assert "[edited]" not in out
        assert nfconfgen("build", profile).code == 0
        assert nfconfgen("check", profile).code == 0


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


def test_without_lock_and_without_aws_the_queues_are_reported(profile: Path) -> None:
    profile.with_name("salmon.lock.json").unlink()
    ended = nfconfgen("build", profile, "--offline")
    assert ended.code == 1
    assert ended.out.count("[facts-missing]") == 2


@pytest.mark.parametrize("text", ["", "{}", "[1]", "nonsense", '{"nfconfgen_lock": 2}', "<<<<<<< HEAD\n"])
def test_a_broken_lock_is_reported_in_one_line(profile: Path, text: str) -> None:
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


def test_quiet_prints_nothing_when_all_is_well(profile: Path) -> None:
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
def test_no_colour_without_a_terminal(profile: Path, variables: dict[str, str], coloured: bool) -> None:
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
