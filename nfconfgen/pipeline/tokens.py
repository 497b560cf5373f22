"""Splits Nextflow's configs and scripts into words, strings and signs, each with its position.

Tolerant: an unclosed string ends where the file ends, an unknown character is a sign. One pass, no recursion: the
time is proportional to the size of any text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal["word", "text", "number", "sign", "newline"]


class Token(NamedTuple):
    """`text` is the word or sign, or the content of the quotes; `fixed`: there is no `$x` in it."""

    kind: Kind
    text: str
    start: int
    end: int
    fixed: bool = True


@dataclass(frozen=True, slots=True)
class Lines:
    """The offsets where lines begin."""

    starts: Sequence[int]

    @classmethod
    def of(cls, source: str) -> Lines:
        return cls([0, *(match.end() for match in re.finditer(r"\n", source))])

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1


# a branch for a string or comment must never fail: the text would be scanned again from each of its characters
_NEXT = re.compile(
    r"""(?:[^\S\n]+|\\\n|//[^\n]*|\A\#![^\n]*|/\*.*?(?:\*/|\Z))*  # spaces and comments
    (?:(?P<newline>\n)
    |(?P<word>[^\W\d][\w$]*|\$[\w$]+)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<plain>'''(?:[^\\']|\\(?:.|\Z)|'(?!''))*(?:'''|\Z)|'(?:[^\\'\n]|\\(?:.|\Z))*(?:'|(?=\n)|\Z))
    |(?P<gstring>\"\"\"|\")
    |(?P<dollar>\$/(?:[^$/]|\$[$/]?|/(?!\$))*(?:/\$|\Z))
    |(?P<sign>==~|=~|\?\.|\?:|&&|\|\||[<>=!+*/-]=|->|\.\.|\*\.|.)
    |(?P<end>\Z))""",
    re.VERBOSE | re.DOTALL,
)
_SLASHY = re.compile(r"/(?:[^/\\\n]|\\.)+/")
_IN_GSTRING = re.compile(r"[^\\\"$]+|\\.|\$\{|\"\"\"|.", re.DOTALL)
_IN_CODE = re.compile(
    r"[^'\"{}/]+|'''(?:[^\\']|\\(?:.|\Z)|'(?!''))*(?:'''|\Z)|'(?:[^\\'\n]|\\(?:.|\Z))*(?:'|(?=\n)|\Z)"
    r"|/\*.*?(?:\*/|\Z)|\"\"\"|.",
    re.DOTALL,
)
_AS_THEY_ARE = frozenset(("word", "number", "newline", "sign"))
_VALUE_ENDS = frozenset((")", "]", "}", "\\"))
_BEFORE_VALUE = frozenset(("return", "in", "case", "assert", "includeConfig"))
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\n": ""}


def tokens(source: str) -> list[Token]:
    """All tokens except spaces and comments."""
    found: list[Token] = []
    # this loop is a fifth of the check of a large pipeline
    new, scan, add = tuple.__new__, _NEXT.match, found.append
    at, length = 0, len(source)
    while at < length:
        match = scan(source, at)
        assert match is not None  # the last branches take any character, and the end
        kind = match.lastgroup
        assert kind is not None
        start, at = match.span(kind)
        text = source[start:at]
        if kind == "sign" and text == "/" and _value_may_begin(found):
            slashy = _SLASHY.match(source, start)
            if slashy is not None:
                at = slashy.end()
                inside = source[start + 1 : at - 1].replace("\\/", "/")
                add(Token("text", inside, start, at, "$" not in inside.rstrip("$")))
                continue
        if kind in _AS_THEY_ARE:
            add(new(Token, (kind, text, start, at, True)))
        elif kind == "plain":
            add(Token("text", _inside(text), start, at))
        elif kind == "gstring":
            at, fixed = _gstring(source, start, text)
            add(Token("text", _inside(source[start:at]), start, at, fixed))
        elif kind == "dollar":
            add(Token("text", source[start + 2 : at].removesuffix("/$"), start, at, fixed=False))
    return found


def interpolated(text: str, pattern: re.Pattern[str]) -> list[str | list[Token]] | None:
    """The plain parts of a text, and the tokens of the code in it. `pattern` has the groups of `${code}`, of `$name`
    and of plain text; None if it does not fit all of the text."""
    found: list[str | list[Token]] = []
    at = 0
    while at < len(text):
        match = pattern.match(text, at)
        if match is None:
            return None
        at = match.end()
        found.append(tokens(match[1] or match[2]) if match[3] is None else match[3])
    return found


def _value_may_begin(before: list[Token]) -> bool:
    """Whether a slash here opens a string; after a value it divides."""
    if not before:
        return True
    last = before[-1]
    if last.kind == "word":
        return last.text in _BEFORE_VALUE
    return last.kind == "newline" or (last.kind == "sign" and last.text not in _VALUE_ENDS)


def _inside(quoted: str) -> str:
    """The content of the quotes with escapes resolved."""
    quote = quoted[:3] if quoted.startswith(("'''", '"""')) else quoted[:1]
    inside = quoted[len(quote) :].removesuffix(quote)
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), inside) if "\\" in inside else inside


def _gstring(source: str, start: int, quote: str) -> tuple[int, bool]:
    """The end of a string in double quotes, and whether it is fixed.

    The code inside `${ }` may contain strings again; a list of what is open replaces recursion.
    """
    open_: list[str] = [quote]
    at, length, fixed = start + len(quote), len(source), True
    while at < length and open_:
        mode = open_[-1]
        match = (_IN_CODE if mode == "{" else _IN_GSTRING).match(source, at)
        assert match is not None
        text, at = match.group(), match.end()
        if mode == "{":
            if text == "}":
                open_.pop()
            elif text in ("{", '"', '"""'):
                open_.append(text)
        elif text == "${":
            fixed = False
            open_.append("{")
        elif text == "$":
            fixed = fixed and not re.match(r"[A-Za-z_]", source[at : at + 1])
        elif text == mode or (text == '"""' and mode == '"'):
            open_.pop()
            at = match.start() + len(mode)
        elif mode == '"' and "\n" in text and not text.startswith("\\"):
            # such a string ends at the end of the line: its closing quote was forgotten
            return match.start() + text.index("\n"), fixed
    return at, fixed
