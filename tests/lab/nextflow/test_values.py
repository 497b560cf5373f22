"""Every key that reaches Nextflow, and real sites, as the real Nextflow reads them: see tests/keys.py."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli import nfconfgen
from tests.conftest import ROOT
from tests.keys import RESOLVED
from tests.lab.nextflow.harness import require
from tests.lab.nextflow.launch import HERE
from tests.test_cases import copied, expected

PROFILES = [*RESOLVED, *sorted((ROOT / "tests/gauntlet").glob("*.yml"))]


@pytest.mark.parametrize("profile", PROFILES, ids=lambda path: path.stem)
def test_nextflow_resolves_what_is_planned(profile: Path, tmp_path: Path) -> None:
    require()
    copy = copied(profile, tmp_path, locked=profile in RESOLVED and expected(profile).locked)
    assert nfconfgen("build", copy, "--offline").code == 0
    ended = nfconfgen("verify", copy, environment={"PATH": f"{HERE}:{os.environ['PATH']}"})
    assert ended.code == 0, ended
    assert "0 differ" in ended.out + ended.err
