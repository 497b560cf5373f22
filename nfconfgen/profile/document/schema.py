"""What of a document departs from schemas/profile.schema.json, and what is left of it without."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from nfconfgen._data import folder
from nfconfgen.profile.document import fast_schema
from nfconfgen.profile.document.yaml12 import UNREAD, Document, Path

Rules = dict[str, Any]

UNPROVEN = frozenset({"missing-memory", "param-parity", "task-parity", "unknown-param", "retry-codes"})
"""Rules that complain of what is missing: it may stand in what was left out."""

_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Departure:
    """Where a document departs from the schema: the value at `path` (with `is_key` a key in it) breaks `keyword`,
    which stands in `schema` and expects `expected`."""

    path: Path
    keyword: str
    expected: Any
    instance: Any
    schema: Rules
    is_key: bool


def schema(name: str = "profile") -> Rules:
    """One of the schemas that ship with nfconfgen: profile, lock or report."""
    text = (folder("schemas") / f"{name}.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def departures(document: Document, rules: Rules) -> list[Departure]:
    """Every departure of the document."""
    if fast_schema.fits(document.data, rules):
        return []
    import jsonschema  # 90 ms, only spent where a profile is judged

    extend: Any = jsonschema.validators.extend  # type: ignore[attr-defined, unused-ignore]
    judge = extend(jsonschema.Draft7Validator, {"pattern": _pattern})
    return [
        Departure(
            path=tuple(error.absolute_path),
            keyword=str(error.validator),
            expected=error.validator_value,
            instance=error.instance,
            schema=error.schema if isinstance(error.schema, dict) else {},
            is_key="propertyNames" in error.absolute_schema_path,
        )
        for error in judge(rules).iter_errors(document.data)
    ]


def _pattern(validator: Any, pattern: str, value: object, rules: Rules) -> Any:
    """`pattern` as JSON Schema means it: for Python a `$` also matches before a last line break."""
    from jsonschema.exceptions import ValidationError

    if isinstance(value, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), value):
        yield ValidationError(f"{value!r} does not match")


def unread(data: Any) -> Any:
    """A copy without the values that YAML was not read for."""
    if isinstance(data, dict):
        return {key: unread(value) for key, value in data.items() if value is not UNREAD}
    if isinstance(data, list):
        return [unread(value) for value in data if value is not UNREAD]
    return None if data is UNREAD else data


def sound(document: Document, found: list[Departure], rules: Rules) -> tuple[Document | None, bool]:
    """The part of the document that fits the schema (None: too little), and whether more than unknown keys is
    missing from it."""
    pruned = False
    for _ in range(_ROUNDS):
        if not found:
            return document, pruned
        pruned = pruned or any(it.keyword != "additionalProperties" for it in found)
        data = unread(document.data)
        for it in found:
            if not it.path and it.keyword not in ("additionalProperties",):
                return None, True
            _leave_out(data, it)
        document = replace(document, data=data)
        found = departures(document, rules)
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
