"""Reads one Nextflow config file: its settings, blocks and includes, in order.

Knows the statements that set something (Nextflow's reference: config syntax) and skips all others: a function, a
definition, a call.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from nfconfgen.findings import Place
from nfconfgen.pipeline.cursor import Cursor, opens
from nfconfgen.pipeline.model import Scope
from nfconfgen.pipeline.tokens import Lines, Token, tokens

_SELECTORS = ("withName", "withLabel")
_CONDITIONS = ("if", "else", "try", "catch", "finally", "for", "while", "switch")
_COMPARING = ("==", "!=", "<", ">", "<=", ">=", "=~", "==~")
_GOES_ON = frozenset((*_COMPARING, "?", ":", ".", "&&", "||", "?:", "?.", "+", "*"))
_OPEN_ENDED = frozenset(
    (*_COMPARING, "=", ",", "(", "[", "?", ":", ".", "?:", "?.", "&&", "||", "+", "-", "*", "/", "%", "+=")
)
_DEEPEST = 60
"""The most nested blocks; deeper settings are given this scope, as hostile depth would take unlimited memory."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A setting or an include; `value` are the tokens of the value or of the included expression. `sometimes`: a
    condition decides."""

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
    functions: dict[str, tuple[Token, ...]] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)
    """The code of each variable that `def x = …` defines."""
    _cursor: Cursor = field(init=False)

    def read(self) -> FileReader:
        self._cursor = cursor = Cursor(tokens(self.source))
        lines = Lines.of(self.source)
        blocks = [_Block(self.scope, self.sometimes)]
        while (token := cursor.peek()) is not None:
            if token.kind == "newline" or token.text == ";":
                cursor.take()
            elif cursor.take_sign("}"):
                if len(blocks) > 1:
                    blocks.pop()
            elif token.kind in ("word", "text"):
                opened = self._statement(token, Place(self.file, *lines.at(token.start)), blocks[-1])
                if opened is not None:
                    blocks.append(opened)
            else:
                self._expression()
        return self

    def _statement(self, first: Token, place: Place, block: _Block) -> _Block | None:
        """Takes one statement; returns the block that it opens, if any."""
        cursor = self._cursor
        if first.kind == "word" and first.text == "includeConfig":
            cursor.take()
            value = tuple(self._expression())
            self.statements.append(Statement(block.scope, place, value, include=True, sometimes=block.sometimes))
            return None
        if first.kind == "word" and first.text in _CONDITIONS:
            return self._condition(block)
        if first.kind == "word" and first.text in ("def", "import", "class", "return"):
            self._definition(self._expression())
            return None
        path = (*block.scope, *self._path())
        if cursor.take_sign("{"):
            self.scopes.setdefault(path[:_DEEPEST], place)
            return _Block(path[:_DEEPEST], block.sometimes)
        following = cursor.peek()
        if cursor.take_sign("=") or cursor.take_sign("+="):
            cursor.skip_newlines()
        elif following is None or following.kind not in ("word", "text", "number") or first.kind == "text":
            # neither an assignment nor a call with its argument, as in `id 'nf-schema'`
            self._expression()
            return None
        self.statements.append(Statement(path, place, tuple(self._expression()), sometimes=block.sometimes))
        return None

    def _definition(self, taken: list[Token]) -> None:
        if len(taken) > 2 and taken[0].text == "def" and taken[2].text == "(":
            self.functions[taken[1].text] = tuple(taken[2:])
        elif len(taken) > 3 and taken[0].text == "def" and taken[2].text == "=":
            self.definitions[taken[1].text] = self.source[taken[3].start : taken[-1].end]

    def _condition(self, block: _Block) -> _Block | None:
        """Takes `if (…) {` and the like; the settings in its block hold sometimes."""
        cursor = self._cursor
        while (token := cursor.peek()) is not None and token.kind == "word" and token.text in _CONDITIONS:
            cursor.take()
        if cursor.sees("("):
            cursor.take_brackets()
        cursor.skip_newlines()
        return _Block(block.scope, sometimes=True) if cursor.take_sign("{") else None

    def _path(self) -> list[str]:
        """`a.b.'c'`, `withName: 'X'`, `a.withLabel:x`."""
        cursor, path = self._cursor, []
        while (token := cursor.peek()) is not None and token.kind in ("word", "text"):
            cursor.take()
            if token.kind == "word" and token.text in _SELECTORS and cursor.take_sign(":"):
                path.append(f"{token.text}:{self._selector()}")
            else:
                path.append(token.text)
            if not cursor.take_sign("."):
                break
        return path

    def _selector(self) -> str:
        """All up to the brace: a string or a word, with a leading `!` if negated."""
        cursor, found = self._cursor, []
        while (token := cursor.peek()) is not None and token.kind != "newline" and not cursor.sees("{"):
            found.append(token.text)
            cursor.take()
        return "".join(found)

    def _expression(self) -> list[Token]:
        """Takes the rest of a statement: at least one token, unless a block ends here."""
        cursor = self._cursor
        taken: list[Token] = []
        while (token := cursor.peek()) is not None and not cursor.sees("}") and not cursor.sees(";"):
            if opens(token):
                taken += cursor.take_brackets()[0]
            elif token.kind != "newline":
                taken.append(token)
                cursor.take()
            elif not _continues(taken, cursor.skip_newlines()):
                break
        return taken


def _continues(before: list[Token], after: Token | None) -> bool:
    """Whether a statement continues in the next line."""
    if before and before[-1].kind == "sign" and before[-1].text in _OPEN_ENDED:
        return True
    return after is not None and after.kind == "sign" and after.text in _GOES_ON


def literal(value: tuple[Token, ...]) -> str | None:
    """The value if it is one string, number or word (such as `true`)."""
    if len(value) == 1 and value[0].kind in ("text", "number", "word") and value[0].fixed:
        return value[0].text
    return None
