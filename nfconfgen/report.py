"""Findings for people, for machines and for GitHub."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from nfconfgen.console import Console
from nfconfgen.findings import Finding

Format = Literal["text", "json", "github"]

_COLOURS = {"error": "red", "warning": "yellow", "note": "dim"}
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def text(findings: Sequence[Finding], console: Console) -> str:
    """One line each: file:line:column: level: message: advice [rule]."""
    return "\n".join(
        f"{console.paint(str(f.place), 'bold')}: {console.paint(f.level, _COLOURS[f.level])}: {f.text} [{f.rule}]"
        for f in findings
    )


def github(findings: Sequence[Finding], console: Console) -> str:
    """Workflow commands that GitHub shows as annotations at the line."""
    return "\n".join(
        f"::{_COMMANDS[f.level]} file={_property(f.place.file)},line={max(f.place.line, 1)},"
        f"col={max(f.place.column, 1)},title={_property(f.rule)}::{_escaped(f.text)}"
        for f in findings
    )


def as_json(finding: Finding) -> dict[str, Any]:
    """As schemas/report.schema.json describes it; line and column are 0 for the file as a whole."""
    return {
        "file": finding.place.file,
        "line": finding.place.line,
        "column": finding.place.column,
        "level": finding.level,
        "rule": finding.rule,
        "message": finding.message,
        "advice": finding.advice,
    }


TEXTS: dict[str, Callable[[Sequence[Finding], Console], str]] = {"text": text, "github": github}


def _escaped(value: str) -> str:
    # https://github.com/actions/toolkit: packages/core/src/command.ts
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _escaped(value).replace(":", "%3A").replace(",", "%2C")
