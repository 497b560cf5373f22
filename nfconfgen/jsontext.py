"""The one way a value gets into JSON: outputs, lock, reports."""

from __future__ import annotations

import json
from typing import Any


def dumps(value: object) -> str:
    """Sorted and indented, so that a diff shows what changed."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def loads(text: str) -> Any:
    """What a JSON text holds. ValueError also for `\\ud800` alone: it is half a character, which no file can hold."""
    value = json.loads(text)
    if "\\u" in text:
        json.dumps(value, ensure_ascii=False).encode()
    return value
