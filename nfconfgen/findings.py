"""A finding: what is wrong, where, by which rule, and how to fix it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def once_for_variants(findings: Iterable[Finding], variants: Sequence[str]) -> set[Finding]:
    """The findings without those about a variant (SITE,NAME) that are made about its site as well."""
    found = set(findings)
    if not variants:
        return found
    said = {_said(finding, ()) for finding in found}
    return {
        finding for finding in found if (base := _said(finding, variants)) == _said(finding, ()) or base not in said
    }


def _said(finding: Finding, variants: Sequence[str]) -> tuple[str, str, str]:
    """What a finding says, about the sites of these variants."""
    message, advice = finding.message, finding.advice
    # the name of one may begin with that of another
    for name in sorted(variants, key=len, reverse=True):
        site = name.partition(",")[0]
        message, advice = message.replace(name, site), advice.replace(name, site)
    return finding.rule, message, advice
