"""Judges a document by schemas/profile.schema.json and says what is wrong in the user's words."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from nfconfgen._data import folder
from nfconfgen.findings import Finding
from nfconfgen.profile import units
from nfconfgen.profile.secrets import looks_secret, shown
from nfconfgen.profile.yaml12 import Document, Path

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_TYPES = {
    "object": "a mapping (key: value)",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}


def schema(name: str = "profile") -> dict[str, Any]:
    """One of the schemas that ship with nfconfgen: profile, lock or report."""
    text = (folder("schemas") / f"{name}.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def check(document: Document) -> list[Finding]:
    """Every departure from the schema, at the place of the key or value that departs."""
    import jsonschema  # 90 ms, only spent where a profile is judged

    rules = schema()
    validator = jsonschema.Draft7Validator(rules)
    return [
        finding
        for error in validator.iter_errors(document.data)
        for finding in _JUDGES.get(str(error.validator), _other)(error, document, rules)
    ]


def _path(error: ValidationError) -> Path:
    return tuple(error.absolute_path)


def _unknown_keys(error: ValidationError, document: Document, rules: dict[str, Any]) -> Iterator[Finding]:
    known = list(error.schema["properties"])
    for key in error.instance:
        if key in known:
            continue
        place = document.key_place((*_path(error), key))
        yield Finding(place, "unknown-key", f"unknown key {_key(key)}", _unknown_advice(key, known, rules))


def _key(key: str) -> str:
    return "(hidden)" if looks_secret(key) else f"'{key}'"


def _unknown_advice(key: str, known: list[str], rules: dict[str, Any]) -> str:
    for executor in ("slurm", "awsbatch"):
        theirs = rules["definitions"][f"{executor}Site"]["properties"]
        if "executor" in known and key in theirs:
            return f"only {executor} sites have it"
    return near(key, known) or f"known here: {', '.join(known)}"


def near(word: str, known: list[str]) -> str:
    """`did you mean 'x'?`, or nothing when nothing is near."""
    lower = {name.lower(): name for name in known}
    matches = difflib.get_close_matches(word.lower(), list(lower), n=1, cutoff=0.6)
    return f"did you mean '{lower[matches[0]]}'?" if matches else ""


def _missing_key(error: ValidationError, document: Document, rules: dict[str, Any]) -> Iterator[Finding]:
    for key in error.validator_value:
        if key not in error.instance:
            described = _described(error.schema.get("properties", {}).get(key, {}), rules)
            yield Finding(document.key_place(_path(error)), "missing-key", f"'{key}' is missing", described)


def _described(part: dict[str, Any], rules: dict[str, Any]) -> str:
    """The first sentence of a key's description, as advice."""
    if "$ref" in part:
        part = rules["definitions"][part["$ref"].rsplit("/", 1)[1]]
    sentence = str(part.get("description", "")).partition(". ")[0].rstrip(".")
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() else sentence


def _wrong_type(error: ValidationError, document: Document, rules: dict[str, Any]) -> Iterator[Finding]:
    wanted = error.validator_value
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    if document.data is None:
        yield Finding(document.place(()), "empty", "the profile is empty", "`nfconfgen schema` shows what goes into it")
        return
    rule, says = error.schema.get("x-rule", "wrong-type"), error.schema.get("x-says")
    unit = _unit_advice(rule, error.instance)
    what = says if unit and says else " or ".join(_TYPES[name] for name in names)
    rule = rule if unit else "wrong-type"
    given = "nothing" if error.instance is None else _kind(error.instance)
    yield Finding(document.place(_path(error)), rule, f"{_name(error)} must be {what}, not {given}", unit)


def _kind(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else shown(value)


def _name(error: ValidationError) -> str:
    path = _path(error)
    if not path:
        return "the profile"
    return f"'{path[-1]}'" if isinstance(path[-1], str) else f"an item of '{path[-2]}'"


def _pattern(error: ValidationError, document: Document, rules: dict[str, Any]) -> Iterator[Finding]:
    rule = error.schema.get("x-rule", "format")
    is_key = "propertyNames" in error.absolute_schema_path
    place = document.key_place((*_path(error), error.instance)) if is_key else document.place(_path(error))
    subject = shown(error.instance) if is_key else f"{_name(error)} is {shown(error.instance)}"
    says = error.schema.get("x-says", "something else")
    yield Finding(place, rule, f"{subject}, not {says}", _unit_advice(rule, error.instance))


def _unit_advice(rule: str, value: object) -> str:
    if rule == "memory-unit" and isinstance(value, str | int | float) and not isinstance(value, bool):
        return units.memory_advice(str(value))
    if rule == "time-unit" and isinstance(value, int) and not isinstance(value, bool):
        return f"say the unit, as in {value}m or {value}h"
    if rule == "time-unit" and isinstance(value, str) and value.count(":") == 1:
        return f"write {value}:00 for hours and minutes, 00:{value} for minutes and seconds"
    return ""


def _not_one_of(error: ValidationError, document: Document, rules: dict[str, Any]) -> Iterator[Finding]:
    allowed = list(error.validator_value)
    if _path(error) == ("nfconfgen",):
        advice = "this nfconfgen reads format 1"
        yield Finding(document.place(_path(error)), "version", f"format {shown(error.instance)} is not known", advice)
        return
    listed = ", ".join(map(str, allowed))
    advice = near(error.instance, allowed) if isinstance(error.instance, str) else ""
    message = f"{_name(error)} is {shown(error.instance)}, not one of {listed}"
    yield Finding(document.place(_path(error)), "not-one-of", message, advice)


def _out_of_range(error: ValidationError, document: Document, rules: dict[str, Any]) -> Iterator[Finding]:
    word = "at least" if error.validator == "minimum" else "at most"
    rule = error.schema.get("x-rule", "out-of-range")
    message = f"{_name(error)} is {shown(error.instance)}, must be {word} {error.validator_value}"
    yield Finding(document.place(_path(error)), rule, message)


def _too_few(error: ValidationError, document: Document, rules: dict[str, Any]) -> Iterator[Finding]:
    yield Finding(document.place(_path(error)), "empty", f"{_name(error)} is empty", "")


def _twice(error: ValidationError, document: Document, rules: dict[str, Any]) -> Iterator[Finding]:
    for index, item in enumerate(error.instance):
        if item in error.instance[:index]:
            place = document.place((*_path(error), index))
            yield Finding(place, "duplicate", f"{shown(item)} stands in {_name(error)} twice", "keep one")


def _other(error: ValidationError, document: Document, rules: dict[str, Any]) -> Iterator[Finding]:
    yield Finding(document.place(_path(error)), "schema", f"{_name(error)}: does not fit '{error.validator}' of the schema")


_JUDGES: dict[str, Callable[[ValidationError, Document, dict[str, Any]], Iterator[Finding]]] = {
    "additionalProperties": _unknown_keys,
    "required": _missing_key,
    "type": _wrong_type,
    "pattern": _pattern,
    "enum": _not_one_of,
    "minimum": _out_of_range,
    "maximum": _out_of_range,
    "minItems": _too_few,
    "minLength": _too_few,
    "minProperties": _too_few,
    "uniqueItems": _twice,
}
