"""One double for all tests of this folder, and boto3 clients that ask it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest

from tests.lab.aws.asking import SERVICES, connect
from tests.lab.aws.client import Double, running
from tests.lab.aws.scenario import salmon


@pytest.fixture(scope="package")
def process() -> Iterator[Double]:
    if find_spec("moto") is None:
        pytest.skip("needs moto")
    with running(salmon()) as double:
        yield double


@pytest.fixture(scope="package")
def clients(process: Double) -> Iterator[dict[str, Any]]:
    made = {service: connect(process, service) for service in SERVICES}
    yield made
    for client in made.values():
        client.close()


@pytest.fixture
def batch(clients: dict[str, Any]) -> Any:
    return clients["batch"]


@pytest.fixture
def ecs(clients: dict[str, Any]) -> Any:
    return clients["ecs"]


@pytest.fixture
def ec2(clients: dict[str, Any]) -> Any:
    return clients["ec2"]


@pytest.fixture
def double(process: Double) -> Double:
    """The same process for all tests, holding salmon() anew for each."""
    process.load(salmon())
    return process
