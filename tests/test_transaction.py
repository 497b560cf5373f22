"""All files or none, whenever the build is killed."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from nfconfgen.errors import WriteError
from nfconfgen.sync.journal import COMMIT, record, refusal
from nfconfgen.sync.staging import Write
from nfconfgen.sync.transaction import commit, recover
from tests.cli import nfconfgen
from tests.forks import Forks

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
def test_a_build_killed_at_any_touch_leaves_one_whole_set(
    repository: Path, tmp_path: Path, forks: Forks, who: str
) -> None:
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
        ended = forks.start(_command(folder), os.environ, kill=(at, who))
        ended.finish()
        _wait_for_mover(folder)
        left.append(_outputs(folder))
        # whatever was cut off, the next build ends with the new set and leaves nothing lying about
        _build(folder)
        assert _outputs(folder) == new
        assert _leftovers(folder) == []
        if ended.code == 0:
            break
    assert ended.code == 0, ended.err
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


def cut_off(journal: Path, *names: str, end: bytes = b"") -> Path:
    """A journal as a build here leaves it that is killed before it moves these files."""
    with journal.open("wb") as file:
        file.write(record(file.fileno(), journal, [(journal.parent / name, False) for name in names]) + end)
    return journal


@pytest.mark.parametrize("journal", [b"", b"[[", None])
def test_a_journal_without_commit_is_undone(tmp_path: Path, journal: bytes | None) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/a.config").write_text("old")
    cut_off(tmp_path / ".p.nfconfgen-journal", "conf/a.config")
    if journal is None:
        (tmp_path / "conf/.a.config.nfconfgen-new").write_text("new")
    else:
        (tmp_path / ".p.nfconfgen-journal").write_bytes(journal)
    assert recover(tmp_path / ".p.nfconfgen-journal")
    assert [path.name for path in tmp_path.rglob("*")] == ["conf", "a.config"]
    assert (tmp_path / "conf/a.config").read_text() == "old"


def test_a_journal_with_commit_is_finished(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/.a.config.nfconfgen-new").write_text("new")
    assert recover(cut_off(tmp_path / ".p.nfconfgen-journal", "conf/a.config", end=COMMIT))
    assert [path.name for path in tmp_path.rglob("*")] == ["conf", "a.config"]


def test_a_build_into_another_folder_is_finished_by_the_same(tmp_path: Path) -> None:
    out = tmp_path / "elsewhere"
    (out / "conf").mkdir(parents=True)
    (out / "conf/.a.config.nfconfgen-new").write_text("new")
    (tmp_path / "profile").mkdir()
    journal = cut_off(tmp_path / "profile/.p.nfconfgen-journal", "../elsewhere/conf/a.config", end=COMMIT)
    with pytest.raises(WriteError, match="elsewhere"):
        recover(journal)
    assert recover(journal, [out])
    assert [path.name for path in (out / "conf").iterdir()] == ["a.config"]


def a_copy(journal: Path) -> None:
    """As a checkout, an archive or `cp` makes it."""
    Path(shutil.copy(journal, journal.with_name("copy"))).rename(journal)


def tracked(journal: Path) -> None:
    for command in (["init", "-q"], ["add", "-f", "--", journal.name]):
        subprocess.run(["git", *command], cwd=journal.parent, check=True, capture_output=True)


def of_another_user(journal: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(journal, 12345, 12345)


def of_another_machine(journal: Path) -> None:
    data = json.loads(journal.read_bytes().partition(COMMIT)[0])
    journal.write_bytes(json.dumps({**data, "host": "elsewhere", "boot": "then"}).encode() + COMMIT)


def linked(journal: Path) -> None:
    journal.rename(journal.with_name("journal"))
    journal.symlink_to("journal")


@pytest.mark.parametrize("change", [a_copy, tracked, of_another_user, of_another_machine, linked])
def test_a_journal_of_somebody_else_is_refused(tmp_path: Path, change: Callable[[Path], None]) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/a.config").write_text("old")
    (tmp_path / "conf/.a.config.nfconfgen-new").write_text("new")
    journal = cut_off(tmp_path / ".p.nfconfgen-journal", "conf/a.config", end=COMMIT)
    change(journal)
    for way in (recover, lambda journal: commit([Write(tmp_path / "conf/b.config", "b")], journal)):
        with pytest.raises(WriteError, match=r"\.p\.nfconfgen-journal: .* delete it"):
            way(journal)
    assert (tmp_path / "conf/a.config").read_text() == "old"
    assert refusal(journal)
    journal.unlink()
    assert not recover(journal)


def test_after_a_restart_of_the_machine_it_is_still_its_own(tmp_path: Path) -> None:
    journal = cut_off(tmp_path / ".p.nfconfgen-journal", end=COMMIT)
    for key in ("host", "boot"):  # a container is another host on the same machine
        data = json.loads(journal.read_bytes().partition(COMMIT)[0])
        journal.write_bytes(json.dumps({**data, key: "another"}).encode() + COMMIT)
        assert refusal(journal) == ""
        cut_off(journal, end=COMMIT)


def test_what_has_changed_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    target, journal = tmp_path / "a", tmp_path / ".journal"
    target.write_text("of somebody else")
    with pytest.raises(WriteError, match="has changed"):
        commit([Write(target, "new", before=b"old")], journal)
    assert target.read_text() == "of somebody else"
    assert not journal.exists()
    commit([Write(target, "new", before=b"of somebody else")], journal)
    commit([Write(target, "new", before=b"somebody else wrote the same")], journal)
    assert target.read_text() == "new"


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_what_lies_where_it_writes_first_does_no_harm(tmp_path: Path, kind: str) -> None:
    (tmp_path / "victim").write_text("victim")
    for end in ("new", "old"):
        temporary = tmp_path / f".a.nfconfgen-{end}"
        temporary.mkdir() if kind == "folder" else temporary.symlink_to("victim")
    if kind == "folder":
        with pytest.raises(WriteError, match="in the way"):
            commit([Write(tmp_path / "a", "new")], tmp_path / ".journal")
    else:
        commit([Write(tmp_path / "a", "new")], tmp_path / ".journal")
        assert not (tmp_path / "a").is_symlink()
    assert (tmp_path / "victim").read_text() == "victim"


def test_scripts_can_be_run_and_texts_cannot(tmp_path: Path) -> None:
    commit([Write(tmp_path / "script", "#!", executable=True), Write(tmp_path / "text", "")], tmp_path / ".journal")
    assert (tmp_path / "script").stat().st_mode & 0o111
    assert not (tmp_path / "text").stat().st_mode & 0o111
