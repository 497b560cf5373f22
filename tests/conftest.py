"""What tests of several folders share."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest

from tests import forks as warm
from tests.lab.aws import client, models
from tests.lab.aws.client import Double, running
from tests.lab.aws.scenario import salmon
from tests.lab.slurm.cluster import Cluster, require

ROOT = Path(__file__).resolve().parents[1]
LAB = ROOT / "tests/lab"
SLURM = LAB / "slurm"

# A shell lets what it starts in the background ignore Ctrl-C, nohup a hangup: so would all that is started here, and
# bash cannot trap what it was started to ignore. A handler of our own ignores it as well, and is not inherited.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
_deaf = {str(int(number)) for number in (signal.SIGHUP, signal.SIGTERM) if signal.getsignal(number) == signal.SIG_IGN}
# the workers of pytest-xdist hear of it this way
_deaf |= set(os.environ.get("NFCONFGEN_TESTS_IGNORE", "").split())
for _number in _deaf:
    signal.signal(int(_number), lambda *_: None)
os.environ["NFCONFGEN_TESTS_IGNORE"] = " ".join(sorted(_deaf))
# 2026-11-22: one day the examples' measurements will be older than they are trusted, and say so
os.environ["SOURCE_DATE_EPOCH"] = "1795339800"
# a Slurm of this machine is asked by the tests that want it, not by every build
os.environ["NFCONFGEN_SLURM"] = "off"


_REAL_SYSTEMS = {"slurm", "process", "tool", "wheel"}
_REQUIRING = {"require", "require_tool"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`lab` is what needs a real system: by its folder, its fixtures, or because it asks whether one is there.
    The tests of the one cluster take turns: they come first, so that one worker has them while others do the rest."""
    items.sort(key=lambda item: SLURM not in item.path.parents)
    for item in items:
        code = getattr(getattr(item, "function", None), "__code__", None)
        asks = code is not None and not _REQUIRING.isdisjoint(code.co_names)
        fixtures = _REAL_SYSTEMS & set(getattr(item, "fixturenames", ()))
        if asks or fixtures or LAB in item.path.parents:
            item.add_marker(pytest.mark.lab)


@pytest.fixture(scope="session", autouse=True)
def no_power_cut() -> Iterator[None]:
    """Nothing that a test writes has to survive one."""
    with mock.patch("os.fsync", return_value=None):
        yield


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a check remembers is not what a check of the tests' user remembers."""
    with mock.patch.dict(os.environ, XDG_CACHE_HOME=str(tmp_path_factory.mktemp("cache"))):
        yield


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two more than there are processors: the tests of probes and clusters often wait."""
    return (os.cpu_count() or 1) + 2


@pytest.fixture(scope="session")
def process() -> Iterator[Double]:
    """The AWS double, one for all tests."""
    client.require()
    models.keep()
    with running(salmon()) as double:
        yield double


@pytest.fixture
def double(process: Double, monkeypatch: pytest.MonkeyPatch) -> Double:
    """The same process for all tests, holding salmon() anew for each."""
    # how long boto3 waits before it asks again is its own affair
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
    process.load(salmon())
    return process


@pytest.fixture(scope="session")
def slurm() -> Cluster:
    """A real Slurm, the same for all workers: `submit` takes turns, see `Cluster.alone` for more than that."""
    return require()


@pytest.fixture(scope="session")
def forks() -> Iterator[warm.Forks]:
    """Where processes of the program come from that a test kills by the dozen."""
    with warm.running() as forks:
        yield forks


def pytest_collection_finish() -> None:
    """What is collected stays to the end: neither the collector of garbage nor a fork has to look at it again."""
    gc.collect()
    gc.freeze()
