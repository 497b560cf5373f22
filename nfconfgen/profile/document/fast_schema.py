"""Whether a document fits a schema, yes or no, for the keywords of draft 7 that our schemas use.

jsonschema reports what is wrong, but takes 90 ms to import, and most profiles have no errors. If the answer here is
no, or a keyword is unknown here, jsonschema decides; tests/profile/test_fast_schema.py compares both.
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


def fits(value: Any, rules: Rules) -> bool:
    """True: the value fits. False: jsonschema has to decide."""
    return _fits(value, rules, rules)


def _fits(value: Any, part: Rules, root: Rules) -> bool:
    if "$ref" in part:  # draft 7 ignores its siblings
        place = str(part["$ref"])
        name = place.removeprefix("#/definitions/")
        return place != name and name in root["definitions"] and _fits(value, root["definitions"][name], root)
    for keyword, expected in part.items():
        if keyword in _SILENT or keyword.startswith("x-"):
            continue
        restricted, check = _CHECKS.get(keyword, ("", _unknown))
        if (not restricted or _TYPES[restricted](value)) and not check(value, expected, part, root):
            return False
    return True


def _unknown(value: Any, expected: Any, part: Rules, root: Rules) -> bool:
    return False


def _type(value: Any, expected: Any, part: Rules, root: Rules) -> bool:
    return any(_TYPES[name](value) for name in ([expected] if isinstance(expected, str) else expected))


def _enum(value: Any, expected: Any, part: Rules, root: Rules) -> bool:
    # 1, 1.0 and true are equal in Python
    return any(type(value) is type(one) and value == one for one in expected)


def _additional(value: Any, expected: Any, part: Rules, root: Rules) -> bool:
    if expected is True:
        return True
    others = [key for key in value if key not in part.get("properties", {})]
    return not others if expected is False else all(_fits(value[key], expected, root) for key in others)


def _unique(value: Any, expected: Any, part: Rules, root: Rules) -> bool:
    # what is equal in a schema is equal in Python, too
    return not expected or not any(item in value[:index] for index, item in enumerate(value))


def _pattern(value: Any, expected: Any, part: Rules, root: Rules) -> bool:
    # as schema._pattern: in Python a `$` also matches before a final line break
    return re.search(re.sub(r"\$$", r"\\Z", expected), value) is not None


def _if(value: Any, expected: Any, part: Rules, root: Rules) -> bool:
    if "else" in part:
        return False
    if _fits(value, expected, root):
        return _fits(value, part.get("then", {}), root)
    return _surely_not(value, expected)  # a mere no must not skip `then`


def _surely_not(value: Any, condition: Rules) -> bool:
    """Whether this condition, of the form {properties: {key: {enum: [text]}}, required: [key]}, does not hold."""
    if set(condition) - {"properties", "required"} or not isinstance(value, dict):
        return False
    return any(key not in value for key in condition.get("required", [])) or any(
        set(rules) == {"enum"} and isinstance(value.get(key), str) and value[key] not in rules["enum"]
        for key, rules in condition.get("properties", {}).items()
    )


_Check = Callable[[Any, Any, Rules, Rules], bool]
_CHECKS: Mapping[str, tuple[str, _Check]] = {
    # the type of the values that a keyword restricts (empty: every type), and its check
    "type": ("", _type),
    "enum": ("", _enum),
    "const": ("", lambda value, expected, part, root: _enum(value, [expected], part, root)),
    "if": ("", _if),
    "allOf": ("", lambda value, expected, part, root: all(_fits(value, rules, root) for rules in expected)),
    "properties": (
        "object",
        lambda value, expected, part, root: all(
            _fits(value[key], rules, root) for key, rules in expected.items() if key in value
        ),
    ),
    "additionalProperties": ("object", _additional),
    "propertyNames": ("object", lambda value, expected, part, root: all(_fits(key, expected, root) for key in value)),
    "required": ("object", lambda value, expected, part, root: all(key in value for key in expected)),
    "minProperties": ("object", lambda value, expected, part, root: len(value) >= expected),
    "maxProperties": ("object", lambda value, expected, part, root: len(value) <= expected),
    "items": (
        "array",
        lambda value, expected, part, root: (
            isinstance(expected, dict) and all(_fits(item, expected, root) for item in value)
        ),
    ),
    "uniqueItems": ("array", _unique),
    "minItems": ("array", lambda value, expected, part, root: len(value) >= expected),
    "pattern": ("string", _pattern),
    "minLength": ("string", lambda value, expected, part, root: len(value) >= expected),
    "minimum": ("number", lambda value, expected, part, root: value >= expected),
    "maximum": ("number", lambda value, expected, part, root: value <= expected),
}
