"""Clients that die, wait or fail at a call a test has chosen."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from tests.lab.aws.asking import refusal
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import idle

# Scales up, looks, scales down; a signal it can handle is reported by its exit code.
CLIENT = """
import signal, sys, boto3
from botocore.config import Config
signal.signal(signal.SIGTERM, lambda *_: sys.exit(77))
signal.signal(signal.SIGINT, lambda *_: sys.exit(78))
batch = boto3.client("batch", config=Config(retries={"total_max_attempts": 1}))
sys.stdin.readline()
def scale(least):
    batch.update_compute_environment(computeEnvironment="salmonExcess", computeResources={"minvCpus": least})
scale(1)
batch.describe_compute_environments()
scale(0)
"""


@contextmanager
def _client(double: Double) -> Iterator[subprocess.Popen[bytes]]:
    """The client, waiting for a line before its first call."""
    command = [sys.executable, "-c", CLIENT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, env=double.env()) as process:
        yield process


def _run(double: Double, at: int, number: int, when: str, answer: bool | None = None) -> int:
    with _client(double) as process:
        double.kill_at(process.pid, at, number, when, answer)
        process.communicate(b"go\n", timeout=600)
        return process.returncode


def _minimum(double: Double) -> int:
    return int(double.state()["environments"]["salmonExcess"]["computeResources"]["minvCpus"])


@pytest.mark.parametrize(
    ("at", "when", "minimum", "operation"),
    [
        (1, "before", 0, "UpdateComputeEnvironment"),
        (1, "after", 1, "UpdateComputeEnvironment"),
        (2, "before", 1, "DescribeComputeEnvironments"),
        (3, "before", 1, "UpdateComputeEnvironment"),
        (3, "after", 0, "UpdateComputeEnvironment"),
    ],
)
def test_killed(double: Double, at: int, when: str, minimum: int, operation: str) -> None:
    double.load(idle())
    assert _run(double, at, signal.SIGKILL, when) == -signal.SIGKILL
    assert double.killed() == operation
    assert sum(double.calls().values()) == at
    assert _minimum(double) == minimum
    assert len(double.updates()) == {1: 1, 2: 1, 3: 2}[at] - (when == "before" and at != 2)


@pytest.mark.parametrize(
    ("number", "when", "answer", "minimum"),
    [
        (signal.SIGTERM, "before", None, 1),
        (signal.SIGINT, "before", None, 1),
        (signal.SIGTERM, "after", None, 1),
        (signal.SIGTERM, "before", False, 0),
        (signal.SIGTERM, "after", False, 1),
    ],
)
def test_signalled(double: Double, batch: Any, number: int, when: str, answer: bool | None, minimum: int) -> None:
    double.load(idle())
    assert _run(double, 1, number, when, answer) == {signal.SIGTERM: 77, signal.SIGINT: 78}[signal.Signals(number)]
    # The client may be gone before its request is through; the next one waits for that.
    batch.describe_job_queues()
    assert _minimum(double) == minimum


def test_not_reached(double: Double) -> None:
    double.load(idle())
    assert _run(double, 4, signal.SIGKILL, "before") == 0
    assert double.killed() is None


@pytest.mark.parametrize(
    ("pid", "at", "number", "when"),
    [
        (0, 1, 9, "before"),
        (-1, 1, 9, "before"),
        (4711, 0, 9, "before"),
        (4711, 1, 0, "before"),
        (4711, 1, 9, "while"),
    ],
)
def test_kill_that_makes_no_sense(double: Double, pid: int, at: int, number: int, when: str) -> None:
    with pytest.raises(ValueError, match="POST /lab/kill"):
        double.kill_at(pid, at, number, when)


def test_disarmed(double: Double, batch: Any) -> None:
    with _client(double) as process:
        double.kill_at(process.pid, 1)
        double.disarm()
        batch.describe_job_queues()
        process.communicate(b"go\n", timeout=600)
    assert (process.returncode, double.killed()) == (0, None)


def test_fault_at_the_nth_call(double: Double, batch: Any) -> None:
    double.fail_at(2, "TooManyRequestsException", 429, times=2)
    batch.describe_job_queues()
    assert refusal(batch.describe_compute_environments) == ("TooManyRequestsException", 429)
    assert refusal(batch.describe_job_queues) == ("TooManyRequestsException", 429)
    batch.describe_compute_environments()
    double.fail_at(1, "AccessDeniedException", 403)
    double.heal()
    batch.describe_job_queues()


def test_latency(double: Double, batch: Any) -> None:
    double.latency(200)
    begin = time.monotonic()
    with ThreadPoolExecutor(10) as pool:
        for answer in pool.map(lambda _: batch.describe_job_queues(), range(10)):
            assert len(answer["jobQueues"]) == 2
    assert time.monotonic() - begin >= 0.2
    double.latency(0)
    with pytest.raises(ValueError, match="ms"):
        double.latency(-1)


def test_state_is_neither_call_nor_poll(double: Double) -> None:
    double.load(idle())
    for _ in range(3):
        assert set(double.state()) == {"environments", "queues", "definitions", "jobs", "hosts"}
    assert double.calls() == {}
