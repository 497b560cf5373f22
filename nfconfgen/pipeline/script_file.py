"""Reads one Nextflow script: its processes, its includes, and the calls in its workflows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nfconfgen.findings import Place
from nfconfgen.pipeline.cursor import Cursor, opens
from nfconfgen.pipeline.model import Directive, Process
from nfconfgen.pipeline.tokens import Lines, Token, tokens

_SECTIONS = frozenset(("input", "output", "when", "script", "shell", "exec", "stub", "stage", "topic"))

_CONDITIONS = frozenset(("if", "else", "switch", "for", "while", "try"))
_REQUESTS = frozenset(
    (
        *("accelerator", "clusterOptions", "container", "cpus", "errorStrategy", "label"),
        *("maxRetries", "memory", "queue", "resourceLimits", "time"),
    )
)
"""Directives that matter wherever they stand."""


@dataclass(frozen=True, slots=True)
class Included:
    """`include { name as alias } from source`; `source` is None if it is no string."""

    name: str
    alias: str
    source: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Script:
    """One file. `calls` are the words in the body of each workflow, in order; '' is the unnamed workflow."""

    processes: Mapping[str, Process]
    included: Mapping[str, Included]
    calls: Mapping[str, tuple[str, ...]]
    typed: Mapping[str, str] = field(default_factory=dict)
    """The types in a `params` block."""


@dataclass(slots=True)
class _Reader:
    file: str
    cursor: Cursor
    lines: Lines
    processes: dict[str, Process] = field(default_factory=dict)
    included: dict[str, Included] = field(default_factory=dict)
    calls: dict[str, tuple[str, ...]] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)

    def read(self) -> Script:
        cursor = self.cursor
        begins = True  # whether a statement begins here
        while (token := cursor.peek()) is not None:
            if begins and token.kind == "word" and self._definition(token):
                continue
            if opens(token):
                token = cursor.take_brackets()[0][-1]
            else:
                cursor.at += 1
            begins = token.kind == "newline" or token.text in (";", "}")
        return Script(self.processes, self.included, self.calls, self.typed)

    def _definition(self, first: Token) -> bool:
        """Takes a process, a workflow or an include, if one begins here."""
        cursor, begin = self.cursor, self.cursor.at
        if first.text == "include":
            return self._include(first)
        if first.text == "params":
            return self._params()
        if first.text not in ("process", "workflow"):
            return False
        cursor.take()
        named = cursor.take() if first.text == "process" or not cursor.sees("{") else None
        cursor.skip_newlines()
        if not cursor.sees("{") or (named is not None and named.kind not in ("word", "text")):
            cursor.at = begin
            return False
        body, closed = cursor.take_brackets()
        body = body[1:-1] if closed else body[1:]
        if first.text == "workflow":
            name = named.text if named is not None else ""
            self.calls.setdefault(name, tuple(t.text for t in body if t.kind == "word"))
        elif named is not None:
            self.processes.setdefault(named.text, Process(named.text, self._place(first), self._directives(body)))
        return True

    def _place(self, token: Token) -> Place:
        return Place(self.file, *self.lines.at(token.start))

    def _directives(self, body: list[Token]) -> tuple[Directive, ...]:
        """The directives of a process: its lines up to the first section."""
        found: list[Directive] = []
        for line in _statements(body):
            first = line[0]
            if first.kind == "text" and len(line) == 1:
                break  # a script without `script:`, an old form
            if first.kind != "word":
                continue
            if first.text in _SECTIONS and len(line) > 1 and line[1].text == ":":
                break
            if first.text in _CONDITIONS:
                found += (Directive(name, None, self._place(first)) for name in _named(line))
                continue
            found.append(Directive(first.text, _literal(line[1:]), self._place(first), tuple(line[1:])))
        return tuple(found)

    def _params(self) -> bool:
        """Takes `params { name: Type = default }`."""
        begin = self.cursor.at
        self.cursor.take()
        if not self.cursor.sees("{"):
            self.cursor.at = begin
            return False
        for line in _statements(self.cursor.take_brackets()[0][1:-1]):
            if len(line) > 2 and line[0].kind == "word" and line[1].text == ":":
                end = next((at for at, token in enumerate(line) if token.text == "="), len(line))
                self.typed[line[0].text] = "".join(token.text for token in line[2:end])
        return True

    def _include(self, first: Token) -> bool:
        """Takes `include { A; B as C } from './x'` on one or more lines, or the old `include A from './x'`."""
        cursor, begin = self.cursor, self.cursor.at
        cursor.take()
        words: list[str] = []
        while (token := cursor.take()) is not None and (token.kind, token.text) != ("word", "from"):
            if token.kind == "word":
                words.append(token.text)
            elif token.kind != "newline" and token.text not in ("{", "}", ";", ","):
                cursor.at = begin
                return False
        token = cursor.peek()
        source = token.text if token is not None and token.kind == "text" else None
        while words:
            name = alias = words.pop(0)
            if len(words) > 1 and words[0] == "as":
                alias = words[1]
                del words[:2]
            self.included.setdefault(alias, Included(name, alias, source, self._place(first)))
        return True


def read(source: str, file: str) -> Script:
    """The parsed script; no text is an error."""
    return _Reader(file, Cursor(tokens(source)), Lines.of(source)).read()


def _named(line: list[Token]) -> list[str]:
    """The directives that a condition may set."""
    return list(dict.fromkeys(token.text for token in line if token.kind == "word" and token.text in _REQUESTS))


def _statements(body: list[Token]) -> list[list[Token]]:
    """The lines of a body; brackets are kept together."""
    cursor = Cursor(body)
    found: list[list[Token]] = [[]]
    while (token := cursor.peek()) is not None:
        if opens(token):
            found[-1] += cursor.take_brackets()[0]
            continue
        cursor.at += 1
        line = found[-1]
        if token.kind != "newline" and token.text != ";":
            line.append(token)
        elif line and not (line[-1].kind == "sign" and line[-1].text in ("?", ":", ",", "=")):
            found.append([])
    return found if found[-1] else found[:-1]


def _literal(value: list[Token]) -> str | None:
    """The value of `'x'`, `('x')` or 12; None for any other expression."""
    if len(value) == 3 and value[0].text == "(" and value[2].text == ")":
        value = value[1:2]
    return value[0].text if len(value) == 1 and value[0].fixed and value[0].kind != "sign" else None
