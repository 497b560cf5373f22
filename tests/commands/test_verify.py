"""`nfconfgen verify` where there is no Nextflow."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli import nfconfgen
from tests.conftest import ROOT
from tests.step.test_noticed import copied


def test_no_nextflow_is_said_in_a_line(tmp_path: Path) -> None:
    ended = nfconfgen("verify", ROOT / "profiles/salmon.yml", environment=[("PATH", str(tmp_path))])
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines() == [
        "nfconfgen: error: there is no nextflow on the PATH, which is what verify asks: see https://nextflow.io"
    ]


def test_one_that_does_not_start_is_said_in_a_line(tmp_path: Path) -> None:
    launcher = tmp_path / "nextflow"
    launcher.write_text("#!/bin/sh\necho 'no java' >&2\nexit 1\n")
    launcher.chmod(0o755)
    ended = nfconfgen("verify", ROOT / "profiles/salmon.yml", environment=[("PATH", str(tmp_path))])
    assert (ended.code, ended.err) == (2, f"nfconfgen: error: {launcher} does not start: no java\n")


@pytest.mark.parametrize("built", [True, False])
@pytest.mark.parametrize("form", ["text", "github"])
def test_nothing_compared_is_not_nothing_that_differs(tmp_path: Path, built: bool, form: str) -> None:
    profile = copied(tmp_path, "salmon")
    profile.write_text(profile.read_text().replace("memory: 8 GB", "memory: 800 GB"))
    if not built:
        shutil.rmtree(tmp_path / "salmon")
    ended = nfconfgen("verify", profile, "--format", form, environment=[("PATH", starting(tmp_path / "bin"))])
    assert ended.code == 1
    assert "memory-fit" in ended.out
    assert "0 cells" not in ended.out + ended.err
    assert "nothing was compared" in ended.err


def test_nothing_built_is_said_with_what_to_do(tmp_path: Path) -> None:
    profile = copied(tmp_path, "salmon")
    shutil.rmtree(tmp_path / "salmon")
    ended = nfconfgen("verify", profile, environment=[("PATH", starting(tmp_path / "bin"))])
    assert (ended.code, ended.out) == (2, "")
    assert "profiles.config is not there: nfconfgen build writes it" in ended.err


def starting(folder: Path) -> str:
    """A PATH with a launcher that says its version, and can do no more."""
    folder.mkdir()
    launcher = folder / "nextflow"
    launcher.write_text("#!/bin/sh\necho 'nextflow version 25.04.4.5930'\n")
    launcher.chmod(0o755)
    return f"{folder}:/usr/bin:/bin"
