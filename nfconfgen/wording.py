"""Singular, plural and lists in messages. Every check needs this module, so it imports nothing."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def plural(count: int, one: str, many: str = "") -> str:
    """`file` for 1, else `files` or the word `many`."""
    return one if count == 1 else many or f"{one}s"


def counted(count: int, one: str, many: str = "") -> str:
    """`1 file`, `2 files`."""
    return f"{count} {plural(count, one, many)}"


def listed(names: Iterable[str], most: int = 4, word: str = "") -> str:
    """`a, b and 12 more`, or with a word `a or b or 12 more`; each name once. A single name too many is shown anyway,
    as it takes no more space than `1 more`."""
    found = list(dict.fromkeys(names))
    between, last = (f" {word} ",) * 2 if word else (", ", " and ")
    if len(found) <= most + 1:
        return between.join(found)
    return f"{between.join(found[:most])}{last}{len(found) - most} more"
