"""Plain arguments are read without typer, and come to the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from nfconfgen.fast import quick_check
from tests.cli import nfconfgen
from tests.fast.test_noticed import copied


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    folder = tmp_path / "alone"  # else the folder above would hold the profiles of all other tests
    folder.mkdir()
    profile = copied(folder, "salmon")
    (folder / "salmon/conf/slurm.config").write_text("// mine\n")
    return profile


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["-q"],
        ["--quiet"],
        ["--full"],
        ["--format", "json"],
        ["--format", "github"],
        ["--color", "always"],
        ["--color", "never", "-q", "--format", "text"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("edited", [True, False])
def test_both_ways_say_the_same(
    changed: Path, options: list[str], edited: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not edited:
        nfconfgen("build", changed, "--offline", "--force")
    monkeypatch.chdir(changed.parent)
    for files in (
        [],
        ["salmon.yml"],
        ["./salmon.yml", "salmon/conf/slurm.config"],
        ["salmon"],
        ["nothing.yml"],
        [".."],
    ):
        quick = nfconfgen("check", *files, *options)
        with monkeypatch.context() as patch:
            patch.setattr(quick_check, "run_plain", lambda *_: None)
            slow = nfconfgen("check", *files, *options)
        assert quick == slow
        assert "/" not in "".join(files) or quick.code == int(edited), files


@pytest.mark.parametrize(
    "arguments",
    [
        ["build"],
        [],
        ["check", "--help"],
        ["check", "--format", "xml"],
        ["check", "--format"],
        ["check", "--format=json"],
        ["check", "--"],
        ["check", ""],
        ["--version"],
    ],
    ids=" ".join,
)
def test_what_is_not_plain_is_left_to_typer(arguments: list[str]) -> None:
    assert quick_check.run_plain(arguments, lambda *_: 0) is None


def test_what_typer_reads_is_done(changed: Path) -> None:
    assert nfconfgen("check", changed, "--format=github").out.startswith("::error file=")
    assert nfconfgen("check", changed, "--format", "xml").code == 2
    assert nfconfgen("check", changed, "--colour", "never").code == 2
