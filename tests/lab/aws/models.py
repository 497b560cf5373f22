"""What AWS's services look like is read once for all tests of a process, not for each session of boto3."""

from __future__ import annotations

from functools import cache
from typing import Any

SERVICES = ("batch", "ec2", "ecs", "iam", "s3")


@cache
def keep() -> None:
    """botocore reads megabytes of JSON for each session; nothing changes them."""
    from botocore.loaders import JSONFileLoader

    read = JSONFileLoader.load_file
    kept: dict[str, Any] = {}

    def load_file(self: Any, file_path: str) -> Any:
        if file_path not in kept:
            kept[file_path] = read(self, file_path)
        return kept[file_path]

    JSONFileLoader.load_file = load_file


def load() -> None:
    """Read them all now, for processes that are forked."""
    import boto3

    keep()
    session = boto3.Session("none", "none", region_name="eu-central-1")
    for service in SERVICES:
        session.client(service).close()
