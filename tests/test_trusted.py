"""State files that a repository may have brought along are not taken for our own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from nfconfgen.errors import NfconfgenError
from nfconfgen.trusted import LARGEST_BYTES, origin, read_state

NAME = ".profile.nfconfgen-probe"


def git(folder: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *words],
        cwd=folder,
        check=True,
        capture_output=True,
    )


def test_a_file_of_ours_is_read(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"content")
    assert read_state(tmp_path / NAME) == b"content"


def _link(path: Path) -> None:
    (path.parent / "elsewhere").write_text("[]")
    path.symlink_to("elsewhere")


def _dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)


NOT_OURS: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: None,
    "link": _link,
    "dangling": _dangling,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "fifo": os.mkfifo,
    "folder": Path.mkdir,
    "large": _sparse,
}


@pytest.mark.parametrize("make", NOT_OURS.values(), ids=NOT_OURS.keys())
def test_what_is_no_regular_file_of_a_sane_size_is_refused(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / NAME)
    with pytest.raises(NfconfgenError, match="nfconfgen-probe"):
        read_state(tmp_path / NAME)


def test_a_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / NAME).write_bytes(b"[]")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(NfconfgenError, match="another user"):
        read_state(tmp_path / NAME)


needs_git = pytest.mark.skipif(shutil.which("git") is None and os.environ.get("CI") != "true", reason="needs git")


@needs_git
def test_what_git_tracks_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "er"
    folder.mkdir(parents=True)
    git(tmp_path, "init", "-q")
    path = folder / NAME
    path.write_bytes(b"[]")
    assert read_state(path) == b"[]"
    git(tmp_path, "add", "-f", ".")
    with pytest.raises(NfconfgenError, match="git tracks it"):
        read_state(path)


@needs_git
def test_the_git_of_the_caller_does_not_hide_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a hook GIT_DIR and GIT_INDEX_FILE are set, perhaps to another repository."""
    git(tmp_path, "init", "-q")
    git(tmp_path, "init", "-q", "other")
    (tmp_path / NAME).write_bytes(b"[]")
    git(tmp_path, "add", "-f", NAME)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "other" / "index"))
    with pytest.raises(NfconfgenError, match="git tracks it"):
        read_state(tmp_path / NAME)


@needs_git
def test_nothing_of_the_repository_runs_when_git_is_asked(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / NAME).write_bytes(b"[]")
    git(tmp_path, "config", "core.fsmonitor", f"touch {tmp_path}/ran; false")
    assert read_state(tmp_path / NAME) == b"[]"
    assert not (tmp_path / "ran").exists()


def test_where_git_cannot_be_asked_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / NAME).write_bytes(b"[]")
    with pytest.raises(NfconfgenError, match="whether it tracks the file"):
        read_state(tmp_path / NAME)  # no repository, though it looks like one
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NfconfgenError, match="whether it tracks the file"):
        read_state(tmp_path / NAME)


def test_an_origin_is_of_one_machine_and_user(monkeypatch: pytest.MonkeyPatch) -> None:
    here = origin()
    assert here == origin()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert origin() != here
