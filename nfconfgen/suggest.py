"""Suggestions for misspelt words."""

from __future__ import annotations

from collections.abc import Iterable

_LENGTHS = (3, 6, 9)
"""The lengths from which on a word may have one, two or three typing errors: shorter ones would become any other."""
_SHORT_FORM = 100


def near(word: str, known: Iterable[str]) -> str:
    """`did you mean 'x'?`, or an empty text if no known word is similar."""
    found = nearest(word, known)
    return f"did you mean '{found}'?" if found else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """The most similar known word; an empty text if none is similar, or several are equally so."""
    ranked = [(rank, name) for name in set(known) if (rank := _rank(word.lower(), name.lower())) is not None]
    best = min(ranked, default=(0, ""))
    return best[1] if sum(rank == best[0] for rank, _ in ranked) == 1 else ""


def _rank(word: str, name: str) -> int | None:
    """The rank of a name, lower for a more similar one; None if it is not similar. Typing errors rank before short
    forms, such as `work` of `work_dir`."""
    slips = _typing_errors(word, name)
    if slips is not None:
        return slips
    short, long = sorted((word, name), key=len)
    return _SHORT_FORM if len(short) > 2 and (name.startswith(word) or short in _parts(long)) else None


def _typing_errors(word: str, name: str) -> int | None:
    """The number of typing errors that make one of the other, None if these are rather two words. `sort_bam` is
    another word than `stat_bam`: where both have parts, each part is compared."""
    whole = _weighed(word, name)
    if whole is not None and whole <= 1:
        return whole
    one, other = _parts(word), _parts(name)
    if len(one) == 1 or len(one) != len(other):
        return whole
    slips = [_weighed(*both) for both in zip(one, other, strict=True)]
    known = [count for count in slips if count is not None]
    return sum(known) if len(known) == len(slips) else None


def _weighed(word: str, name: str) -> int | None:
    """As _typing_errors, for words without parts. A wrong first letter counts twice: `lead` is no slip of `head`."""
    shortest, longest = sorted((len(word), len(name)))
    most = sum(shortest >= length for length in _LENGTHS)
    if longest - shortest > most:
        return None
    elsewhere = word[:1] not in name[:2] and name[:1] not in word[:2]
    slips = _slips(word, name) + elsewhere
    return slips if slips <= most else None


def _parts(text: str) -> list[str]:
    return text.replace("-", "_").split("_")


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
