"""Names of processes and values of their attempts, as short as they can be in a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def collapsed(values: list[str]) -> list[str]:
    """One value if all attempts have the same."""
    return values[:1] if len(set(values)) == 1 else values


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Each name with as few of the workflows around it as make it unique."""
    ends: Counter[str] = Counter()
    every = dict.fromkeys(names)
    for name in every:
        ends.update(_ends(name))
    return {name: next((end for end in _ends(name) if ends[end] == 1), name) for name in every}


def _ends(name: str) -> list[str]:
    parts = name.split(":")
    return [":".join(parts[begin:]) for begin in reversed(range(len(parts)))]
