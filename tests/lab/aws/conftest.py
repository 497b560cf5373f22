"""boto3 clients that ask the double of tests/conftest.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.aws.asking import SERVICES, connect
from tests.lab.aws.client import Double


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
def ssm(clients: dict[str, Any]) -> Any:
    return clients["ssm"]


@pytest.fixture
def iam(clients: dict[str, Any]) -> Any:
    return clients["iam"]


@pytest.fixture
def s3(clients: dict[str, Any]) -> Any:
    return clients["s3"]


@pytest.fixture
def logs(clients: dict[str, Any]) -> Any:
    return clients["logs"]


@pytest.fixture
def cloudformation(clients: dict[str, Any]) -> Any:
    return clients["cloudformation"]


@pytest.fixture
def pricing(clients: dict[str, Any]) -> Any:
    return clients["pricing"]
