"""Judges a document by schemas/profile.schema.json."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from nfconfgen._data import folder
from nfconfgen.profile.document import fast_schema
from nfconfgen.profile.document.yaml12 import Document, Path

Rules = dict[str, Any]


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
