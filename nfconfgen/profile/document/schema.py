"""Departures of a document from schemas/profile.schema.json, and the document without them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from nfconfgen._data import folder
from nfconfgen.profile.document import fast_schema, key_hints
from nfconfgen.profile.document.variants import names
from nfconfgen.profile.document.yaml12 import UNREAD, Document, Path
from nfconfgen.suggest import nearest

Rules = dict[str, Any]
_Entry = TypeVar("_Entry")

UNPROVEN = frozenset({"missing-memory", "param-parity", "task-parity", "unknown-param", "retry-codes", "retry-last"})
"""Rules about missing values: what was left out may contain them."""

_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Departure:
    """A value at `path` (with `is_key` a key in it) that violates `keyword` of `schema`, which expects `expected`."""

    path: Path
    keyword: str
    expected: Any
    instance: Any
    schema: Rules
    is_key: bool


def schema(name: str = "profile") -> Rules:
    """A schema of the folder schemas/: profile, lock, report …"""
    return dict(json.loads((folder("schemas") / f"{name}.schema.json").read_text(encoding="utf-8")))


def with_variants(rules: Rules, document: Document) -> Rules:
    """The schema for a document in which variants are sites: it accepts their names, and theirs alone."""
    own = [re.escape(name) for name in names(document)]
    if not own:
        return rules
    sites = rules["properties"]["sites"]
    named = {**sites["propertyNames"], "pattern": rf"{sites['propertyNames']['pattern']}|^({'|'.join(own)})$"}
    return {**rules, "properties": {**rules["properties"], "sites": {**sites, "propertyNames": named}}}


def departures(document: Document, rules: Rules) -> list[Departure]:
    """Every departure of the document."""
    if fast_schema.fits(document.data, rules):
        return []
    import jsonschema  # takes 90 ms

    extend: Any = jsonschema.validators.extend  # type: ignore[attr-defined, unused-ignore]
    validator = extend(jsonschema.Draft7Validator, {"pattern": _pattern})
    return [
        Departure(
            path=tuple(error.absolute_path),
            keyword=str(error.validator),
            expected=error.validator_value,
            instance=error.instance,
            schema=error.schema if isinstance(error.schema, dict) else {},
            is_key="propertyNames" in error.absolute_schema_path,
        )
        for error in validator(rules).iter_errors(document.data)
    ]


def _pattern(validator: Any, pattern: str, value: object, rules: Rules) -> Any:
    """`pattern` as in JSON Schema: in Python a `$` also matches before a final line break."""
    from jsonschema.exceptions import ValidationError

    if isinstance(value, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), value):
        yield ValidationError(f"{value!r} does not match")


def unread(data: Any) -> Any:
    """A copy without the values that were not read from the YAML."""
    if isinstance(data, dict):
        return {key: unread(value) for key, value in data.items() if value is not UNREAD}
    if isinstance(data, list):
        return [unread(value) for value in data if value is not UNREAD]
    return None if data is UNREAD else data


def respelt(document: Document, found: list[Departure], rules: Rules) -> tuple[Document, list[Departure]]:
    """The document with its misspelt keys corrected, and its remaining departures. Without this, everything that a
    misspelt key sets would be reported as missing as well."""
    for _ in range(_ROUNDS):  # one level at a time: nothing below an unknown key is checked
        before = document
        for it in found:
            if it.keyword == "additionalProperties":
                document = _meant(document, it)
        if document is before:
            break
        found = departures(document, rules)
    return document, found


def _meant(document: Document, it: Departure) -> Document:
    for key in (key for key in it.instance if key not in it.schema["properties"]):
        free = [name for name in it.schema["properties"] if not document.has_key((*it.path, name))]
        name = key_hints.meant(key, free) or nearest(key, free)
        if name:
            document = _renamed(document, (*it.path, key), name)
    return document


def _renamed(document: Document, path: Path, name: str) -> Document:
    """The document with another name for this key; values below it keep their positions."""
    inside = {name if key == path[-1] else key: value for key, value in document.data_at(path[:-1]).items()}
    return replace(
        document,
        data=_with(document.data, path[:-1], inside),
        values=_moved(document.values, path, name),
        keys=_moved(document.keys, path, name),
        plain=_moved(document.plain, path, name),
    )


def _moved(entries: dict[Path, _Entry], path: Path, name: str) -> dict[Path, _Entry]:
    deep = len(path)
    return {(*path[:-1], name, *at[deep:]) if at[:deep] == path else at: entry for at, entry in entries.items()}


def _with(data: Any, path: Path, value: Any) -> Any:
    """The same data with another value at this path."""
    if not path:
        return value
    if isinstance(data, list):
        return [_with(one, path[1:], value) if at == path[0] else one for at, one in enumerate(data)]
    return {**data, path[0]: _with(data[path[0]], path[1:], value)}


def sound(document: Document, found: list[Departure], rules: Rules) -> tuple[Document | None, bool]:
    """The part of a document that fits the schema (None: too little), and whether it lacks more than unknown keys."""
    pruned = False
    for _ in range(_ROUNDS):
        if not found:
            return document, pruned
        pruned = pruned or any(it.keyword != "additionalProperties" for it in found)
        data = unread(document.data)
        for it in found:
            if not it.path and it.keyword != "additionalProperties":
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
            parent[it.path[-1]] = [one for at, one in enumerate(it.instance) if one not in it.instance[:at]]
    else:
        # later items of a list would change their positions, so the whole list is removed
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
