"""Compiles an expression of a Nextflow config to a Python function of its names.

Knows the part of Groovy that directives are written in, and nothing with an effect outside: arithmetic, conditions,
lists, maps, the methods of processes/methods.py. For anything else `compiled` returns a function that raises
UnknownError with the reason.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

from nfconfgen.pipeline.tokens import Token, tokens
from nfconfgen.processes import amounts, methods
from nfconfgen.processes.amounts import UnknownError

Names = Callable[[str], object]
"""The value of a name; UnknownError if it is not known."""
Code = Callable[[Names], object]
Binary = Callable[[object, object], object]

MOST_TOKENS = 2000
_DEEPEST = 40
_DEEP = "it is nested too deeply"


class Closure(NamedTuple):
    """A closure, which Nextflow calls when it resolves the directive."""

    body: Code


class _SyntaxError(Exception):
    pass


def compiled(code: Sequence[Token]) -> Code:
    """The value of an expression; that of a closure is its result."""
    if len(code) > MOST_TOKENS:
        return _unknown("it is too long")
    parser = _Parser([token for token in code if token.kind != "newline" or len(code) > 1])
    try:
        return _called(parser.whole())
    except _SyntaxError as error:
        return _unknown(str(error))
    except RecursionError:
        return _unknown(_DEEP)


def _called(code: Code) -> Code:
    def result(names: Names) -> object:
        try:
            value = code(names)
            return value.body(names) if isinstance(value, Closure) else value
        except RecursionError:
            raise UnknownError(_DEEP) from None
        except ArithmeticError:
            raise UnknownError("its numbers are out of range") from None

    return result


def _unknown(why: str) -> Code:
    def result(names: Names) -> object:
        raise UnknownError(why)

    return result


def _equal(left: object, right: object) -> bool:
    if isinstance(left, Closure) or isinstance(right, Closure):
        raise UnknownError("it compares closures")
    return left == right and isinstance(left, bool) is isinstance(right, bool)


def _range(left: object, right: object) -> list[object]:
    first, last = int(amounts.number(left)), int(amounts.number(right))
    if abs(last - first) > 1000:
        raise UnknownError("its range is too long")
    return list(range(first, last + 1)) if first <= last else list(range(first, last - 1, -1))


def _within(left: object, right: object) -> bool:
    if not isinstance(right, list):
        raise UnknownError("it looks into something that is no list")
    return left in right


_LEVELS: tuple[dict[str, Binary], ...] = (
    {"==": _equal, "!=": lambda left, right: not _equal(left, right)},
    {
        "<": amounts.compared(operator.lt),  # type: ignore[arg-type]
        "<=": amounts.compared(operator.le),  # type: ignore[arg-type]
        ">": amounts.compared(operator.gt),  # type: ignore[arg-type]
        ">=": amounts.compared(operator.ge),  # type: ignore[arg-type]
        "in": _within,
        "as": lambda left, right: left,
    },
    {"..": _range},
    {"+": amounts.plus, "-": amounts.minus},
    {"*": amounts.times, "/": amounts.divided, "%": lambda a, b: amounts.number(a) % amounts.number(b)},
)
"""Binary operators from weak to strong."""


class _Parser:
    def __init__(self, code: list[Token]) -> None:
        self.code = code
        self.at = 0
        self.depth = 0

    def whole(self) -> Code:
        """The whole text: one value, or the arguments of a directive (`2, type: 'x'`)."""
        first = self.value()
        named: list[tuple[str, Code]] = []
        while self.take(","):
            self.newlines()
            named.append(self.named())
        self.newlines()
        if self.at < len(self.code):
            raise _SyntaxError(f"'{self.code[self.at].text}' is not understood")
        if not named:
            return first
        return lambda names: {"request": first(names), **{key: code(names) for key, code in named}}

    # tokens

    def peek(self) -> str:
        """The next word or sign; empty at the end, and before a string or number."""
        token = self.token()
        return token.text if token is not None and token.kind in ("word", "sign", "newline") else ""

    def token(self) -> Token | None:
        return self.code[self.at] if self.at < len(self.code) else None

    def take(self, text: str) -> bool:
        found = self.peek() == text
        self.at += found
        return found

    def expect(self, text: str) -> None:
        self.newlines()
        if not self.take(text):
            raise _SyntaxError(f"'{text}' is missing")

    def newlines(self) -> None:
        while self.peek() == "\n":
            self.at += 1

    def continues(self, *texts: str) -> bool:
        """Whether one of these operators follows, maybe in the next line."""
        begin = self.at
        self.newlines()
        if self.peek() in texts:
            return True
        self.at = begin
        return False

    # expressions

    def value(self) -> Code:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _SyntaxError(_DEEP)
        self.newlines()
        condition = self.either()
        if self.continues("?:"):
            self.at += 1
            other = self.value()
            found: Code = lambda names: v if amounts.truth(v := condition(names)) else other(names)  # noqa: E731
        elif self.continues("?"):
            self.at += 1
            yes = self.value()
            self.expect(":")
            no = self.value()
            found = lambda names: (yes if amounts.truth(condition(names)) else no)(names)  # noqa: E731
        else:
            found = condition
        self.depth -= 1
        return found

    def either(self) -> Code:
        left = self.both()
        while self.continues("||"):
            self.at += 1
            self.newlines()
            left = _or(left, self.both())
        return left

    def both(self) -> Code:
        left = self.binary(0)
        while self.continues("&&"):
            self.at += 1
            self.newlines()
            left = _and(left, self.binary(0))
        return left

    def binary(self, level: int) -> Code:
        if level == len(_LEVELS):
            return self.powers()
        left = self.binary(level + 1)
        # a sign at the beginning of a line begins a new statement
        while (sign := self.operator(level)) != "":
            if sign == "as":
                left = methods.cast(left, self.type())
                continue
            self.newlines()
            left = _applied(_LEVELS[level][sign], left, self.binary(level + 1))
        return left

    def operator(self, level: int) -> str:
        """Takes the operator of this level that follows; empty if none does."""
        sign = self.peek()
        following = self.code[self.at + 1].text if self.at + 1 < len(self.code) else ""
        if sign not in _LEVELS[level] or (sign == "*" and following == "*"):
            return ""
        if sign == ".." and following == "<":
            raise _SyntaxError("an open range is not understood")
        self.at += 1
        return sign

    def powers(self) -> Code:
        left = self.unary()
        if self.peek() == "*" and self.code[self.at + 1 : self.at + 2] and self.code[self.at + 1].text == "*":
            self.at += 2
            return _applied(amounts.power, left, self.powers())
        return left

    def unary(self) -> Code:
        if self.take("!"):
            inner = self.unary()
            return lambda names: not amounts.truth(inner(names))
        if self.take("-"):
            inner = self.unary()
            return lambda names: -amounts.number(inner(names))
        return self.postfix()

    def type(self) -> str:
        parts = []
        while (token := self.token()) is not None and token.kind == "word":
            self.at += 1
            parts.append(token.text)
            if not self.take("."):
                break
        return parts[-1] if parts else ""

    # parts

    def postfix(self) -> Code:
        found = self.primary()
        while True:
            if self.peek() in (".", "?."):
                safe = self.peek() == "?."
                self.at += 1
                name = self.word()
                found = methods.member(found, name, self.arguments() if self.peek() == "(" else None, safe=safe)
            elif self.take("["):
                index = self.value()
                self.expect("]")
                found = _applied(methods.at, found, index)
            else:
                return found

    def word(self) -> str:
        token = self.token()
        if token is None or token.kind not in ("word", "text"):
            raise _SyntaxError("a name is missing")
        self.at += 1
        return token.text

    def arguments(self) -> list[Code]:
        self.at += 1
        found: list[Code] = []
        self.newlines()
        while not self.take(")"):
            found.append(self.value())
            self.newlines()
            if not self.take(",") and self.peek() != ")":
                raise _SyntaxError("')' is missing")
            self.newlines()
        return found

    def primary(self) -> Code:
        token = self.token()
        if token is None:
            raise _SyntaxError("it ends too early")
        if token.kind == "number":
            self.at += 1
            value = Decimal(token.text) if "." in token.text else int(token.text)
            return lambda names: value
        if token.kind == "text":
            self.at += 1
            return _text(token)
        if token.kind == "word":
            return self.name(token.text)
        if self.take("("):
            found = self.value()
            self.expect(")")
            return found
        if self.take("["):
            return self.listed()
        if self.take("{"):
            body = self.body()
            return lambda names: Closure(body)
        raise _SyntaxError(f"'{token.text}' is not understood")

    def name(self, name: str) -> Code:
        self.at += 1
        if name in ("true", "false", "null"):
            constant = {"true": True, "false": False, "null": None}[name]
            return lambda names: constant
        if name == "new":
            raise _SyntaxError("it creates an object")
        if self.peek() == "(":
            arguments = self.arguments()
            return lambda names: methods.function(names, name, [code(names) for code in arguments])
        return lambda names: names(name)

    def listed(self) -> Code:
        """A list or a map, after its bracket."""
        items: list[Code] = []
        pairs: list[tuple[str, Code]] = []
        self.newlines()
        if self.take(":"):
            self.expect("]")
            return lambda names: {}
        while not self.take("]"):
            following = self.code[self.at + 1 : self.at + 2]
            if following and following[0].text == ":" and following[0].kind == "sign":
                pairs.append(self.named())
            else:
                items.append(self.value())
            self.newlines()
            if not self.take(",") and self.peek() != "]":
                raise _SyntaxError("']' is missing")
            self.newlines()
        if pairs:
            return lambda names: {key: code(names) for key, code in pairs}
        return lambda names: [code(names) for code in items]

    def named(self) -> tuple[str, Code]:
        key = self.word()
        self.expect(":")
        return key, self.value()

    # closures

    def body(self) -> Code:
        """The result of a closure, after its brace."""
        from nfconfgen.processes.statements import block

        return block(self)


def _text(token: Token) -> Code:
    """A text; code in it is evaluated."""
    if token.fixed:
        return lambda names: token.text
    parts = _parts(token.text)
    return lambda names: "".join(methods.shown(code(names)) for code in parts)


_IN_TEXT = re.compile(r"\$\{([^{}'\"]*)\}|\$([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|([^$]+)", re.DOTALL)


def _parts(text: str) -> list[Code]:
    found: list[Code] = []
    at = 0
    while at < len(text):
        match = _IN_TEXT.match(text, at)
        if match is None:
            raise _SyntaxError("the code in its text is not understood")
        at = match.end()
        if match[3] is not None:
            found.append(lambda names, plain=match[3]: plain)  # type: ignore[misc]
        else:
            found.append(compiled(tokens(match[1] or match[2])))
    return found


def _applied(function: Binary, left: Code, right: Code) -> Code:
    return lambda names: function(left(names), right(names))


def _or(left: Code, right: Code) -> Code:
    return lambda names: amounts.truth(left(names)) or amounts.truth(right(names))


def _and(left: Code, right: Code) -> Code:
    return lambda names: amounts.truth(left(names)) and amounts.truth(right(names))
