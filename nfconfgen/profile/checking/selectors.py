"""Selectors as Nextflow matches them: a regular expression on the whole name, negated by a leading `!`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

_LITERAL = re.compile(r"[A-Za-z0-9_:-]+")
_REPEAT = re.compile(r"[*+]")
_MOST_REPEATS = 3
"""With more, or with a repeated group, matching may take exponential time."""


def unusable(selector: str) -> str:
    """Advice on a selector that is not valid; empty if it is valid."""
    if _LITERAL.fullmatch(selector):
        return ""
    glob = re.search(r"[A-Za-z0-9_:][*]", selector)
    if glob is not None:
        return f"* repeats the character before it; for any ending write {selector[: glob.start() + 1]}.*"
    if len(_REPEAT.findall(selector)) > _MOST_REPEATS or re.search(r"\)[*+?]|\.?[*+?][*+]", selector):
        return f"use at most {_MOST_REPEATS} of * and +, and none after a group"
    try:
        _compiled(selector)
    except re.error:
        return "write it as in STAR.* or STAR|SALMON"
    return ""


def matches(selector: str, name: str) -> bool:
    """Whether this valid selector matches the name."""
    return (_compiled(selector).fullmatch(name) is not None) is not selector.startswith("!")


@lru_cache(maxsize=4096)
def _compiled(selector: str) -> re.Pattern[str]:
    # the cache of `re` has 512 places, which a profile with more selectors would keep emptying
    return re.compile(selector.removeprefix("!"))


def collisions(selectors: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of selectors that match the same name, tried with the names that they contain; each pair once."""
    for at, one in enumerate(selectors):
        if _LITERAL.fullmatch(one):
            continue
        for number, other in enumerate(selectors):
            earlier_pattern = number < at and not _LITERAL.fullmatch(other)
            if other != one and not earlier_pattern and _meet(one, other):
                yield one, other


def _meet(one: str, other: str) -> bool:
    pairs = ((one, other), (other, one))
    return any(matches(selector, name) for selector, source in pairs for name in _names(source))


def _names(selector: str) -> list[str]:
    """The names in a selector, `A` and `B` of `A|B`; a pattern such as `STAR.*` counts as one."""
    return [] if selector.startswith("!") else selector.split("|")
