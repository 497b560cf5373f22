"""Prints findings and the data of a command as text, JSON or GitHub annotations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from nfconfgen import jsontext
from nfconfgen.findings import Finding
from nfconfgen.terminal.console import Console
from nfconfgen.terminal.visible import visible

Format = Literal["text", "json", "github"]

_COLOURS = {"error": "red", "warning": "yellow", "note": "dim"}
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
NO_PLAN: Mapping[str, object] = {"files": [], "plan": []}
"""What schemas/report.schema.json requires besides findings, for commands that write and plan nothing."""


@dataclass(frozen=True, slots=True)
class Reporting:
    """What the user sets for a report. `strict`: warnings stop a build as errors do."""

    format: Format = "text"
    strict: bool = False
    verbose: bool = False


def report(
    findings: Sequence[Finding],
    form: Format,
    console: Console,
    data: Mapping[str, object] = NO_PLAN,
    lines: Sequence[str] = (),
) -> None:
    """Prints the findings, and in JSON `data` with them; `lines` follow in the other formats."""
    if form == "json":
        console.document(jsontext.dumps({"findings": [as_json(finding) for finding in findings], **data}))
        return
    if form == "github":
        console.annotations(*_github(findings))
    else:
        console.result(*_text(findings, console))
    console.result(*lines)
    if form == "text":
        console.info(*_pointer(findings))


def _text(findings: Sequence[Finding], console: Console) -> Iterator[str]:
    """One line each: file:line:column: level: message: advice [rule]; and, for people, the line that it is about."""
    from nfconfgen.report import excerpts

    shown = None if console.quiet else excerpts.of(findings)
    for index, f in enumerate(findings):
        place, level = console.paint(str(f.place), "bold"), console.paint(f.level, _COLOURS[f.level])
        yield f"{place}: {level}: {f.text} [{f.rule}]"
        if shown is not None and (excerpt := shown.after(index)) is not None:
            yield excerpt.line
            yield excerpt.margin + console.paint(excerpt.carets, _COLOURS[f.level])


def _pointer(findings: Sequence[Finding]) -> Iterator[str]:
    """Where the rules are explained, in one line."""
    rules = {finding.rule for finding in findings}
    if rules:
        yield f"explained by: nfconfgen rule {rules.pop() if len(rules) == 1 else 'NAME'}"


def _github(findings: Sequence[Finding]) -> Iterator[str]:
    """Workflow commands, which GitHub shows as annotations of the line."""
    for f in findings:
        place = f"file={_property(f.place.file)},line={max(f.place.line, 1)},col={max(f.place.column, 1)}"
        yield f"::{_COMMANDS[f.level]} {place},title={_property(f.rule)}::{_escaped(f.text)}"


def as_json(finding: Finding) -> dict[str, Any]:
    """In the format of schemas/report.schema.json; line and column are 0 for the whole file."""
    return {
        "file": finding.place.file,
        "line": finding.place.line,
        "column": finding.place.column,
        "level": finding.level,
        "rule": finding.rule,
        "message": finding.message,
        "advice": finding.advice,
    }


def _escaped(value: str) -> str:
    # https://github.com/actions/toolkit: packages/core/src/command.ts
    return visible(value).replace("%", "%25")


def _property(value: str) -> str:
    return _escaped(value).replace(":", "%3A").replace(",", "%2C")
