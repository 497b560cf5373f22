"""Leaves out of a document what departs from the schema, so that the rest can be judged by what it means."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nfconfgen.profile.document import schema
from nfconfgen.profile.document.respell import respelt
from nfconfgen.profile.document.schema import Departure, Rules
from nfconfgen.profile.document.yaml12 import UNREAD, Document, Path

UNPROVEN = frozenset({"missing-memory", "param-parity", "task-parity", "unknown-param", "retry-codes"})
"""Rules that complain of what is missing: after pruning it may have been there."""

_ROUNDS = 8


def unread(data: Any) -> Any:
    """A copy without the values that YAML was not read for."""
    if isinstance(data, dict):
        return {key: unread(value) for key, value in data.items() if value is not UNREAD}
    if isinstance(data, list):
        return [unread(value) for value in data if value is not UNREAD]
    return None if data is UNREAD else data


def sound(document: Document, departures: list[Departure], rules: Rules) -> tuple[Document | None, bool]:
    """The part of the document that fits the schema (None: too little), and whether more than unknown keys is
    missing from it."""
    document, departures = respelt(document, departures, rules)
    pruned = False
    for _ in range(_ROUNDS):
        if not departures:
            return document, pruned
        pruned = pruned or any(it.keyword != "additionalProperties" for it in departures)
        data = unread(document.data)
        for it in departures:
            if not it.path and it.keyword not in ("additionalProperties",):
                return None, True
            _leave_out(data, it)
        document = replace(document, data=data)
        departures = schema.departures(document, rules)
    return None, True


def _leave_out(data: Any, it: Departure) -> None:
    if it.keyword == "additionalProperties":
        for key in set(it.instance) - set(it.schema["properties"]):
            _remove(data, (*it.path, key))
    elif it.is_key:
        _remove(data, (*it.path, it.instance))
    elif it.keyword == "uniqueItems":
        parent = _at(data, it.path[:-1])
        if isinstance(parent, dict) and it.path[-1] in parent:
            parent[it.path[-1]] = list(dict.fromkeys(it.instance))
    else:
        # the places of a list's later items would no longer be right, so the list goes as a whole
        _remove(data, next((it.path[:n] for n, step in enumerate(it.path) if isinstance(step, int)), it.path))


def _remove(data: Any, path: Path) -> None:
    parent = _at(data, path[:-1])
    if isinstance(parent, dict):
        parent.pop(path[-1], None)


def _at(data: Any, path: Path) -> Any:
    for step in path:
        if not isinstance(data, dict) or step not in data:
            return None
        data = data[step]
    return data
