"""The lines that findings are about, as people see them below a finding.

No line of a file with a credential is shown: its value may go on in other lines, and stand in any of them.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from nfconfgen import files
from nfconfgen.findings import Finding, Place
from nfconfgen.profile.credentials import asks_for_one, is_elsewhere, looks_secret
from nfconfgen.terminal.visible import visible

MOST = 10
"""Lines that are shown with one report: of more findings, people want the list."""
_LARGEST_BYTES = 1024 * 1024
_WIDTH = 100
_BEFORE = 60
"""The characters that a cut line keeps before the column."""
_CUT = "…"
# a name and the begin of its value, which may be in the lines below
_SETTING = r"""([\w-]{1,64})["']?\s{0,8}[:=]\s{0,8}(?=(\S{0,64}))"""
# the middle of a key in several lines: unlike a digest it has capitals, unlike a path no slash
_OPAQUE = "".join(f"(?=[A-Za-z0-9+=]{{0,31}}{kind})" for kind in ("[A-Z]", "[a-z]", "[0-9]")) + "[A-Za-z0-9+=]{32}"
_LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line of a file with its number, and what is below it: the margin, and a caret at each column."""

    line: str
    margin: str
    carets: str


@dataclass(slots=True)
class Excerpts:
    """The excerpts of a report. Each file is read once."""

    findings: Sequence[Finding]
    _read: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def after(self, index: int) -> Excerpt | None:
        """What follows the finding with this index: the last of those that are about one line has their excerpt."""
        place = self.findings[index].place
        following = self.findings[index + 1 : index + 2]
        if not place.line or (following and _line(following[0]) == _line(self.findings[index])):
            return None
        lines = self._lines(place.file)
        if not 0 < place.line <= len(lines):
            return None
        return _excerpt(lines[place.line - 1], place, self._columns(index))

    def _columns(self, index: int) -> list[int]:
        """The columns of this finding, and of those just before it that are about the same line."""
        here = _line(self.findings[index])
        same = takewhile(lambda found: _line(found) == here, reversed(self.findings[: index + 1]))
        return [found.place.column for found in same]

    def _lines(self, file: str) -> tuple[str, ...]:
        if file not in self._read:
            bare = any(found.rule == "credential" and found.place.file == file for found in self.findings)
            self._read[file] = () if bare else _shown_lines(file)
        return self._read[file]


def of(findings: Sequence[Finding]) -> Excerpts | None:
    """The excerpts of these findings; None if there would be too many."""
    return Excerpts(findings) if len({_line(found) for found in findings if found.place.line}) <= MOST else None


def _line(finding: Finding) -> tuple[str, int]:
    return finding.place.file, finding.place.line


def _shown_lines(file: str) -> tuple[str, ...]:
    """The lines of a file; none if it is no text, links lead elsewhere, or anything in it may be a credential."""
    try:
        text = files.read(file, _LARGEST_BYTES, within=os.path.dirname(file) or ".", follow=False).decode("utf-8-sig")  # noqa: PTH120
    except (OSError, ValueError):
        return ()
    lines = tuple(re.split(r"\r\n|\n|\r", text))
    return () if any(map(_may_be_secret, lines)) else lines


def _may_be_secret(line: str) -> bool:
    if len(line) > _LONGEST:
        return True  # nobody has written it
    settings = [(name, value) for name, value in re.findall(_SETTING, line) if not is_elsewhere(value)]
    named = any(asks_for_one(name) or asks_for_one(name.removesuffix("s")) for name, _ in settings)
    return named or looks_secret(line) or re.search(_OPAQUE, line) is not None


def _excerpt(text: str, place: Place, columns: Sequence[int]) -> Excerpt:
    """The line, cut around the column of the last finding, and the carets."""
    first = max(0, min(place.column - 1 - _BEFORE, len(text) - _WIDTH))
    cut = text[first : first + _WIDTH]
    before, behind = _CUT if first else "", _CUT if first + _WIDTH < len(text) else ""
    ends = {len(before) + _cells(visible(cut[: column - 1 - first])) for column in columns if column > first}
    carets = "".join("^" if at in ends else " " for at in range(max(ends, default=-1) + 1))
    number = str(place.line)
    margin = " " * len(number)
    return Excerpt(f"  {number} | {before}{visible(cut.rstrip())}{behind}", f"  {margin} | ", carets)


def _cells(text: str) -> int:
    """The columns of a terminal that a text takes."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)
