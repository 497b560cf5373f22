"""Where the values of tasks stand in a profile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nfconfgen.profile.document.yaml12 import Document, Path


def task_values(document: Document, key: str) -> Iterator[Path]:
    """The paths of every `key` of a task class, shared and by site."""
    for home in task_homes(document):
        if key in mapping_at(document, (*home, "default")):
            yield (*home, "default", key)
        for group in ("labels", "processes"):
            for name, values in mapping_at(document, (*home, group)).items():
                if key in values:
                    yield (*home, group, name, key)


def task_homes(document: Document) -> list[Path]:
    """Where tasks may stand: for all sites, and at each."""
    return [("tasks",), *(("sites", name, "tasks") for name in document.data["sites"])]


def mapping_at(document: Document, path: Path) -> dict[str, Any]:
    """The mapping at this path; an empty one where there is none."""
    found = document.data_at(path)
    return found if isinstance(found, dict) else {}
