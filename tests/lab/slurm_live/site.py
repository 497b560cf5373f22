"""The Slurm of this machine: whether it answers, what our jobs are called, and how a job ends."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable

import pytest

PREFIX = "nfl-"
"""The names of all our jobs begin so: others may use the same Slurm."""
TIMEOUT_S = 300


def slurm(*command: str) -> str:
    """What a command of Slurm answers."""
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=TIMEOUT_S).stdout


def available() -> str | None:
    """Why there is no Slurm to be used here, in plain words; None when there is one."""
    for tool in ("sbatch", "squeue", "scontrol", "scancel"):
        if shutil.which(tool) is None:
            return f"no {tool} on the PATH: there is no Slurm here"
    try:
        slurm("scontrol", "ping")
        return None if slurm("sinfo", "-h", "-o", "%P") else "Slurm has no partition"
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return "the Slurm of this machine does not answer"


def require() -> None:
    """Skip the test where no Slurm answers, except in CI: there it is expected, so fail."""
    reason = available()
    if reason is None:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason, allow_module_level=True)


def partition() -> str:
    """The partition that jobs go to by themselves."""
    names = slurm("sinfo", "-h", "-o", "%P").split()
    return next((name for name in names if name.endswith("*")), names[0]).rstrip("*")


def job(number: str) -> dict[str, str]:
    """Slurm's own record of a job, by key."""
    told = slurm("scontrol", "-o", "show", "job", number)
    return dict(word.partition("=")[::2] for word in told.split())


def until(holds: Callable[[], bool], what: str) -> None:
    """Waits until this holds; a test that waits in vain fails."""
    end = time.monotonic() + TIMEOUT_S
    while not holds():
        assert time.monotonic() < end, f"not in {TIMEOUT_S} s: {what}"
        time.sleep(0.5)


def ended(number: str) -> dict[str, str]:
    """The record of a job, once it has ended."""
    going = ("PENDING", "CONFIGURING", "RUNNING", "COMPLETING")
    until(lambda: job(number)["JobState"] not in going, f"the end of job {number}")
    return job(number)


def named(name: str, *states: str) -> list[str]:
    """The jobs of this name, in these states (none: those that are not over)."""
    chosen = ["-t", ",".join(states)] if states else []
    return slurm("squeue", "-h", "-o", "%i", "-n", name, *chosen).split()
