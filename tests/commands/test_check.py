"""`nfconfgen check`: each kind of drift is reported with the command that fixes it, and nothing is written."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from nfconfgen.profile.document.schema import schema
from nfconfgen.sync.journal import record
from tests.cli import nfconfgen as run
from tests.conftest import ROOT
from tests.core import read_lock
from tests.fast.test_noticed import copied

Drift = Callable[[Path], None]


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return copied(tmp_path, "salmon")


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def comment(profile: Path) -> None:
    profile.write_text(f"{profile.read_text()}# a comment\n")


def value(profile: Path) -> None:
    edit(profile, "time: 1h", "time: 3h")


def fact(profile: Path) -> None:
    edit(profile.with_suffix(".lock.json"), '"memory_mib": 15434', '"memory_mib": 15334')


def layout(profile: Path) -> None:
    profile.with_suffix(".lock.json").write_text(profile.with_suffix(".lock.json").read_text() + "\n")


def output(profile: Path) -> None:
    edit(profile.parent / "salmon/conf/slurm.config", "1.h", "2.h")


DEFINITION = next((ROOT / "profiles/salmon/launch/job-definitions").glob("*.json")).name


def definition(profile: Path) -> None:
    edit(profile.parent / "salmon/launch/job-definitions" / DEFINITION, '"1024"', '"2048"')


def missing(profile: Path) -> None:
    (profile.parent / "salmon/launch/run-slurm.sh").unlink()


def all_missing(profile: Path) -> None:
    shutil.rmtree(profile.parent / "salmon")


def bit(profile: Path) -> None:
    (profile.parent / "salmon/launch/run-slurm.sh").chmod(0o644)


def stray(profile: Path) -> None:
    conf = profile.parent / "salmon/conf"
    shutil.copy(conf / "slurm.config", conf / "former.config")


def stray_definition(profile: Path) -> None:
    folder = profile.parent / "salmon/launch/job-definitions"
    shutil.copy(folder / DEFINITION, folder / "salmon-nf-former.json")


def site_removed(profile: Path) -> None:
    text = profile.read_text()
    slurm = text[text.index("  slurm:\n") : text.index("  awsbatch:\n")]
    lines = text.replace(slurm, "").splitlines()
    profile.write_text("\n".join(line for line in lines if not line.strip().startswith("slurm:")) + "\n")


def moved(profile: Path) -> None:
    edit(profile, "output: salmon/", "output: elsewhere/")


def journal(profile: Path) -> None:
    path = profile.with_name(".salmon.nfconfgen-journal")
    with path.open("wb") as file:
        file.write(record(file.fileno(), path, []))


def older(profile: Path) -> None:
    """As an earlier nfconfgen wrote it, which had no checksum."""
    lock = profile.with_suffix(".lock.json")
    data = json.loads(lock.read_text())
    for key in ("output", "seal"):
        del data[key]
    lock.write_text(json.dumps(data, indent=2))


DRIFTS: dict[Drift, set[str]] = {
    comment: {"salmon.yml: profile-changed"},
    value: {"salmon.yml: profile-changed", "salmon/conf/slurm.config: outdated"},
    fact: {"salmon.lock.json: lock-changed"},
    layout: {"salmon.lock.json: lock-changed"},
    output: {"salmon/conf/slurm.config: edited"},
    definition: {f"salmon/launch/job-definitions/{DEFINITION}: edited"},
    missing: {"salmon/launch/run-slurm.sh: missing"},
    all_missing: {"salmon/conf/slurm.config: missing", "salmon/conf/profiles.config: missing"},
    bit: {"salmon/launch/run-slurm.sh: not-executable"},
    stray: {"salmon/conf/former.config: left-over"},
    stray_definition: {"salmon/launch/job-definitions/salmon-nf-former.json: left-over"},
    site_removed: {"salmon.yml: profile-changed", "salmon/conf/slurm.config: left-over"},
    moved: {
        "salmon.yml: profile-changed",
        "salmon/conf/slurm.config: left-over",
        "elsewhere/conf/slurm.config: missing",
    },
    journal: {".salmon.nfconfgen-journal: interrupted"},
    older: {"salmon.lock.json: lock-changed"},
}


def state(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_mode) for path in files}


def reported(profile: Path) -> list[dict[str, str]]:
    findings: list[dict[str, str]] = json.loads(run("check", profile, "--format", "json").out)["findings"]
    return findings


def test_as_built(profile: Path) -> None:
    ended = run("check", profile)
    assert (ended.code, ended.out, ended.err) == (0, "", "1 profile is up to date\n")
    assert run("check", profile, "--quiet").err == ""


@pytest.mark.parametrize("drift", DRIFTS, ids=lambda drift: drift.__name__)
def test_each_kind_of_drift(profile: Path, drift: Drift) -> None:
    drift(profile)
    before = state(profile.parent)
    found = reported(profile)
    assert run("check", profile).code == 1
    assert state(profile.parent) == before

    seen = {f"{os.path.relpath(one['file'], profile.parent)}: {one['rule']}" for one in found}
    assert DRIFTS[drift] <= seen
    if len(DRIFTS[drift]) == 1 and drift is not fact and drift is not all_missing:
        assert len(found) == 1, found

    # the command in the advice fixes it, offline
    commands = {one["advice"].rpartition("nfconfgen build ")[2] for one in found}
    assert run("build", *shlex.split(max(commands, key=len))).code == 0
    assert run("check", profile).code == 0
    assert state(profile.parent).keys() <= before.keys() | {str(profile.parent / one["file"]) for one in found}


def test_where_an_output_first_differs(profile: Path) -> None:
    output(profile)
    (found,) = reported(profile)
    line = (profile.parent / "salmon/conf/slurm.config").read_text().splitlines()[int(found["line"]) - 1]
    assert line.strip() == "time   = 2.h"
    assert line[int(found["column"]) - 1] == "2"


def test_everything_at_once_and_all_of_the_profile(profile: Path) -> None:
    for drift in (comment, fact, output, missing, stray, journal):
        drift(profile)
    (profile.parent / "salmon/launch/run-awsbatch.sh").chmod(0o644)
    edit(profile, "8 GB", "64 GB")
    edit(profile, "attempts: 3", "attempts: three")
    rules = {one["rule"] for one in reported(profile)}
    assert {
        "profile-changed",
        "lock-changed",
        "edited",
        "missing",
        "interrupted",
        "not-executable",
        "left-over",
    } <= rules
    validated = json.loads(run("validate", profile, "--format", "json").out)["findings"]
    assert all(one in reported(profile) for one in validated)


def test_a_profile_that_does_not_fit_is_reported_as_in_validate(profile: Path) -> None:
    edit(profile, "8 GB", "64 GB")
    assert run("validate", profile).out.strip() in run("check", profile).out


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a: [", b""])
def test_a_profile_that_is_none(profile: Path, content: bytes) -> None:
    profile.write_bytes(content)
    ended = run("check", profile)
    assert ended.code == 1
    assert ended.out.startswith(f"{profile}: error: {profile.name} changed since the last build")
    assert len(ended.out.splitlines()) == 2


@pytest.mark.parametrize("content", ["", "{}", "<<<<<<< HEAD\n", '{"nfconfgen_lock": 2}', "[" * 100000])
def test_a_lock_that_is_none(profile: Path, content: str) -> None:
    profile.with_suffix(".lock.json").write_text(content)
    ended = run("check", profile)
    assert ended.code == 1
    assert "salmon.lock.json: error:" in ended.out
    assert len(ended.out.splitlines()) == 1


def test_never_built(tmp_path: Path) -> None:
    (tmp_path / "profile.yml").write_text(
        "nfconfgen: 1\npipeline: {name: p}\nsites: {base: {executor: slurm, queues: [q]}}\n"
    )
    ended = run("check", tmp_path / "profile.yml")
    assert ended.code == 1
    assert (
        f"was never built, or profile.lock.json was lost: nfconfgen build {tmp_path}/profile.yml [never" in ended.out
    )
    assert run("build", tmp_path / "profile.yml").code == 0
    assert run("check", tmp_path / "profile.yml").code == 0


def test_a_profile_that_is_gone(profile: Path) -> None:
    profile.unlink()
    ended = run("check", profile)
    assert ended.code == 1
    assert "[profile-missing]" in ended.out


def test_another_spelling_of_the_same_folder_takes_no_file_away(profile: Path) -> None:
    before = {path.name for path in profile.parent.rglob("*")}
    edit(profile, "output: salmon/", "output: ./salmon//.")
    assert run("build", profile, "--offline").code == 0
    assert run("check", profile).code == 0
    assert {path.name for path in profile.parent.rglob("*")} == before


def test_an_older_lock_leads_to_no_file_of_the_pipelines_own(profile: Path) -> None:
    older(profile)
    (profile.parent / "conf").mkdir()
    (profile.parent / "conf/slurm.config").write_text("process.cpus = 1\n")
    assert run("build", profile, "--offline", "--force").code == 0
    assert (profile.parent / "conf/slurm.config").exists()


def test_a_lock_whose_names_lead_nowhere(profile: Path) -> None:
    lock = profile.with_suffix(".lock.json")
    data = json.loads(lock.read_text())
    del data["facts"]["awsbatch"]["eu-central-1"]["measured"]["c5.2xlarge"]
    lock.write_text(json.dumps(data))
    ended = run("check", profile)
    assert (ended.code, ended.err) == (1, "explained by: nfconfgen rule lock\n")
    assert "salmon.lock.json: error:" in ended.out


def test_a_profile_that_may_not_be_read(profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def refused(path: str | Path, *arguments: int) -> int:
        if path == profile:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *arguments)

    comment(profile)
    monkeypatch.setattr(os, "open", refused)
    ended = run("check", profile)
    assert ended.code == 1
    assert f"{profile}: error: cannot be read: permission denied [unreadable]" in ended.out


def test_refreshed_facts_are_a_change_of_the_lock(profile: Path) -> None:
    from dataclasses import replace

    path = profile.with_suffix(".lock.json")
    lock = read_lock(path)
    assert lock is not None
    path.write_text(replace(lock, facts={}).to_text())  # as `facts --refresh` writes it
    assert "[lock-changed]" in run("check", profile).out


def test_out_is_not_what_is_looked_at(profile: Path, tmp_path: Path) -> None:
    assert run("build", profile, "--offline", "--out", tmp_path / "other").code == 0
    shutil.rmtree(tmp_path / "other")
    assert run("check", profile).code == 0


def test_files_of_the_pipelines_own_are_left_alone(profile: Path) -> None:
    (profile.parent / "salmon/conf/base.config").write_text("process.cpus = 1\n")
    (profile.parent / "salmon/launch/job-definitions/mine.json").write_text("{}")
    assert run("check", profile).code == 0


def test_several_profiles_in_one_call(tmp_path: Path) -> None:
    for name in ("salmon", "rnaseq"):
        copied(tmp_path, name)
    comment(tmp_path / "rnaseq.yml")
    ended = run("check", tmp_path / "salmon.yml", tmp_path / "rnaseq.yml", "--format", "json")
    assert ended.code == 1
    report = json.loads(ended.out)
    jsonschema.Draft7Validator(schema("report")).validate(report)
    assert [one["in_step"] for one in report["profiles"]] == [True, False]
    github = run("check", tmp_path / "salmon.yml", tmp_path / "rnaseq.yml", "--format", "github").out
    assert github.startswith(f"::error file={tmp_path}/rnaseq.yml,line=1,col=1,title=profile-changed::")


def test_exactly_when_a_build_would_change_something(profile: Path) -> None:
    for drift in DRIFTS:
        shutil.rmtree(profile.parent)
        profile.parent.mkdir()
        copied(profile.parent, "salmon")
        assert run("build", profile, "--offline", "--force", "--exit-code").code == 0
        drift(profile)
        if drift is not journal:
            assert run("build", profile, "--offline", "--force", "--exit-code").code == 1, drift.__name__


def test_the_examples_are_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    ended = run("check", "profiles")
    assert ended.code == 0, ended.out
