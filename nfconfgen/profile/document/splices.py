"""Replaces pieces of a YAML text, so that comments keep their columns."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nfconfgen.errors import UsageError
from nfconfgen.profile.document.yaml_nodes import Span, scalars

BREAK = re.compile(r"\r\n|\r(?!\n)|\n")
_COMMENT = re.compile(r"#[^\r\n]*")
_LINE = re.compile(r"[^\r\n]*")


@dataclass(frozen=True, slots=True)
class Splice:
    """Text to put in place of [start, end)."""

    start: int
    end: int
    new: str


def spliced(text: str, root: Any, splices: Sequence[Splice]) -> str:
    """The text, whose composed node is `root`, with these replacements, none of which overlap; those at the same
    position in their order. UsageError if one would remove a comment."""
    found = list(_comments(text, root))
    ordered = sorted(splices, key=lambda splice: splice.start)
    for splice in ordered:
        after = bisect_left(found, (splice.start, 0))
        if after < len(found) and found[after][0] < splice.end:
            line = line_number(text, found[after][0])
            raise UsageError(f"line {line}: the value to be replaced contains this comment: replace it by hand")
    ordered += _realigned(text, ordered, found)
    parts, at = [], 0
    for splice in sorted(ordered, key=lambda splice: splice.start):
        parts += [text[at : splice.start], splice.new]
        at = splice.end
    return "".join(parts) + text[at:]


def line_number(text: str, at: int) -> int:
    return len(BREAK.findall(text, 0, at)) + 1


def line_start(text: str, at: int) -> int:
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def line_end(text: str, at: int) -> int:
    """Where the line ends, before its break."""
    found = _LINE.match(text, at)
    return found.end() if found else at


def _comments(text: str, root: Any) -> Iterator[Span]:
    """Where comments are: at each # outside of the scalars, and behind the | of one."""
    at = 0
    for start, end in [*scalars(root), (len(text), len(text))]:
        yield from (found.span() for found in _COMMENT.finditer(text, at, start))
        if text[start : start + 1] in ("|", ">"):
            yield from (found.span() for found in _COMMENT.finditer(text, start, line_end(text, start)))
        at = end


def _realigned(text: str, splices: Sequence[Splice], comments: Sequence[Span]) -> Iterator[Splice]:
    """Changes of the space before comments that keep their columns, where these were on purpose."""
    starts = [splice.start for splice in splices]
    for at, (start, _) in enumerate(comments):
        begin = line_start(text, start)
        before = splices[bisect_left(starts, begin) : bisect_left(starts, start)]
        gap = start - len(text[begin:start].rstrip(" ")) - begin
        if not before or any(BREAK.search(it.new) or it.end > start - gap for it in before):
            continue
        if gap > 2 or (gap and _is_aligned(text, comments, at)):
            longer = sum(len(it.new) - (it.end - it.start) for it in before)
            yield Splice(start - gap, start, " " * max(min(gap, 2), gap - longer))


def _is_aligned(text: str, comments: Sequence[Span], at: int) -> bool:
    """Whether the comment of the line before or after begins in the same column."""
    column = comments[at][0] - line_start(text, comments[at][0])
    for first, second in ((at - 1, at), (at, at + 1)):
        if first >= 0 and second < len(comments):
            begin = line_start(text, comments[second][0])
            between = text[comments[first][1] : begin]
            other = comments[first if second == at else second][0]
            if BREAK.fullmatch(between) and other - line_start(text, other) == column:
                return True
    return False
