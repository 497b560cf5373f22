"""Suggestions for misspelt words."""

from __future__ import annotations

from collections.abc import Iterable


def near(word: str, known: Iterable[str]) -> str:
    """`did you mean 'x'?`, or an empty text if no known word is similar."""
    found = nearest(word, known)
    return f"did you mean '{found}'?" if found else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """The most similar known word, or an empty text."""
    ranked = [(rank, name) for name in known if (rank := _rank(word.lower(), name.lower())) is not None]
    return min(ranked)[1] if ranked else ""


def _rank(word: str, name: str) -> int | None:
    """The rank of a name, lower for a more similar one; None if it is not similar. Typing errors rank before short
    forms, such as `work` of `work_dir`."""
    most = -(-len(word) // 4)
    slips = _slips(word, name) if abs(len(word) - len(name)) <= most else most + 1
    if slips <= most:
        return slips
    short, long = sorted((word, name), key=len)
    in_short = len(short) > 2 and (name.startswith(word) or short in long.replace("-", "_").split("_"))
    return len(long) if in_short else None


def _slips(a: str, b: str) -> int:
    """The number of letters that are wrong, missing, too many or swapped."""
    before, row = [0] * (len(b) + 1), list(range(len(b) + 1))
    for i, one in enumerate(a, 1):
        last, before, row = before, row, [i]
        for j, other in enumerate(b, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (one != other))
            if i > 1 and j > 1 and one == b[j - 2] and a[i - 2] == other:
                least = min(least, last[j - 2] + 1)
            row.append(least)
    return row[-1]
