"""Departures from the schema in the user's words."""

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
_Message = Callable[[Departure, Document, Rules], Iterator[Finding]]


def findings(departures: list[Departure], document: Document, rules: Rules) -> list[Finding]:
    """Each departure at the place of the key or value that departs."""
    # what is wrong with a value of the wrong type besides is no news
    mistyped = {it.path for it in departures if it.keyword == "type"}
    return [
        finding
        for it in departures
        if it.keyword == "type" or it.path not in mistyped
        for finding in _MESSAGES.get(it.keyword, _other)(it, document, rules)
    ]


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
    return key_hints.advice(key, known) or near(key, known) or f"known here: {', '.join(known)}"


def _missing_key(it: Departure, document: Document, rules: Rules) -> Iterator[Finding]:
    known = it.schema.get("properties", {})
    for key in it.expected:
        if key in it.instance or document.has_key((*it.path, key)):
            continue
        misspelt = [other for other in it.instance if other not in known and near(other, [key])]
        if misspelt:
            # the same finding as for any unknown key, and not a second one for the key that is missed
            advice = (
                _unknown_advice(misspelt[0], [*known, key], rules) if len(known) > 1 else near(misspelt[0], [key])
            )
            yield _unknown_key(misspelt[0], it, document, advice)
        else:
            described = _described(known.get(key, {}), rules)
            yield Finding(document.key_place(it.path), "missing-key", f"'{key}' is missing", described)


def _described(part: Rules, rules: Rules) -> str:
    """An example of a key, as advice."""
    if "$ref" in part:
        part = rules["definitions"][part["$ref"].rsplit("/", 1)[1]]
    return _example(part)


def _example(part: Rules) -> str:
    examples = part.get("examples", [])
    return f"as in {_flow(examples[0])}" if examples else ""


def _flow(value: object) -> str:
    """A short value as it is written in a profile."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    return f"[{', '.join(map(_flow, value))}]" if isinstance(value, list) else str(value)


def _wrong_type(it: Departure, document: Document, rules: Rules) -> Iterator[Finding]:
    if document.data is None:
        yield Finding(
            document.place(()), "empty", "the profile is empty", "`nfconfgen schema` shows what goes into it"
        )
        return
    names = [it.expected] if isinstance(it.expected, str) else list(it.expected)
    rule, says = it.schema.get("x-rule", "wrong-type"), it.schema.get("x-says")
    unit = _unit_advice(rule, it.instance, document.written(it.path))
    what = says if unit and says else " or ".join(_TYPES[name] for name in names)
    given = "nothing" if it.instance is None else _kind(it.instance, document.written(it.path))
    advice = unit or _type_advice(names, it, document)
    message = f"{_name(it)} must be {what}, not {given}"
    yield Finding(document.place(it.path), rule if unit else "wrong-type", message, advice)


def _type_advice(names: list[str], it: Departure, document: Document) -> str:
    written = document.written(it.path)
    if "string" in names and written and it.instance is not None:
        return f'put quotes around it: "{written}"' if len(written) < 40 else "put quotes around it"
    if isinstance(it.instance, str) and "array" in names:
        return (
            f"write it as a list: [{it.instance}]"
            if shown(it.instance) == f"'{it.instance}'"
            else "write it as a list"
        )
    if isinstance(it.instance, str) and it.instance.isdigit():
        return "take the quotes off"
    return _example(it.schema) if names == ["object"] else ""


def _kind(value: object, written: str = "") -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return shown(value) if isinstance(value, str) else shown_number(written)


def _name(it: Departure) -> str:
    if not it.path:
        return "the profile"
    return shown(it.path[-1]) if isinstance(it.path[-1], str) else f"an item of '{it.path[-2]}'"


def _pattern(it: Departure, document: Document, rules: Rules) -> Iterator[Finding]:
    rule, says = it.schema.get("x-rule", "format"), it.schema.get("x-says", "something else")
    if it.is_key:
        place = document.key_place((*it.path, it.instance))
        yield Finding(place, rule, f"{shown(it.instance)} must be {says}")
        return
    message = f"{_name(it)} must be {says}, not {shown(it.instance)}"
    yield Finding(document.place(it.path), rule, message, _unit_advice(rule, it.instance))


def _unit_advice(rule: str, value: object, written: str = "") -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = written or str(value)
    if rule == "memory-unit":
        return units.memory_advice(text)
    if rule == "time-unit" and not isinstance(value, str):
        return (
            f"say the unit, as in {text}h"
            if isinstance(value, float)
            else f"say the unit, as in {text}s, {text}m or {text}h"
        )
    return units.time_advice(text) if rule == "time-unit" else ""


def _not_one_of(it: Departure, document: Document, rules: Rules) -> Iterator[Finding]:
    allowed = list(it.expected)
    if it.path == ("nfconfgen",):
        advice = "this nfconfgen reads format 1"
        yield Finding(document.place(it.path), "version", f"format {shown(it.instance)} is not known", advice)
        return
    listed = ", ".join(map(str, allowed))
    advice = near(it.instance, allowed) if isinstance(it.instance, str) else ""
    message = f"{_name(it)} must be one of {listed}; it is {shown(it.instance)}"
    yield Finding(document.place(it.path), "not-one-of", message, advice)


def _out_of_range(it: Departure, document: Document, rules: Rules) -> Iterator[Finding]:
    word = "at least" if it.keyword == "minimum" else "at most"
    rule = it.schema.get("x-rule", "out-of-range")
    message = f"{_name(it)} must be {word} {it.expected}, not {shown_number(document.written(it.path))}"
    advice = "exit code 0 is success" if rule == "exit-code" and it.instance == 0 else ""
    yield Finding(document.place(it.path), rule, message, advice)


def _too_few(it: Departure, document: Document, rules: Rules) -> Iterator[Finding]:
    yield Finding(document.place(it.path), "empty", f"{_name(it)} is empty", _example(it.schema))


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


_MESSAGES: dict[str, _Message] = {
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
