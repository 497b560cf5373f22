"""Reads one Nextflow script: its processes, what it includes, and what its workflows call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nfconfgen.findings import Place
from nfconfgen.pipeline.model import Directive, Process
from nfconfgen.pipeline.tokens import Lines, Token, tokens

_SECTIONS = frozenset(("input", "output", "when", "script", "shell", "exec", "stub", "stage", "topic"))
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


@dataclass(frozen=True, slots=True)
class Included:
    """`include { name as alias } from source`; `source` is None where no text says it."""

    name: str
    alias: str
    source: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Script:
    """One file. `calls` holds, by workflow, the words in its body in their order; '' is the unnamed workflow."""

    processes: Mapping[str, Process]
    included: Mapping[str, Included]
    calls: Mapping[str, tuple[str, ...]]


@dataclass(slots=True)
class _Reader:
    file: str
    tokens: list[Token]
    lines: Lines
    processes: dict[str, Process] = field(default_factory=dict)
    included: dict[str, Included] = field(default_factory=dict)
    calls: dict[str, tuple[str, ...]] = field(default_factory=dict)
    at: int = 0

    def read(self) -> Script:
        depth = 0
        begins = True  # whether a statement begins here
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if begins and depth == 0 and token.kind == "word" and self._definition(token.text):
                continue
            if token.kind == "sign":
                depth = max(depth + (token.text in _OPENING) - (token.text in _CLOSING), 0)
            begins = token.kind == "newline" or token.text in (";", "}")
            self.at += 1
        return Script(self.processes, self.included, self.calls)

    def _definition(self, word: str) -> bool:
        """Takes a process, a workflow or an include, if one begins here."""
        if word == "include":
            return self._include()
        if word not in ("process", "workflow"):
            return False
        named = self._peek(1) if word == "process" or not self._is("{", 1) else None
        if named is not None and named.kind not in ("word", "text"):
            return False
        opening = 1 if named is None else 2
        while (token := self._peek(opening)) is not None and token.kind == "newline":
            opening += 1
        if not self._is("{", opening):
            return False
        place = self._place(self.tokens[self.at])
        self.at += opening + 1
        body = self._body()
        if word == "workflow":
            name = named.text if named is not None else ""
            self.calls.setdefault(name, tuple(t.text for t in body if t.kind == "word"))
        elif named is not None:
            self.processes.setdefault(named.text, Process(named.text, place, self._directives(body)))
        return True

    def _peek(self, ahead: int) -> Token | None:
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else None

    def _is(self, text: str, ahead: int) -> bool:
        token = self._peek(ahead)
        return token is not None and token.kind == "sign" and token.text == text

    def _place(self, token: Token) -> Place:
        return Place(self.file, *self.lines.at(token.start))

    def _body(self) -> list[Token]:
        """All up to the brace that closes what has been opened; that one is taken too."""
        begin, depth = self.at, 1
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token.kind == "sign":
                depth += (token.text in _OPENING) - (token.text in _CLOSING)
                if depth <= 0:
                    return self.tokens[begin : self.at - 1]
        return self.tokens[begin:]

    def _directives(self, body: list[Token]) -> tuple[Directive, ...]:
        """The lines of a process up to its first section."""
        found: list[Directive] = []
        for line in _statements(body):
            first = line[0]
            if first.kind == "text" and len(line) == 1:
                break  # the script of an old process, without `script:`
            if first.kind != "word":
                continue
            if first.text in _SECTIONS and len(line) > 1 and line[1].text == ":":
                break
            found.append(Directive(first.text, _literal(line[1:]), self._place(first)))
        return tuple(found)

    def _include(self) -> bool:
        """`include { A; B as C } from './x'` on one or more lines, and the old `include A from './x'`."""
        place = self._place(self.tokens[self.at])
        at = self.at + 1
        names: list[Token] = []
        while at < len(self.tokens):
            token = self.tokens[at]
            if token.kind == "word" and token.text == "from":
                break
            if token.kind not in ("word", "newline") and token.text not in ("{", "}", ";", ","):
                return False
            if token.kind == "word":
                names.append(token)
            at += 1
        source = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        self.at = at + 1
        said = source.text if source is not None and source.kind == "text" else None
        words = [token.text for token in names]
        while words:
            name = alias = words.pop(0)
            if len(words) > 1 and words[0] == "as":
                alias = words[1]
                del words[:2]
            self.included.setdefault(alias, Included(name, alias, said, place))
        return True


def read(source: str, file: str) -> Script:
    """What a script says; never an error, whatever stands in it."""
    return _Reader(file, tokens(source), Lines.of(source)).read()


def _statements(body: list[Token]) -> list[list[Token]]:
    """The lines of a body, what stands in brackets kept together."""
    found: list[list[Token]] = []
    line: list[Token] = []
    depth = 0
    for token in body:
        if token.kind == "sign":
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
        if depth <= 0 and (token.kind == "newline" or token.text == ";"):
            if line and not (line[-1].kind == "sign" and line[-1].text in ("?", ":", ",", "=")):
                found.append(line)
                line = []
        elif token.kind != "newline":
            line.append(token)
    return [*found, line] if line else found


def _literal(value: list[Token]) -> str | None:
    """`'x'`, `('x')` or 12; None for anything that must be worked out."""
    if len(value) == 3 and value[0].text == "(" and value[2].text == ")":
        value = value[1:2]
    return value[0].text if len(value) == 1 and value[0].fixed and value[0].kind != "sign" else None
