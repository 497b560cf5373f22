"""All files or none, whenever the build is killed."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

import pytest

from nfconfgen.errors import WriteError
from nfconfgen.transaction import Write, commit, recover
from tests import killing
from tests.cli import nfconfgen

PROFILE = """
nfconfgen: 1
pipeline: {name: demo}
retry: {attempts: 2}
tasks: {default: {memory: 1 GB}}
sites:
  first: {executor: slurm, queues: [short]}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A profile, its lock and what a build has made of them; then the profile changes: one site goes, one comes."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "profile.yml").write_text(PROFILE)
    _build(folder)
    (folder / "profile.yml").write_text(PROFILE.replace("first", "other").replace("attempts: 2", "attempts: 3"))
    return folder


def _command(folder: Path) -> list[str]:
    return ["build", str(folder / "profile.yml"), "--offline", "--quiet"]


def _build(folder: Path) -> None:
    ended = nfconfgen(*_command(folder))
    assert ended.code == 0, ended


def _outputs(folder: Path) -> dict[str, str]:
    """What a user sees, without what a build has put aside."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def _leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.rglob(".*") if path.is_file()]


def _wait_for_mover(folder: Path) -> None:
    """Until the process that moves the files has let go of the journal."""
    journal = folder / ".profile.nfconfgen-journal"
    if journal.exists():
        with journal.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX)


@pytest.mark.parametrize("who", ["build", "mover"])
def test_a_build_killed_at_any_touch_leaves_one_whole_set(repository: Path, tmp_path: Path, who: str) -> None:
    old = _outputs(repository)
    finished = tmp_path / "finished"
    shutil.copytree(repository, finished)
    _build(finished)
    new = _outputs(finished)
    assert set(old) != set(new)

    left = []
    for at in range(1, 1000):
        folder = tmp_path / f"killed-{at}"
        shutil.copytree(repository, folder)
        ended = killing.run(_command(folder), at, who)
        _wait_for_mover(folder)
        left.append(_outputs(folder))
        # whatever was cut off, the next build ends with the new set and leaves nothing lying about
        _build(folder)
        assert _outputs(folder) == new
        assert _leftovers(folder) == []
        if ended.returncode == 0:
            break
    assert ended.returncode == 0, ended.stderr
    assert len(left) > 10, "as many touches as files to write, at the least"
    if who == "build":
        assert all(found in (old, new) for found in left)
        assert old in left


def test_a_failure_half_way_takes_everything_back(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("old")
    second.mkdir()  # nothing can be moved to where a folder stands
    with pytest.raises(WriteError, match="nothing was written"):
        commit([Write(first, "new"), Write(tmp_path / "c", "new"), Write(second, "new")], tmp_path / ".journal")
    assert first.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_second_build_at_the_same_time_is_refused(tmp_path: Path) -> None:
    journal = tmp_path / ".journal"
    with journal.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(WriteError, match="another build"):
            commit([Write(tmp_path / "a", "new")], journal)
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("journal", ["", "[[", '[["a", false]]'])
def test_a_journal_without_commit_is_undone(tmp_path: Path, journal: str) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / ".journal").write_text(journal)
    assert recover(tmp_path / ".journal")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_scripts_can_be_run_and_texts_cannot(tmp_path: Path) -> None:
    commit([Write(tmp_path / "script", "#!", executable=True), Write(tmp_path / "text", "")], tmp_path / ".journal")
    assert (tmp_path / "script").stat().st_mode & 0o111
    assert not (tmp_path / "text").stat().st_mode & 0o111
