"""How findings speak of many things in one line."""

from __future__ import annotations

from collections.abc import Iterable


def some(names: Iterable[str], most: int = 4) -> str:
    """`a, b and 12 more`, each once."""
    listed = list(dict.fromkeys(names))
    if len(listed) <= most + 1:
        return ", ".join(listed)
    return f"{', '.join(listed[:most])} and {len(listed) - most} more"
