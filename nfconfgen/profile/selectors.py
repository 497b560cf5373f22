"""Selectors as Nextflow matches them: a regular expression on the whole name, negated by a leading `!`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_LITERAL = re.compile(r"[A-Za-z0-9_:-]+")
_REPEAT = re.compile(r"[*+]")
_MOST_REPEATS = 3
"""With more, or with a repeated group, matching can take time beyond all measure."""


def unusable(selector: str) -> str:
    """Why this is no selector, as advice; empty if it is one."""
    if _LITERAL.fullmatch(selector):
        return ""
    glob = re.search(r"[A-Za-z0-9_:][*]", selector)
    if glob is not None:
        return f"* repeats the character before it; for any ending write {selector[: glob.start() + 1]}.*"
    if len(_REPEAT.findall(selector)) > _MOST_REPEATS or re.search(r"\)[*+?]|\.?[*+?][*+]", selector):
        return f"at most {_MOST_REPEATS} of * and +, and none behind a group"
    try:
        re.compile(_pattern(selector))
    except re.error:
        return "as in STAR.* or STAR|SALMON"
    return ""


def collisions(selectors: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of selectors that match the same name, as far as the names in them tell; each pair once."""
    patterns = {selector: re.compile(_pattern(selector)) for selector in selectors}
    for at, one in enumerate(selectors):
        if _LITERAL.fullmatch(one):
            continue
        for number, other in enumerate(selectors):
            earlier_pattern = number < at and not _LITERAL.fullmatch(other)
            if other != one and not earlier_pattern and _meet(one, other, patterns):
                yield one, other


def _meet(one: str, other: str, patterns: dict[str, re.Pattern[str]]) -> bool:
    return any(_matches(one, name, patterns) for name in _names(other)) or any(
        _matches(other, name, patterns) for name in _names(one)
    )


def _matches(selector: str, name: str, patterns: dict[str, re.Pattern[str]]) -> bool:
    return (patterns[selector].fullmatch(name) is not None) is not selector.startswith("!")


def _names(selector: str) -> list[str]:
    """The names that stand in a selector, `A` and `B` of `A|B`; a pattern such as `STAR.*` stands for itself."""
    return [] if selector.startswith("!") else selector.split("|")


def _pattern(selector: str) -> str:
    return selector.removeprefix("!")
