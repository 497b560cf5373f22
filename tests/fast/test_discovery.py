"""Which profiles are meant."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from nfconfgen.errors import UsageError
from nfconfgen.fast import discovery
from tests.cli import nfconfgen
from tests.conftest import ROOT

DEFINITION = next((ROOT / "profiles/salmon/launch/job-definitions").glob("*.json"))

PROFILE = "nfconfgen: 1\npipeline: {name: p}\nsites: {base: {executor: slurm, queues: [q]}}\n"


@pytest.fixture
def monorepo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two pipelines with a profile each, one never built, and much that is none."""
    for name in ("salmon", "rnaseq"):
        folder = tmp_path / "pipelines" / name
        folder.mkdir(parents=True)
        for file in (f"{name}.yml", f"{name}.lock.json"):
            shutil.copy(ROOT / "profiles" / file, folder)
        shutil.copytree(ROOT / "profiles" / name, folder / name)
    (tmp_path / "new").mkdir()
    (tmp_path / "new/profile.yml").write_text(PROFILE)
    for path in (
        "a/.hidden/profile.yml",
        "a/node_modules/x/profile.yml",
        "work/3f/profile.yml",
        "sub/.git/x",
        "sub/profile.yml",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(PROFILE)
    for path, text in {
        "a/profile.yml": "dbt: 1\n",
        "ci.yml": "on: push\n",
        "package.lock.json": "{}",
        "package.yml": "a: 1\n",
    }.items():
        (tmp_path / path).write_text(text)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_all_of_a_repository(monorepo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = ["new/profile.yml", "pipelines/rnaseq/rnaseq.yml", "pipelines/salmon/salmon.yml"]
    assert discovery.of_repository() == everything
    assert discovery.of_arguments(["."]) == everything
    assert discovery.of_arguments(["pipelines"]) == everything[1:]
    assert discovery.of_arguments([str(monorepo / "new")]) == [str(monorepo / "new/profile.yml")]
    monkeypatch.chdir(monorepo / "pipelines/salmon")
    assert discovery.of_repository() == ["../../new/profile.yml", "../rnaseq/rnaseq.yml", "salmon.yml"]


def test_none_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    with pytest.raises(UsageError, match="there is no profile here"):
        discovery.of_repository()


@pytest.mark.parametrize(
    "name",
    [
        "salmon.yml",
        "salmon.lock.json",
        "salmon/conf/slurm.config",
        "salmon/launch/run-awsbatch.sh",
        "salmon/launch/nfconfgen.sh",
        f"salmon/launch/job-definitions/{DEFINITION.name}",
    ],
)
def test_a_file_leads_to_its_profile(monorepo: Path, name: str) -> None:
    assert discovery.of_arguments([f"pipelines/salmon/{name}"]) == ["pipelines/salmon/salmon.yml"]
    assert discovery.of_arguments([f"pipelines/salmon/{name}", "ci.yml"]) == ["pipelines/salmon/salmon.yml"]
    if not name.endswith(("yml", "lock.json")):
        (monorepo / "pipelines/salmon" / name).unlink()
        assert discovery.of_arguments([f"pipelines/salmon/{name}"]) == ["pipelines/salmon/salmon.yml"]


def test_outputs_elsewhere_are_found_too(monorepo: Path) -> None:
    folder = monorepo / "pipelines/salmon"
    lock = folder / "salmon.lock.json"
    lock.write_text(lock.read_text().replace('"output": "salmon/"', '"output": "../../made/salmon"'))
    (monorepo / "made").mkdir()
    shutil.move(folder / "salmon", monorepo / "made/salmon")
    for path in ("conf/slurm.config", f"launch/job-definitions/{DEFINITION.name}"):
        assert discovery.of_arguments([f"made/salmon/{path}"]) == ["pipelines/salmon/salmon.yml"]


def test_a_file_that_no_lock_knows_but_bears_the_mark(monorepo: Path) -> None:
    conf = monorepo / "pipelines/salmon/salmon/conf"
    shutil.copy(conf / "slurm.config", conf / "former.config")
    assert discovery.of_arguments(["pipelines/salmon/salmon/conf/former.config"]) == ["pipelines/salmon/salmon.yml"]


def test_with_a_damaged_lock_the_mark_leads_there(monorepo: Path) -> None:
    (monorepo / "pipelines/salmon/salmon.lock.json").write_text("<<<<<<< nfconfgen\n")
    assert discovery.of_arguments(["pipelines/salmon/salmon/conf/slurm.config"]) == ["pipelines/salmon/salmon.yml"]
    assert discovery.of_arguments(["pipelines/salmon/salmon.lock.json"]) == ["pipelines/salmon/salmon.yml"]
    (monorepo / "pipelines/salmon/salmon.lock.json").write_text("")
    assert "pipelines/salmon/salmon.yml" in discovery.of_repository()


def test_each_profile_once_and_in_order(monorepo: Path) -> None:
    files = [
        "new/profile.yml",
        "pipelines/salmon/salmon.yml",
        "./new/profile.yml",
        "pipelines/salmon/salmon.lock.json",
    ]
    assert discovery.of_arguments(files) == ["new/profile.yml", "pipelines/salmon/salmon.yml"]


@pytest.mark.parametrize("files", [["ci.yml"], ["package.lock.json"], ["ci.yml", "a/profile.yml"], [".git"]])
def test_files_of_no_profile(monorepo: Path, files: list[str]) -> None:
    with pytest.raises(UsageError, match="is neither a profile nor"):
        discovery.of_arguments(files)


def test_a_file_that_is_not_there(monorepo: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        discovery.of_arguments(["new/profile.yml", "pipelines/salmn.yml"])


def test_a_profile_that_is_gone_but_for_its_lock(monorepo: Path) -> None:
    (monorepo / "pipelines/salmon/salmon.yml").unlink()
    assert "pipelines/salmon/salmon.yml" in discovery.of_repository()
    assert discovery.of_arguments(["pipelines/salmon/salmon.yml"]) == ["pipelines/salmon/salmon.yml"]


def test_of_two_endings_what_looks_like_a_profile(monorepo: Path) -> None:
    (monorepo / "pipelines/salmon/salmon.yaml").write_text("values: 1\n")
    assert discovery.of_arguments(["pipelines/salmon/salmon.lock.json"]) == ["pipelines/salmon/salmon.yml"]
    assert "pipelines/salmon/salmon.yaml" not in discovery.of_repository()


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(30 * 10**9)


UNREADABLE: dict[str, Callable[[Path], None]] = {
    "fifo": os.mkfifo,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "sparse": sparse,
}


@pytest.mark.parametrize("make", UNREADABLE.values(), ids=UNREADABLE)
def test_a_profile_that_is_no_file_to_be_read_is_not_passed_over(
    make: Callable[[Path], None], monorepo: Path
) -> None:
    (monorepo / "new/profile.yml").unlink()
    make(monorepo / "new/profile.yml")
    assert "new/profile.yml" in discovery.of_repository()
    assert discovery.of_arguments(["new"]) == ["new/profile.yml"]
    assert discovery.of_arguments(["ci.yml", "new/profile.yml"]) == ["new/profile.yml"]


@pytest.mark.parametrize("make", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_file_of_another_name_is_rejected_with_the_reason(
    make: Callable[[Path], None], monorepo: Path
) -> None:
    make(monorepo / "new/salmon.yml")
    assert discovery.of_repository().count("new/salmon.yml") == 0
    with pytest.raises(UsageError, match=r"new/salmon.yml: (is not a regular file|is 30000 MB large)"):
        discovery.of_arguments(["ci.yml", "new/salmon.yml"])
    assert discovery.of_arguments(["new/profile.yml", "new/salmon.yml"]) == ["new/profile.yml"]


@pytest.mark.parametrize("make", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize(
    "words",
    ["check", "check profile.yml", "check --full profile.yml", "build --offline --all --exit-code --quiet"],
)
def test_checks_and_hooks_name_the_reason(
    words: str, make: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "profile.yml")
    monkeypatch.chdir(tmp_path)
    ended = nfconfgen(*words.split())
    assert ended.code in (1, 2)
    reported = ended.out + ended.err
    assert "profile.yml" in reported
    assert any(why in reported for why in ("is not a regular file", "the limit is", "through a link"))
