"""The tests themselves, where signals are ignored: under nohup, and in the background of a script."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

SIGNALS = "tests/render/test_launch_end.py::test_a_signal_reaches_nextflow"


@pytest.mark.lab
def test_signals_reach_what_is_started_where_they_are_ignored() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "1", SIGNALS]
    ours = ("NFCONFGEN_", "PYTEST_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    ended = subprocess.run(
        ["bash", "-c", "trap '' HUP INT TERM; exec \"$@\"", "bash", *command],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    assert "3 passed" in ended.stdout
