"""Records are kept while they are used, and read only if no other user can have written them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nfconfgen.fast import cache

DAY_S = 24 * 60 * 60
LOCK = b"lock"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "nfconfgen"


def aged(path: Path, days: float) -> Path:
    then = time.time() - days * DAY_S
    os.utime(path, (then, then), follow_symlinks=False)
    return path


def records(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"pruned"}


def remember(folder: Path, name: str, days: float = 0) -> Path:
    """The record of a lock that was rendered, last used so many days ago."""
    before = records(folder) if folder.is_dir() else set()
    cache.remember_rendered(name, LOCK)
    (made,) = records(folder) - before
    return aged(folder / made, days)


def prune(folder: Path) -> None:
    """As the first thing that is written on another day."""
    aged(folder / "pruned", 2)
    cache.remember_rendered("any", LOCK)


def test_what_is_not_used_for_a_month_is_deleted(folder: Path) -> None:
    old, recent = remember(folder, "old", 31), remember(folder, "recent", 29)
    left = folder / f".{old.name}.17.nfconfgen-new"
    left.write_text("a write that was cut off")
    aged(left, 31)
    prune(folder)
    assert recent.name in records(folder)
    assert not {old.name, left.name} & records(folder)


def test_what_is_read_is_used(folder: Path) -> None:
    old = remember(folder, "old", 29)
    assert cache.is_rendered("old", LOCK)
    assert time.time() - old.stat().st_mtime < DAY_S
    before = aged(old, 0.5).stat().st_mtime
    assert cache.is_rendered("old", LOCK)
    assert old.stat().st_mtime == before, "once a day will do"


def test_it_is_done_once_a_day(folder: Path) -> None:
    old = remember(folder, "old", 31)
    remember(folder, "other")
    assert old.exists()
    prune(folder)
    assert not old.exists()


def test_what_is_not_ours_stays(folder: Path) -> None:
    record = remember(folder, "any")
    stem = record.stem
    (folder / f"{stem}.yml").write_text("")
    (folder / f"{stem[1:]}.json").write_text("")
    (folder / "notes.json").write_text("")
    (folder / f"{'a' * 64}.json").symlink_to(folder / "notes.json")
    (folder / f"{'b' * 64}.json").mkdir()
    others = sorted(aged(folder / name, 400).name for name in records(folder) - {record.name})
    if os.geteuid() == 0:
        foreign = aged(remember(folder, "foreign"), 400)
        os.chown(foreign, 12345, 12345)
        others = sorted([*others, foreign.name])
    prune(folder)
    assert set(others) <= records(folder)


@pytest.mark.parametrize("damage", [Path.mkdir, lambda path: path.symlink_to("/dev/null"), Path.touch])
def test_nothing_keeps_a_record_from_being_written(folder: Path, damage: Callable[[Path], None]) -> None:
    remember(folder, "any")
    (folder / "pruned").unlink()
    damage(folder / "pruned")
    aged(folder / "pruned", 2)
    remember(folder, "other")
    assert cache.is_rendered("other", LOCK)


def test_nothing_keeps_a_record_from_being_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remember(folder, "any", 2)

    def refused(path: str) -> None:
        raise PermissionError(path)

    monkeypatch.setattr(os, "utime", refused)
    assert cache.is_rendered("any", LOCK)


@pytest.mark.parametrize("mode", [0o722, 0o770, 0o777])
def test_a_folder_that_others_can_write_to_is_not_believed(folder: Path, mode: int) -> None:
    remember(folder, "any")
    folder.chmod(mode)
    assert not cache.is_rendered("any", LOCK)
    before = records(folder)
    cache.remember_rendered("other", LOCK)
    assert records(folder) == before
    folder.chmod(0o755)
    assert cache.is_rendered("any", LOCK)


def test_nor_is_one_of_another_user(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    remember(folder, "any")
    os.chown(folder, 12345, 12345)
    assert not cache.is_rendered("any", LOCK)


def test_a_full_disk_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remember(folder, "any")
    before = records(folder)

    def full(draft: str, path: str) -> None:
        raise OSError(28, "No space left on device", path)

    monkeypatch.setattr(os, "replace", full)
    cache.remember_rendered("other", LOCK)
    assert records(folder) == before
