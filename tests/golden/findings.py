"""Expected findings, written anew from those that are reported now: what stays as it was, and what is worth a look.

A line of a file names a finding by its head (position, level, rule) and by parts of its text. Parts that the text no
longer contains are replaced by the message or the advice, whichever is nearer. Heads are replaced, too, but never
without a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Reported:
    """A finding as the program reports it."""

    head: str
    message: str
    advice: str

    @property
    def text(self) -> str:
        return f"{self.message}: {self.advice}"

    def nearest(self, part: str) -> str:
        """The part itself where the text contains it, else what replaces it."""
        if part in self.text:
            return part
        return max(self.message, self.advice, key=lambda text: SequenceMatcher(None, part, text).ratio())


@dataclass(frozen=True, slots=True)
class Expected:
    """A line of a file, with the comments above it."""

    head: str
    parts: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """How a file writes its lines: what is between head and parts, and whether their order is that of the report."""

    separator: str
    ordered: bool


CASES = Format(" ~ ", ordered=True)
PIPELINES = Format(" | ", ordered=False)

Pairs: TypeAlias = list[tuple[int, int]]


def renewed(content: str, form: Format, found: Sequence[Reported]) -> tuple[str, list[str]]:
    """The file as it should be, and a warning for each head that changes."""
    lines, tail = _parsed(content, form)
    pairs = _pairs(lines, found, form)
    of_found = {new: lines[old] for old, new in pairs}
    unpaired = [Expected(finding.head) for finding in found]
    order = list(range(len(found)))
    if not form.ordered:
        place = {new: old for old, new in pairs}
        order.sort(key=lambda new: (place.get(new, len(lines)), new))
    written = [line for new in order for line in _written(of_found.get(new, unpaired[new]), found[new], form)]
    gone = [line for at, line in enumerate(lines) if at not in {old for old, _ in pairs}]
    kept = [comment for line in gone for comment in line.comments]
    text = "".join(f"{line}\n" for line in (*written, *kept, *tail))
    return text, _warnings(lines, found, pairs, form)


def _parsed(content: str, form: Format) -> tuple[list[Expected], list[str]]:
    """The lines, and the comments behind the last."""
    lines: list[Expected] = []
    comments: list[str] = []
    for line in content.splitlines():
        if not line.strip() or line.startswith("#"):
            comments.append(line)
            continue
        head, *parts = line.split(form.separator, 1 if form.ordered else -1)
        lines.append(Expected(head, tuple(parts), tuple(comments)))
        comments = []
    return lines, comments


def _pairs(lines: Sequence[Expected], found: Sequence[Reported], form: Format) -> Pairs:
    """Which line is which finding: by the whole, then by less and less of it; the longest line chooses first."""
    same: tuple[Callable[[int, int], bool], ...] = (
        lambda old, new: form.ordered and old == new and lines[old].head == found[new].head,
        lambda old, new: lines[old].head == found[new].head and all(p in found[new].text for p in lines[old].parts),
        lambda old, new: lines[old].head == found[new].head,
        lambda old, new: lines[old].head.split()[1:] == found[new].head.split()[1:],
        lambda old, new: lines[old].head.split()[0] == found[new].head.split()[0],
    )
    left_old = sorted(range(len(lines)), key=lambda old: -len(lines[old].parts))
    left_new = list(range(len(found)))
    pairs: Pairs = []
    for is_same in same:
        for old in list(left_old):
            new = next((new for new in left_new if is_same(old, new)), None)
            if new is not None:
                pairs.append((old, new))
                left_old.remove(old)
                left_new.remove(new)
    return sorted(pairs)


def _written(line: Expected, finding: Reported, form: Format) -> list[str]:
    parts = [finding.nearest(part) for part in line.parts]
    return [*line.comments, form.separator.join((finding.head, *dict.fromkeys(parts)))]


def _warnings(lines: Sequence[Expected], found: Sequence[Reported], pairs: Pairs, form: Format) -> list[str]:
    moved = [
        f"{lines[old].head} is now {found[new].head}" for old, new in pairs if lines[old].head != found[new].head
    ]
    old_ones, new_ones = {old for old, _ in pairs}, {new for _, new in pairs}
    gone = [f"{line.head} is no longer reported" for at, line in enumerate(lines) if at not in old_ones]
    added = [f"{one.head} is new" for at, one in enumerate(found) if at not in new_ones]
    heads = [line.head for line in lines]
    if form.ordered and not (moved or gone or added) and heads != [one.head for one in found]:
        return ["the order of the findings changed"]
    return moved + gone + added
