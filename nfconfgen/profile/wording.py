"""Departures from the schema in the user's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from nfconfgen.findings import Finding
from nfconfgen.near import near
from nfconfgen.profile import units
from nfconfgen.profile.schema import Departure, Rules
from nfconfgen.profile.secrets import HIDDEN, looks_secret, shown
from nfconfgen.profile.yaml12 import Document

_TYPES = {
    "object": "a mapping (key: value)",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}
_Judge = Callable[[Departure, Document, Rules], Iterator[Finding]]


def findings(departures: list[Departure], document: Document, rules: Rules) -> list[Finding]:
    """Each departure at the place of the key or value that departs."""
    return [
        finding
        for departure in departures
        for finding in _JUDGES.get(departure.keyword, _other)(departure, document, rules)
    ]


def _unknown_keys(it: Departure, document: Document, rules: Rules) -> Iterator[Finding]:
    known = list(it.schema["properties"])
    for key in it.instance:
        if key in known:
            continue
        place = document.key_place((*it.path, key))
        yield Finding(place, "unknown-key", f"unknown key {_key(key)}", _unknown_advice(key, known, rules))


def _key(key: str) -> str:
    return HIDDEN if looks_secret(key) else f"'{key}'"


def _unknown_advice(key: str, known: list[str], rules: Rules) -> str:
    for executor in ("slurm", "awsbatch"):
        theirs = rules["definitions"][f"{executor}Site"]["properties"]
        if "executor" in known and key in theirs:
            return f"only {executor} sites have it"
    return near(key, known) or f"known here: {', '.join(known)}"


def _missing_key(it: Departure, document: Document, rules: Rules) -> Iterator[Finding]:
    for key in it.expected:
        if key not in it.instance:
            described = _described(it.schema.get("properties", {}).get(key, {}), rules)
            yield Finding(document.key_place(it.path), "missing-key", f"'{key}' is missing", described)


def _described(part: dict[str, Any], rules: Rules) -> str:
    """The first sentence of a key's description, as advice."""
    if "$ref" in part:
        part = rules["definitions"][part["$ref"].rsplit("/", 1)[1]]
    sentence = str(part.get("description", "")).partition(". ")[0].rstrip(".")
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() else sentence


def _wrong_type(it: Departure, document: Document, rules: Rules) -> Iterator[Finding]:
    wanted = it.expected
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    if document.data is None:
        yield Finding(
            document.place(()), "empty", "the profile is empty", "`nfconfgen schema` shows what goes into it"
        )
        return
    rule, says = it.schema.get("x-rule", "wrong-type"), it.schema.get("x-says")
    unit = _unit_advice(rule, it.instance)
    what = says if unit and says else " or ".join(_TYPES[name] for name in names)
    rule = rule if unit else "wrong-type"
    given = "nothing" if it.instance is None else _kind(it.instance)
    yield Finding(document.place(it.path), rule, f"{_name(it)} must be {what}, not {given}", unit)


def _kind(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else shown(value)


def _name(it: Departure) -> str:
    if not it.path:
        return "the profile"
    return f"'{it.path[-1]}'" if isinstance(it.path[-1], str) else f"an item of '{it.path[-2]}'"


def _pattern(it: Departure, document: Document, rules: Rules) -> Iterator[Finding]:
    rule = it.schema.get("x-rule", "format")
    place = document.key_place((*it.path, it.instance)) if it.is_key else document.place(it.path)
    subject = shown(it.instance) if it.is_key else f"{_name(it)} is {shown(it.instance)}"
    says = it.schema.get("x-says", "something else")
    yield Finding(place, rule, f"{subject}, not {says}", _unit_advice(rule, it.instance))


def _unit_advice(rule: str, value: object) -> str:
    if rule == "memory-unit" and isinstance(value, str | int | float) and not isinstance(value, bool):
        return units.memory_advice(str(value))
    if rule == "time-unit" and isinstance(value, int) and not isinstance(value, bool):
        return f"say the unit, as in {value}m or {value}h"
    if rule == "time-unit" and isinstance(value, str) and value.count(":") == 1:
        return f"write {value}:00 for hours and minutes, 00:{value} for minutes and seconds"
    return ""


def _not_one_of(it: Departure, document: Document, rules: Rules) -> Iterator[Finding]:
    allowed = list(it.expected)
    if it.path == ("nfconfgen",):
        advice = "this nfconfgen reads format 1"
        yield Finding(document.place(it.path), "version", f"format {shown(it.instance)} is not known", advice)
        return
    listed = ", ".join(map(str, allowed))
    advice = near(it.instance, allowed) if isinstance(it.instance, str) else ""
    message = f"{_name(it)} is {shown(it.instance)}, not one of {listed}"
    yield Finding(document.place(it.path), "not-one-of", message, advice)


def _out_of_range(it: Departure, document: Document, rules: Rules) -> Iterator[Finding]:
    word = "at least" if it.keyword == "minimum" else "at most"
    rule = it.schema.get("x-rule", "out-of-range")
    message = f"{_name(it)} is {shown(it.instance)}, must be {word} {it.expected}"
    yield Finding(document.place(it.path), rule, message)


def _too_few(it: Departure, document: Document, rules: Rules) -> Iterator[Finding]:
    yield Finding(document.place(it.path), "empty", f"{_name(it)} is empty", "")


def _twice(it: Departure, document: Document, rules: Rules) -> Iterator[Finding]:
    for index, item in enumerate(it.instance):
        if item in it.instance[:index]:
            place = document.place((*it.path, index))
            yield Finding(place, "duplicate", f"{shown(item)} stands in {_name(it)} twice", "keep one")


def _other(it: Departure, document: Document, rules: Rules) -> Iterator[Finding]:
    yield Finding(
        document.place(it.path),
        "schema",
        f"{_name(it)}: does not fit '{it.keyword}' of the schema",
    )


_JUDGES: dict[str, _Judge] = {
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
