"""A finding: what is wrong, where, by which rule, and how to fix it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file; line and column count from 1, line 0 means the whole file."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One problem; findings are sorted by position. `advice` is how to fix it, if known."""

    place: Place
    rule: str
    message: str
    advice: str = ""
    level: Level = "error"

    @property
    def text(self) -> str:
        return f"{self.message}: {self.advice}" if self.advice else self.message


def has_errors(findings: Iterable[Finding], *, strict: bool = False) -> bool:
    """Whether these findings stop a build; with `strict`, warnings do too, but notes do not."""
    return any(finding.level == "error" or (strict and finding.level == "warning") for finding in findings)
