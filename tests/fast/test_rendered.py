"""Another nfconfgen than the one that built is no reason to build; what it makes is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from nfconfgen.fast import cache, fingerprint
from nfconfgen.fast.unchanged import up_to_date
from nfconfgen.plan.model import Plan
from nfconfgen.render.outputs import outputs
from nfconfgen.sync import build_changes, drift
from tests.cli import nfconfgen
from tests.commands.test_check import state
from tests.commands.test_check_full import reseal
from tests.conftest import ROOT
from tests.fast.test_noticed import copied


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "home").mkdir()
    return copied(tmp_path / "home", "salmon")


def other_code(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (fingerprint, cache):
        monkeypatch.setattr(module, "generator", lambda: "0" * 64)


def other_version(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (drift, build_changes):
        monkeypatch.setattr(module, "__version__", "9.0.0")


def other_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    def other(plan: Plan, earlier: Collection[str]) -> dict[str, str]:
        return {name: f"{text}\n" for name, text in outputs(plan, earlier).items()}

    monkeypatch.setattr(build_changes, "outputs", other)


def never(*_: object) -> object:
    raise AssertionError("it is rendered")


def test_other_code_that_makes_the_same_is_no_finding(profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other_code(monkeypatch)
    other_version(monkeypatch)
    before = state(profile.parent)
    assert not up_to_date(str(profile))
    assert nfconfgen("check", profile).code == 0
    with monkeypatch.context() as patch:
        patch.setattr(build_changes, "outputs", never)
        assert nfconfgen("check", profile).code == 0, "it is rendered once for each machine and nfconfgen"
    assert nfconfgen("build", profile, "--offline", "--exit-code").code == 0
    assert state(profile.parent) == before


@pytest.mark.parametrize("number", ["9.0.0", None])
def test_other_code_that_makes_other_files_is_reported(
    profile: Path, number: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_code(monkeypatch)
    if number:
        other_version(monkeypatch)
    other_outputs(monkeypatch)
    for _ in range(2):
        ended = nfconfgen("check", profile, "--format", "json")
        rules = {one["rule"] for one in json.loads(ended.out)["findings"]}
        assert (ended.code, rules) == (1, {"version" if number else "not-reproduced", "outdated"})
    assert nfconfgen("build", profile, "--offline").code == 0
    assert nfconfgen("check", profile).code == 0
    lock = json.loads(profile.with_suffix(".lock.json").read_text())
    assert lock["nfconfgen"] == (number or "0.1.0")


def test_a_build_is_remembered(profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert up_to_date(str(profile))
    profile.write_text(profile.read_text().replace("time: 1h", "time: 3h"))
    assert nfconfgen("build", profile, "--offline").code == 0
    with monkeypatch.context() as patch:
        patch.setattr(build_changes, "outputs", never)
        assert nfconfgen("check", profile).code == 0
    assert nfconfgen("build", profile, "--offline", "--dry-run", "--force").code == 0
    assert up_to_date(str(profile))


def test_a_fresh_clone_is_rendered_once(profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(os.environ["XDG_CACHE_HOME"])
    assert nfconfgen("check", profile).code == 0
    assert up_to_date(str(profile))
    clone = profile.parent / "clone"
    shutil.copytree(profile.parent, clone)
    assert not up_to_date(str(clone / profile.name))
    monkeypatch.setattr(build_changes, "outputs", never)
    assert nfconfgen("check", profile).code == 0


@pytest.mark.parametrize("damage", [b"", b"0" * 64, b"\xff" * 70, b"[" * 100_000])
def test_a_damaged_record_is_none(profile: Path, damage: bytes) -> None:
    for record in Path(os.environ["XDG_CACHE_HOME"], "nfconfgen").iterdir():
        record.write_bytes(damage)
    assert not up_to_date(str(profile))
    assert nfconfgen("check", profile).code == 0
    assert up_to_date(str(profile))


@pytest.mark.parametrize("home", ["a file", "not/absolute"])
def test_without_a_cache_it_is_rendered_each_time(
    profile: Path, home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("a file")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file") if home == "a file" else home)
    for _ in range(2):
        assert nfconfgen("check", profile).code == 0
        assert not up_to_date(str(profile))
    assert nfconfgen("build", profile, "--offline").code == 0
    (profile.parent / "salmon/launch/run-slurm.sh").unlink()
    assert nfconfgen("check", profile).code == 1


def test_a_lock_with_the_hash_of_the_code_is_read_as_before(profile: Path) -> None:
    path = profile.with_suffix(".lock.json")
    reseal(path, {**json.loads(path.read_text()), "generator": "1" * 64})
    before = state(profile.parent)
    assert nfconfgen("check", profile).code == 0
    assert nfconfgen("build", profile, "--offline", "--exit-code").code == 0
    assert state(profile.parent) == before
    profile.write_text(f"{profile.read_text()}# a comment\n")
    assert nfconfgen("build", profile, "--offline").code == 0
    assert "generator" not in json.loads(path.read_text())


def test_a_build_restores_the_very_bytes(profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = profile.with_suffix(".lock.json")
    before = path.read_bytes()
    other_version(monkeypatch)
    path.write_bytes(before + b"\n")
    assert nfconfgen("check", profile).code == 1
    assert nfconfgen("build", profile, "--offline").code == 0
    assert path.read_bytes() == before


class Checkout:
    """This repository as git has it, as far as it builds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in ("nfconfgen", "schemas", "templates", "profiles"):
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        self.environment: Mapping[str, str] = {
            **os.environ,
            "CI": "",
            "PYTHONDONTWRITEBYTECODE": "1",  # no git ignores it here
            "HOME": str(folder),
            "XDG_CACHE_HOME": str(folder.parent / "cache"),
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_{what}": "n@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )

    def git(self, *arguments: str) -> None:
        ended = self.run("git", *arguments)
        assert ended.returncode == 0, ended.stdout + ended.stderr

    def nfconfgen(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "nfconfgen", *arguments)

    def branch(self, name: str, file: str, line: str) -> None:
        """A branch from main that changes this file, and builds."""
        self.git("checkout", "-q", "-B", name, "main")
        path = self.folder / file
        path.write_text(f"{path.read_text()}{line}\n")
        assert self.nfconfgen("build", "profiles/", "--offline", "-q").returncode == 0
        self.git("commit", "-qam", name)


def test_branches_that_change_code_do_not_meet_in_the_locks(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "checkout")
    checkout.git("init", "-q", "-b", "main")
    assert checkout.nfconfgen("build", "profiles/", "--offline", "-q").returncode == 0
    checkout.git("add", "nfconfgen", "schemas", "templates", "profiles")
    checkout.git("commit", "-qm", "main")
    checkout.branch("one", "nfconfgen/plan/placement.py", "# a comment")
    checkout.branch("two", "nfconfgen/render/groovy.py", "# another")
    checkout.git("merge", "-q", "-m", "both", "one")
    changed = checkout.run("git", "diff", "--name-only", "main").stdout.split()
    assert changed == ["nfconfgen/plan/placement.py", "nfconfgen/render/groovy.py"]
    assert checkout.nfconfgen("check", "profiles/").returncode == 0
    template = checkout.folder / "templates/profiles.config.j2"
    template.write_text(template.read_text().replace("as the last line", "as the very last line"))
    ended = checkout.nfconfgen("check", "profiles/")
    assert ended.returncode == 1, "the number of the version is the same, what is made is not"
    assert "[not-reproduced]" in ended.stdout
