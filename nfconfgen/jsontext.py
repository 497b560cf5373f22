"""The one way a value gets into JSON, and out of JSON that anybody may have touched."""

from __future__ import annotations

import json
from typing import Any


def dumps(value: object) -> str:
    """Sorted and indented, so that a diff shows what changed."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def loads(text: str) -> Any:
    """The value of a text that every reader of JSON would take for the same. ValueError for any other."""
    try:
        return json.loads(text, object_pairs_hook=_once)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def params(values: object) -> str:
    """A file for Nextflow's -params-file, in the order of the profile.

    Nextflow reads it in the machine's own encoding, and puts values of its own in the place of `${…}`.
    """
    return json.dumps(values, indent=2, ensure_ascii=True).replace("${", "\\u0024{") + "\n"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in found if keys.count(key) > 1)
        raise ValueError(f"the key {twice[:40]!r} stands there twice")
    return found
