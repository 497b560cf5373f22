"""Writes JSON, and reads JSON that others may have edited."""

from __future__ import annotations

import json
from typing import Any


def dumps(value: object) -> str:
    """Sorted and indented, so that a diff shows what changed."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def loads(text: str) -> Any:
    """The value of a JSON text. ValueError, also if a key is repeated, as readers of JSON differ in that."""
    try:
        return json.loads(text, object_pairs_hook=_once)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def params(values: object) -> str:
    """The content of a file for Nextflow's -params-file, in the order of the profile.

    Nextflow reads the file in the machine's encoding, thus ASCII, and replaces `${…}` in it, thus the escape.
    """
    return json.dumps(values, indent=2, ensure_ascii=True).replace("${", "\\u0024{") + "\n"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in found if keys.count(key) > 1)
        raise ValueError(f"the key {twice[:40]!r} is repeated")
    return found
