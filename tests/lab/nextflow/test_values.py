"""Profiles of real sites, with all that they set, as the real Nextflow reads them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.cli import nfconfgen
from tests.conftest import ROOT
from tests.lab.nextflow.harness import require
from tests.lab.nextflow.launch import HERE

SITES = sorted((ROOT / "tests/gauntlet").glob("*.yml"))


@pytest.mark.parametrize("profile", SITES, ids=lambda path: path.stem)
def test_nextflow_resolves_what_is_planned(profile: Path, tmp_path: Path) -> None:
    require()
    copy = Path(shutil.copy(profile, tmp_path))
    assert nfconfgen("build", copy, "--offline").code == 0
    ended = nfconfgen("verify", copy, environment={"PATH": f"{HERE}:{os.environ['PATH']}"})
    assert ended.code == 0, ended
    assert "0 differ" in ended.out + ended.err
