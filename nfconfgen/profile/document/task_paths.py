"""Where the tasks of a document are set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nfconfgen.profile.document.yaml12 import Document, Path


def task_homes(document: Document) -> list[Path]:
    """The paths at which tasks may be set: for all sites, and for each."""
    return [("tasks",), *(("sites", name, "tasks") for name in mapping_at(document, ("sites",)))]


def class_paths(document: Document, home: Path) -> Iterator[Path]:
    """The default, labels and processes of the tasks at this path, also in a document that does not conform to the
    schema."""
    yield (*home, "default")
    for group in ("labels", "processes"):
        yield from ((*home, group, name) for name in mapping_at(document, (*home, group)))


def task_values(document: Document, key: str) -> Iterator[Path]:
    """The paths of every `key` of a task class, shared and by site."""
    for home in task_homes(document):
        yield from ((*path, key) for path in class_paths(document, home) if key in mapping_at(document, path))


def mapping_at(document: Document, path: Path) -> dict[str, Any]:
    """The mapping at this path; empty if there is none."""
    found = document.data_at(path)
    return found if isinstance(found, dict) else {}
