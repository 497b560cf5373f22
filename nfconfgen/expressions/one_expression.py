"""Whether a text is one Groovy expression, as far as its words and signs tell: the rest is for Nextflow to say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from nfconfgen.pipeline.config_file import FileReader
from nfconfgen.pipeline.tokens import Token, tokens

_NAME, _END = "x", "end"
_PAIRS = {")": "(", "]": "[", "}": "{"}
_SET = frozenset(("=", "+=", "-=", "*=", "/="))
_MAY_BEGIN = frozenset((*_PAIRS.values(), "-", "+", "!", "~"))
_STATEMENTS = frozenset(
    ("if", "for", "while", "switch", "try", "def", "import", "class", "return", "throw", "assert", "includeConfig")
)
_BETWEEN = frozenset(("in", "as", "instanceof", "new"))
_CLOSED = re.compile(
    r"'''(?:[^\\']|\\.|'(?!''))*'''|'(?!'')(?:[^\\'\n]|\\.)*'"
    r"|\"\"\"(?:[^\\]|\\.)*\"\"\"|\"(?!\"\")(?:[^\\]|\\.)*\"|/.+/|\$/.*/\$",
    re.DOTALL,
)


def fault(code: str) -> str:
    """Why this is not one expression; empty if nothing shows that."""
    source = f"{_NAME} = {code}\n{_END} = 0\n"
    every = [token for token in tokens(source) if token.kind != "newline"]
    if any(token.kind == "text" and not _CLOSED.fullmatch(source[token.start : token.end]) for token in every):
        return "a quote is not closed"
    read = FileReader("", source).read().statements
    if [statement.path for statement in read[-1:]] != [(_END,)]:
        return "it is not complete"
    value = [token for token in read[0].value if token.kind != "newline"]
    if len(read) > 2 or len(every) != len(value) + 5:
        return "it goes on after an expression"
    return _fault(value) if value else "it is empty"


def _fault(value: Sequence[Token]) -> str:
    first, last = value[0], value[-1]
    if not _is_matched(value):
        return "its brackets do not match"
    if first.text in _STATEMENTS and first.kind == "word":
        return f"{first.text} is a statement"
    if (first.kind == "sign" and first.text not in _MAY_BEGIN) or (last.kind == "sign" and last.text not in _PAIRS):
        return "an operand is missing"
    outside = list(_outside_closures(value))
    if any(_sets(one, other) for one, other in pairwise(outside)):
        return "it sets something else"
    if any(_is_apart(one, other) for one, other in pairwise(outside)):
        return "an operator is missing"
    return ""


def _is_matched(value: Sequence[Token]) -> bool:
    open_: list[str] = []
    for token in value:
        if token.kind == "sign" and token.text in _PAIRS.values():
            open_.append(token.text)
        elif token.kind == "sign" and token.text in _PAIRS and (not open_ or open_.pop() != _PAIRS[token.text]):
            return False
    return not open_


def _outside_closures(value: Sequence[Token]) -> Iterator[Token]:
    """The tokens that are in no closure, which consists of statements; its braces are among them."""
    depth = 0
    for token in value:
        closes = token.kind == "sign" and token.text == "}"
        depth -= closes
        if depth == 0:
            yield token
        depth += token.kind == "sign" and token.text == "{"


def _sets(one: Token, other: Token) -> bool:
    """Whether the second token assigns; in `===` and `!==` it does not."""
    compares = one.text in ("==", "!=") and one.end == other.start
    return other.kind == "sign" and other.text in _SET and not compares


def _is_apart(one: Token, other: Token) -> bool:
    """Whether two values follow each other: a call without parentheses, which is a statement, or nothing at all."""
    values = "sign" not in (one.kind, other.kind) and one.end < other.start
    return values and not {one.text, other.text} & _BETWEEN
