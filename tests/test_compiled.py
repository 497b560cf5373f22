"""Templates that are kept compiled give what they say, whatever has become of what is kept."""

from __future__ import annotations

import sys
from pathlib import Path

import jinja2
import pytest

from nfconfgen import compiled
from nfconfgen.compiled import Compiled


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "a.j2").write_text("{{ 1 + 1 }} a\n")
    (tmp_path / "b.j2").write_text("{% include 'a.j2' %}b\n")
    return tmp_path


def rendered(templates: Path, *, trim: bool = False) -> str:
    loader = jinja2.FileSystemLoader(templates)
    environment = jinja2.Environment(loader=loader, bytecode_cache=Compiled(templates), trim_blocks=trim)  # noqa: S701
    return environment.get_template("b.j2").render()


def kept(templates: Path) -> list[Path]:
    folder = templates / "__pycache__"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def test_a_second_run_compiles_nothing(templates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = rendered(templates)
    assert len(kept(templates)) == 2
    monkeypatch.delattr(jinja2.Environment, "compile")
    assert rendered(templates) == first == "2 ab"


def test_what_is_kept_is_of_this_template_and_this_compiler(
    templates: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered(templates)
    (templates / "a.j2").write_text("{{ 1 + 2 }} a\n")
    assert rendered(templates) == "3 ab"
    (templates / "a.j2").write_text("{% if true %}\na{% endif %}")
    assert rendered(templates) == "\nab"
    ours = tmp_path / "environment.py"
    ours.write_text("trim = True")
    monkeypatch.setattr(compiled, "_COMPILERS", (ours,))
    assert rendered(templates, trim=True) == "ab"


@pytest.mark.parametrize(
    "by", [lambda c: b"", lambda c: c[:-9], lambda c: c[:40], lambda c: c[:-1] + b"\0", lambda c: b"?" * 99]
)
def test_what_is_damaged_is_made_anew(templates: Path, by: object) -> None:
    assert callable(by)
    rendered(templates)
    good = [path.read_bytes() for path in kept(templates)]
    for path in kept(templates):
        path.write_bytes(by(path.read_bytes()))
    assert rendered(templates) == "2 ab"
    assert [path.read_bytes() for path in kept(templates)] == good


def test_nothing_is_kept_where_python_keeps_nothing(templates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert rendered(templates) == "2 ab"
    assert kept(templates) == []


def test_where_nothing_can_be_written_it_is_compiled_each_time(templates: Path) -> None:
    (templates / "__pycache__").write_text("a file")
    assert rendered(templates) == rendered(templates) == "2 ab"
    assert sorted(path.name for path in templates.iterdir()) == ["__pycache__", "a.j2", "b.j2"]
