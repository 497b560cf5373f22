"""Departures from the schema as findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nfconfgen.findings import Finding
from nfconfgen.profile import units
from nfconfgen.profile.credentials import shown, shown_number
from nfconfgen.profile.document import key_hints
from nfconfgen.profile.document.schema import Departure, Rules
from nfconfgen.profile.document.yaml12 import Document
from nfconfgen.suggest import near

_TYPES = {
    "object": "a mapping (key: value)",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}

Text = tuple[str, str, str]
"""Rule, message and advice of a finding."""


def findings(departures: list[Departure], document: Document, rules: Rules) -> list[Finding]:
    """The findings about departures, each at the position of its key or value."""
    # other departures of a value of the wrong type follow from it
    mistyped = {it.path for it in departures if it.keyword == "type"}
    return [
        finding
        for it in departures
        if it.keyword == "type" or it.path not in mistyped
        for finding in _findings(it, document, rules)
    ]


def _findings(it: Departure, document: Document, rules: Rules) -> Iterator[Finding]:
    if it.keyword in _OF_PARTS:
        yield from _OF_PARTS[it.keyword](it, document, rules)
    else:
        place = document.key_place((*it.path, it.instance)) if it.is_key else document.place(it.path)
        yield Finding(place, *_MESSAGES.get(it.keyword, _other)(it, document))


def _unknown_keys(it: Departure, document: Document, rules: Rules) -> Iterator[Finding]:
    known = list(it.schema["properties"])
    for key in it.instance:
        if key not in known:
            yield _unknown_key(key, it, document, _unknown_advice(key, known, rules))


def _unknown_key(key: str, it: Departure, document: Document, advice: str) -> Finding:
    return Finding(document.key_place((*it.path, key)), "unknown-key", f"unknown key {shown(key)}", advice)


def _unknown_advice(key: str, known: list[str], rules: Rules) -> str:
    having = [
        f"{name.removesuffix('Site')} sites"
        for name, part in rules["definitions"].items()
        if name.endswith("Site") and key in part["properties"]
    ]
    if "executor" in known and having:
        return f"only {' and '.join(having)} have it"
    of_profiles = key_hints.advice(key, known) if "nfconfgen" in rules["properties"] else ""
    return of_profiles or near(key, known) or f"known here: {', '.join(known)}"


def _missing_keys(it: Departure, document: Document, rules: Rules) -> Iterator[Finding]:
    known = it.schema.get("properties", {})
    for key in it.expected:
        if key in it.instance or document.has_key((*it.path, key)):
            continue
        misspelt = next((other for other in it.instance if other not in known and near(other, [key])), None)
        if misspelt is not None:
            # the same finding as for any unknown key, instead of a second one for the missing key
            several = len(known) > 1
            advice = _unknown_advice(misspelt, [*known, key], rules) if several else near(misspelt, [key])
            yield _unknown_key(misspelt, it, document, advice)
        else:
            part = known.get(key, {})
            if "$ref" in part:
                part = rules["definitions"][part["$ref"].rsplit("/", 1)[1]]
            yield Finding(document.key_place(it.path), "missing-key", f"'{key}' is missing", _example(part))


def _repeated_items(it: Departure, document: Document, rules: Rules) -> Iterator[Finding]:
    for index, item in enumerate(it.instance):
        if item in it.instance[:index]:
            place = document.place((*it.path, index))
            yield Finding(place, "duplicate", f"{_name(it)} contains {shown(item)} twice", "keep one")


def _example(part: Rules) -> str:
    examples = part.get("examples", [])
    return f"as in {_flow(examples[0])}" if examples else ""


def _flow(value: object) -> str:
    """A short value in the syntax of a profile."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    return f"[{', '.join(map(_flow, value))}]" if isinstance(value, list) else str(value)


def _wrong_type(it: Departure, document: Document) -> Text:
    if document.data is None:
        return "empty", f"{_name(it)} is empty", "`nfconfgen schema` shows what it may contain"
    names = [it.expected] if isinstance(it.expected, str) else list(it.expected)
    rule, expected = it.schema.get("x-rule", "wrong-type"), it.schema.get("x-expected")
    written = document.written(it.path)
    unit = _unit_advice(rule, it.instance, written)
    what = expected if unit and expected else " or ".join(_TYPES[name] for name in names)
    message = f"{_name(it)} must be {what}, not {_kind(it.instance, written)}"
    return rule if unit else "wrong-type", message, unit or _type_advice(names, it, written)


def _type_advice(names: list[str], it: Departure, written: str) -> str:
    if "string" in names and written and it.instance is not None:
        return f'put quotes around it: "{written}"' if len(written) < 40 else "put quotes around it"
    if isinstance(it.instance, str) and "array" in names:
        plain = shown(it.instance) == f"'{it.instance}'"
        return f"write it as a list: [{it.instance}]" if plain else "write it as a list"
    if isinstance(it.instance, str) and it.instance.isdigit():
        return "remove the quotes"
    return _example(it.schema) if names == ["object"] else ""


def _kind(value: object, written: str) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return shown(value) if isinstance(value, str) else shown_number(written)


def _name(it: Departure) -> str:
    if not it.path:
        return str(it.schema.get("x-name", "the profile"))
    return shown(it.path[-1]) if isinstance(it.path[-1], str) else f"an item of '{it.path[-2]}'"


def _pattern(it: Departure, document: Document) -> Text:
    rule, expected = it.schema.get("x-rule", "format"), it.schema.get("x-expected", "something else")
    if it.is_key:
        return rule, f"{shown(it.instance)} must be {expected}", ""
    return rule, f"{_name(it)} must be {expected}, not {shown(it.instance)}", _unit_advice(rule, it.instance)


def _unit_advice(rule: str, value: object, written: str = "") -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = written or str(value)
    if rule == "memory-unit":
        return units.memory_advice(text)
    if rule == "time-unit" and not isinstance(value, str):
        examples = f"{text}h" if isinstance(value, float) else f"{text}s, {text}m or {text}h"
        return f"add the unit, as in {examples}"
    return units.time_advice(text) if rule == "time-unit" else ""


def _not_one_of(it: Departure, document: Document) -> Text:
    if it.path == ("nfconfgen",):
        return "version", f"format {shown(it.instance)} is unknown", "this nfconfgen reads format 1"
    advice = near(it.instance, it.expected) if isinstance(it.instance, str) else ""
    allowed = ", ".join(map(str, it.expected))
    return "not-one-of", f"{_name(it)} must be one of {allowed}; it is {shown(it.instance)}", advice


def _out_of_range(it: Departure, document: Document) -> Text:
    word = "at least" if it.keyword == "minimum" else "at most"
    rule = it.schema.get("x-rule", "out-of-range")
    advice = "exit code 0 means success" if rule == "exit-code" and it.instance == 0 else ""
    return rule, f"{_name(it)} must be {word} {it.expected}, not {shown_number(document.written(it.path))}", advice


def _too_few(it: Departure, document: Document) -> Text:
    return "empty", f"{_name(it)} is empty", _example(it.schema)


def _too_many(it: Departure, document: Document) -> Text:
    return "wrong-type", f"{_name(it)} has {len(it.instance)} keys", f"keep one of {', '.join(map(str, it.instance))}"


def _other(it: Departure, document: Document) -> Text:
    return "schema", f"{_name(it)} does not fit '{it.keyword}' of the schema", ""


_OF_PARTS: dict[str, Callable[[Departure, Document, Rules], Iterator[Finding]]] = {
    "additionalProperties": _unknown_keys,
    "required": _missing_keys,
    "uniqueItems": _repeated_items,
}
_MESSAGES: dict[str, Callable[[Departure, Document], Text]] = {
    "type": _wrong_type,
    "pattern": _pattern,
    "enum": _not_one_of,
    **dict.fromkeys(("minimum", "maximum"), _out_of_range),
    **dict.fromkeys(("minItems", "minLength", "minProperties"), _too_few),
    "maxProperties": _too_many,
}
