"""Reads one Nextflow config file: its settings, blocks and includes, in order.

Knows the forms of the language that say something (docs/reference of Nextflow: config syntax) and passes over all
others: a function, a definition, a call.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from nfconfgen.findings import Place
from nfconfgen.pipeline.model import Scope
from nfconfgen.pipeline.tokens import Lines, Token, tokens

_SELECTORS = ("withName", "withLabel")
_CONDITIONS = ("if", "else", "try", "catch", "finally", "for", "while", "switch")
_GOES_ON = frozenset(("?", ":", ".", "&&", "||", "?:", "?.", "+", "==", "*"))
_OPEN_ENDED = frozenset(("=", ",", "(", "[", "?", ":", "?:", "&&", "||", "+", "-", "*", "==", "+="))
_DEEPEST = 60
"""Blocks within blocks; what stands deeper is said to stand here, or hostile depth would take memory without end."""
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


@dataclass(frozen=True, slots=True)
class Statement:
    """A setting (`value` is what it is set to) or an include (`include`: its expression)."""

    path: Scope
    place: Place
    value: tuple[Token, ...]
    include: bool = False
    sometimes: bool = False


@dataclass(slots=True)
class _Block:
    scope: Scope
    sometimes: bool


@dataclass(slots=True)
class FileReader:
    """One pass over the tokens of one file; `scope` is where the file is included."""

    file: str
    source: str
    scope: Scope = ()
    sometimes: bool = False
    statements: list[Statement] = field(default_factory=list)
    scopes: dict[Scope, Place] = field(default_factory=dict)
    _tokens: list[Token] = field(default_factory=list)
    _at: int = 0

    def read(self) -> FileReader:
        self._tokens = tokens(self.source)
        lines = Lines.of(self.source)
        blocks = [_Block(self.scope, self.sometimes)]
        while (token := self._peek()) is not None:
            if token.kind == "newline" or token.text == ";":
                self._at += 1
            elif token.kind == "sign" and token.text == "}":
                self._at += 1
                if len(blocks) > 1:
                    blocks.pop()
            elif token.kind in ("word", "text"):
                opened = self._statement(blocks[-1], lines)
                if opened is not None:
                    blocks.append(opened)
            else:
                self._expression()
        return self

    def _peek(self, ahead: int = 0) -> Token | None:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else None

    def _is(self, text: str, ahead: int = 0) -> bool:
        token = self._peek(ahead)
        return token is not None and token.kind == "sign" and token.text == text

    def _statement(self, block: _Block, lines: Lines) -> _Block | None:
        """Takes one statement; the block that it opens, if it does."""
        first = self._tokens[self._at]
        place = Place(self.file, *lines.at(first.start))
        if first.kind == "word" and first.text == "includeConfig":
            self._at += 1
            self.statements.append(
                Statement(block.scope, place, tuple(self._expression()), include=True, sometimes=block.sometimes)
            )
            return None
        if first.kind == "word" and first.text in _CONDITIONS:
            return self._condition(block)
        if first.kind == "word" and first.text in ("def", "import", "class", "return"):
            self._expression()
            return None
        path = (*block.scope, *self._path())
        if self._is("{"):
            self._at += 1
            self.scopes.setdefault(path[:_DEEPEST], place)
            return _Block(path[:_DEEPEST], block.sometimes)
        following = self._peek()
        if self._is("=") or self._is("+="):
            self._at += 1
            self._after_newlines()
        elif following is None or following.kind not in ("word", "text", "number") or first.kind == "text":
            # neither an assignment nor, as in `id 'nf-schema'`, a call with its value behind it
            self._expression()
            return None
        value = tuple(self._expression())
        self.statements.append(Statement(path, place, value, sometimes=block.sometimes))
        return None

    def _condition(self, block: _Block) -> _Block | None:
        """`if (…) {` and the like: what stands in the braces holds sometimes."""
        while (token := self._peek()) is not None and token.kind == "word" and token.text in _CONDITIONS:
            self._at += 1
        if self._is("("):
            self._balanced()
        self._after_newlines()
        if self._is("{"):
            self._at += 1
            return _Block(block.scope, sometimes=True)
        return None

    def _path(self) -> list[str]:
        """`a.b.'c'`, `withName: 'X'`, `a.withLabel:x`."""
        path: list[str] = []
        while (token := self._peek()) is not None and token.kind in ("word", "text"):
            self._at += 1
            if token.kind == "word" and token.text in _SELECTORS and self._is(":"):
                self._at += 1
                path.append(f"{token.text}:{self._selector()}")
            else:
                path.append(token.text)
            if not self._is("."):
                break
            self._at += 1
        return path

    def _selector(self) -> str:
        """All up to the brace: Nextflow takes a text or a word, a negated one with its `!`."""
        found: list[str] = []
        while (token := self._peek()) is not None and token.kind != "newline" and not self._is("{"):
            found.append(token.text)
            self._at += 1
        return "".join(found)

    def _balanced(self) -> list[Token]:
        """Takes a bracket and all up to the one that closes it."""
        begin, depth = self._at, 0
        while (token := self._peek()) is not None:
            self._at += 1
            if token.kind == "sign" and token.text in _OPENING:
                depth += 1
            elif token.kind == "sign" and token.text in _CLOSING:
                depth -= 1
                if depth <= 0:
                    break
        return self._tokens[begin : self._at]

    def _expression(self) -> list[Token]:
        """Takes the rest of a statement; always at least one token, unless a block ends here."""
        taken: list[Token] = []
        while (token := self._peek()) is not None:
            if token.kind == "newline":
                ahead = self._after_newlines()
                if not _continues(taken, ahead):
                    break
            elif token.kind == "sign" and token.text in _OPENING:
                taken += self._balanced()
            elif token.kind == "sign" and token.text in ("}", ";"):
                break
            else:
                taken.append(token)
                self._at += 1
        return taken

    def _after_newlines(self) -> Token | None:
        """Passes over newlines; what stands behind them."""
        while (token := self._peek()) is not None and token.kind == "newline":
            self._at += 1
        return token


def _continues(before: list[Token], after: Token | None) -> bool:
    """Whether a statement goes on in the next line."""
    if before and before[-1].kind == "sign" and before[-1].text in _OPEN_ENDED:
        return True
    return after is not None and after.kind == "sign" and after.text in _GOES_ON


def literal(value: tuple[Token, ...]) -> str | None:
    """The value, where it is one text or number (or `true`)."""
    if len(value) == 1 and value[0].kind in ("text", "number", "word") and value[0].fixed:
        return value[0].text
    return None
