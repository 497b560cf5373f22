"""The one way a value gets into JSON: outputs, lock, reports."""

from __future__ import annotations

import json


def dumps(value: object) -> str:
    """Sorted and indented, so that a diff shows what changed."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
