"""Jobs of the lab: what they are called, how they stand, and how they end."""

from __future__ import annotations

import time
from collections.abc import Callable

from .cluster import Cluster, fields

TIMEOUT_S = 300
POLL_S = 0.5


def job(slurm: Cluster, number: str) -> dict[str, str]:
    """Slurm's own record of a job, by key."""
    return fields(slurm.ask("scontrol", "-o", "show", "job", number))


def until(holds: Callable[[], bool], what: str) -> None:
    """Waits until this holds; a test that waits in vain fails."""
    end = time.monotonic() + TIMEOUT_S
    while not holds():
        assert time.monotonic() < end, f"not in {TIMEOUT_S} s: {what}"
        time.sleep(POLL_S)


def ended(slurm: Cluster, number: str) -> dict[str, str]:
    """The record of a job, once it has ended."""
    going = ("PENDING", "CONFIGURING", "RUNNING", "COMPLETING", "REQUEUED")
    until(lambda: job(slurm, number)["JobState"] not in going, f"the end of job {number}")
    return job(slurm, number)


def named(slurm: Cluster, name: str, *states: str) -> list[str]:
    """The jobs of this name, in these states (none: those that are not over)."""
    chosen = ["-t", ",".join(states)] if states else []
    return slurm.ask("squeue", "-h", "-o", "%i", "-n", name, *chosen).split()
