"""Whether a document fits a schema, yes or no, for what our schemas use of draft 7.

jsonschema says what is wrong, and takes 90 ms to be imported; most profiles have nothing wrong. Where this says no,
or a schema uses a keyword that is not known here, jsonschema decides; tests/profile/test_fast_schema.py compares
the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Rules = Mapping[str, Any]

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
_SILENT = {"$schema", "$id", "title", "description", "default", "examples", "definitions", "then"}
_SCALARS = (str, int, bool)


def fits(value: Any, rules: Rules) -> bool:
    """True: it does. False: it may not."""
    return _fits(value, rules, rules)


def _fits(value: Any, part: Rules, root: Rules) -> bool:
    if "$ref" in part:  # in draft 7 nothing beside it counts
        place = str(part["$ref"])
        name = place.removeprefix("#/definitions/")
        return place != name and name in root["definitions"] and _fits(value, root["definitions"][name], root)
    for keyword, expected in part.items():
        if keyword in _SILENT or keyword.startswith("x-"):
            continue
        check = _CHECKS.get(keyword)
        if check is None or not check(value, expected, part, root):
            return False
    return True


def _type(value: Any, expected: Any, part: Rules, root: Rules) -> bool:
    names = [expected] if isinstance(expected, str) else expected
    return any(_TYPES[name](value) for name in names)


def _enum(value: Any, expected: Any, part: Rules, root: Rules) -> bool:
    # 1, 1.0 and true are equal to Python
    return any(type(value) is type(one) and value == one for one in expected)


def _properties(value: Any, expected: Any, part: Rules, root: Rules) -> bool:
    return not isinstance(value, dict) or all(
        _fits(value[key], rules, root) for key, rules in expected.items() if key in value
    )


def _additional(value: Any, expected: Any, part: Rules, root: Rules) -> bool:
    if not isinstance(value, dict) or expected is True:
        return True
    others = [key for key in value if key not in part.get("properties", {})]
    return not others if expected is False else all(_fits(value[key], expected, root) for key in others)


def _names(value: Any, expected: Any, part: Rules, root: Rules) -> bool:
    return not isinstance(value, dict) or all(_fits(key, expected, root) for key in value)


def _required(value: Any, expected: Any, part: Rules, root: Rules) -> bool:
    return not isinstance(value, dict) or all(key in value for key in expected)


def _items(value: Any, expected: Any, part: Rules, root: Rules) -> bool:
    if not isinstance(expected, dict):
        return False
    return not isinstance(value, list) or all(_fits(item, expected, root) for item in value)


def _unique(value: Any, expected: Any, part: Rules, root: Rules) -> bool:
    if not isinstance(value, list) or not expected:
        return True
    # of other values jsonschema knows which are equal
    return all(isinstance(item, _SCALARS) for item in value) and len(set(value)) == len(value)


def _pattern(value: Any, expected: Any, part: Rules, root: Rules) -> bool:
    # as schema._pattern: for Python a `$` also matches before a last line break
    return not isinstance(value, str) or re.search(re.sub(r"\$$", r"\\Z", expected), value) is not None


def _if(value: Any, expected: Any, part: Rules, root: Rules) -> bool:
    if "else" in part:
        return False
    if _fits(value, expected, root):
        return _fits(value, part.get("then", {}), root)
    return _surely_not(value, expected)  # `it may not` is not enough to leave out what `then` asks for


def _surely_not(value: Any, condition: Rules) -> bool:
    """Whether this condition, of the kind {properties: {key: {enum: [text]}}, required: [key]}, does not hold."""
    if set(condition) - {"properties", "required"} or not isinstance(value, dict):
        return False
    if any(key not in value for key in condition.get("required", [])):
        return True
    named = condition.get("properties", {})
    return any(
        set(rules) == {"enum"} and isinstance(value.get(key), str) and value[key] not in rules["enum"]
        for key, rules in named.items()
    )


def _all_of(value: Any, expected: Any, part: Rules, root: Rules) -> bool:
    return all(_fits(value, rules, root) for rules in expected)


_Check = Callable[[Any, Any, Rules, Rules], bool]
_CHECKS: Mapping[str, _Check] = {
    "type": _type,
    "enum": _enum,
    "const": lambda value, expected, part, root: _enum(value, [expected], part, root),
    "properties": _properties,
    "additionalProperties": _additional,
    "propertyNames": _names,
    "required": _required,
    "items": _items,
    "uniqueItems": _unique,
    "pattern": _pattern,
    "if": _if,
    "allOf": _all_of,
    "minimum": lambda value, expected, part, root: not _TYPES["number"](value) or value >= expected,
    "maximum": lambda value, expected, part, root: not _TYPES["number"](value) or value <= expected,
    "minLength": lambda value, expected, part, root: not isinstance(value, str) or len(value) >= expected,
    "minItems": lambda value, expected, part, root: not isinstance(value, list) or len(value) >= expected,
    "minProperties": lambda value, expected, part, root: not isinstance(value, dict) or len(value) >= expected,
}
