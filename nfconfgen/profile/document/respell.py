"""Takes a misspelt key for the one that is meant, or all that follows from its absence would be reported as well."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from nfconfgen.profile.document import key_hints, schema
from nfconfgen.profile.document.schema import Departure, Rules
from nfconfgen.profile.document.yaml12 import Document, Path
from nfconfgen.suggest import nearest

_DEEPEST = 8
_Found = TypeVar("_Found")


def respelt(document: Document, departures: list[Departure], rules: Rules) -> tuple[Document, list[Departure]]:
    """The document with the keys that are meant, and how it departs from the schema then."""
    for _ in range(_DEEPEST):  # one level at a time: below an unknown key nothing is judged
        before = document
        for it in departures:
            if it.keyword == "additionalProperties":
                document = _meant(document, it)
        if document is before:
            break
        departures = schema.departures(document, rules)
    return document, departures


def _meant(document: Document, it: Departure) -> Document:
    for key in (key for key in it.instance if key not in it.schema["properties"]):
        free = [name for name in it.schema["properties"] if not document.has_key((*it.path, name))]
        name = key_hints.meant(key, free) or nearest(key, free)
        if name:
            document = _renamed(document, (*it.path, key), name)
    return document


def _renamed(document: Document, path: Path, name: str) -> Document:
    """What stands below the key keeps its places."""
    inside = {name if key == path[-1] else key: value for key, value in document.data_at(path[:-1]).items()}
    return replace(
        document,
        data=_with(document.data, path[:-1], inside),
        values=_moved(document.values, path, name),
        keys=_moved(document.keys, path, name),
        plain=_moved(document.plain, path, name),
    )


def _moved(found: dict[Path, _Found], path: Path, name: str) -> dict[Path, _Found]:
    deep = len(path)
    return {(*path[:-1], name, *at[deep:]) if at[:deep] == path else at: it for at, it in found.items()}


def _with(data: Any, path: Path, value: Any) -> Any:
    """The same data with another value at this path."""
    if not path:
        return value
    if isinstance(data, list):
        return [_with(one, path[1:], value) if at == path[0] else one for at, one in enumerate(data)]
    return {**data, path[0]: _with(data[path[0]], path[1:], value)}
