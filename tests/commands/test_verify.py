"""`nfconfgen verify` where there is no Nextflow."""

from __future__ import annotations

from pathlib import Path

from tests.cli import nfconfgen
from tests.conftest import ROOT


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
