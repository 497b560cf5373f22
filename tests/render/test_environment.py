"""Stored compiled templates render like their source, whatever happened to the stored files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import jinja2
import pytest

from nfconfgen.fast import cache, fingerprint
from nfconfgen.render import environment
from tests.cli import nfconfgen
from tests.fast.test_noticed import copied


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("CI", "")
    monkeypatch.setattr(cache, "believes_templates", True)
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "a.j2").write_text("{{ 1 + 1 }} a\n")
    (folder / "b.j2").write_text("{% include 'a.j2' %}b\n")
    return folder


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "cache/nfconfgen"


def rendered(templates: Path) -> str:
    loader = jinja2.FileSystemLoader(templates)
    kept = environment.Remembered()
    return jinja2.Environment(loader=loader, bytecode_cache=kept).get_template("b.j2").render()  # noqa: S701


def records(kept: Path) -> list[Path]:
    return sorted(kept.glob("*.template"))


def compiles(templates: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    with monkeypatch.context() as patch:
        patch.delattr(jinja2.Environment, "compile")
        try:
            return rendered(templates) != "2 ab"
        except AttributeError:
            return True


def test_a_second_run_compiles_nothing(templates: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rendered(templates) == "2 ab"
    assert len(records(kept)) == 2
    assert not compiles(templates, monkeypatch)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in records(kept))


def test_what_is_kept_is_of_this_source(templates: Path) -> None:
    rendered(templates)
    (templates / "a.j2").write_text("{{ 1 + 2 }} a\n")
    assert rendered(templates) == "3 ab"


@pytest.mark.parametrize("part", ["our code", "Jinja", "Python"])
def test_what_is_kept_is_of_this_compiler(part: str, templates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered(templates)
    environment._compiler.cache_clear()
    if part == "our code":
        monkeypatch.setattr(cache, "generator", lambda: fingerprint.generator()[::-1])
    elif part == "Python":
        monkeypatch.setattr("sys.version", "4.0")
    else:
        (templates / "compiler.py").write_text("# another Jinja\n")
        monkeypatch.setattr(jinja2, "__file__", str(templates / "__init__.py"))
    assert compiles(templates, monkeypatch)
    environment._compiler.cache_clear()


DAMAGE: list[Callable[[bytes], bytes]] = [
    lambda code: b"",
    lambda code: code[:-9],
    lambda code: code[:40],
    lambda code: code[:-1] + b"\0",
    lambda code: code[:-200] + bytes([code[-200] ^ 1]) + code[-199:],
    lambda code: b"?" * 99,
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_damaged_is_made_anew(templates: Path, kept: Path, damage: Callable[[bytes], bytes]) -> None:
    rendered(templates)
    good = [path.read_bytes() for path in records(kept)]
    for path in records(kept):
        path.write_bytes(damage(path.read_bytes()))
    assert rendered(templates) == "2 ab"
    assert [path.read_bytes() for path in records(kept)] == good


@pytest.mark.parametrize("kind", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_is_not_read(templates: Path, kept: Path, kind: Callable[[Path], None]) -> None:
    rendered(templates)
    for path in records(kept):
        path.unlink()
        kind(path)
    assert rendered(templates) == "2 ab"


def test_what_others_can_have_written_is_not_read(
    templates: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered(templates)
    kept.chmod(0o777)
    assert compiles(templates, monkeypatch)
    kept.chmod(0o700)
    assert not compiles(templates, monkeypatch)
    if os.geteuid() == 0:
        for path in records(kept):
            os.chown(path, 12345, 12345)
        assert compiles(templates, monkeypatch)


def test_in_ci_and_in_a_full_check_nothing_is_read(
    templates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered(templates)
    monkeypatch.setenv("CI", "true")
    assert compiles(templates, monkeypatch)
    monkeypatch.setenv("CI", "")
    (tmp_path / "home").mkdir()
    profile = copied(tmp_path / "home", "salmon")
    nfconfgen("check", profile, "--full")
    assert compiles(templates, monkeypatch)
    nfconfgen("check", profile)
    assert not compiles(templates, monkeypatch)


@pytest.mark.parametrize("home", ["a file", "not/absolute", "read-only"])
def test_where_nothing_can_be_kept_it_is_compiled_each_time(
    templates: Path, tmp_path: Path, home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("a file")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file") if home == "a file" else home)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    if home == "read-only":
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.setattr(os, "replace", full)
    assert rendered(templates) == rendered(templates) == "2 ab"
    assert compiles(templates, monkeypatch)
