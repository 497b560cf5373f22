"""Suggestions for words that are probably misspelt."""

from __future__ import annotations

from collections.abc import Iterable


def near(word: str, known: Iterable[str]) -> str:
    """`did you mean 'x'?`, or nothing when nothing is near."""
    import difflib  # only spent where something is wrong

    lower = {name.lower(): name for name in known}
    matches = difflib.get_close_matches(word.lower(), list(lower), n=1, cutoff=0.6)
    return f"did you mean '{lower[matches[0]]}'?" if matches else ""
