"""Parses an expression by the precedence of its operators (Pratt), straight into a function of its names."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from nfconfgen.expressions import amounts, methods, operators
from nfconfgen.expressions.operators import LEVELS, Closure, Code, applied
from nfconfgen.expressions.statements import block
from nfconfgen.expressions.token_reader import NotUnderstoodError, TokenReader
from nfconfgen.pipeline.tokens import Token

_DEEPEST = 40
_MOST_DIGITS = 40
DEEP = "it is nested too deeply"


class Parser(TokenReader):
    """`in_text` compiles a text that has code in it."""

    def __init__(self, code: list[Token], in_text: Callable[[str], Code]) -> None:
        super().__init__(code)
        self.in_text = in_text
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
            raise NotUnderstoodError(f"'{self.code[self.at].text}' is not understood")
        if not named:
            return first
        return lambda names: {"request": first(names), **{key: code(names) for key, code in named}}

    def value(self) -> Code:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise NotUnderstoodError(DEEP)
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
            left = operators.either(left, self.both())
        return left

    def both(self) -> Code:
        left = self.binary(0)
        while self.continues("&&"):
            self.at += 1
            self.newlines()
            left = operators.both(left, self.binary(0))
        return left

    def binary(self, level: int) -> Code:
        if level == len(LEVELS):
            return self.powers()
        left = self.binary(level + 1)
        # a sign at the beginning of a line begins a new statement
        while (sign := self.operator(level)) != "":
            if sign == "as":
                left = methods.cast(left, self.type())
                continue
            self.newlines()
            left = applied(LEVELS[level][sign], left, self.binary(level + 1))
        return left

    def operator(self, level: int) -> str:
        """Takes the operator of this level that follows; empty if none does."""
        sign = self.peek()
        following = self.code[self.at + 1].text if self.at + 1 < len(self.code) else ""
        if sign not in LEVELS[level] or (sign == "*" and following == "*"):
            return ""
        if sign == ".." and following == "<":
            raise NotUnderstoodError("an open range is not understood")
        self.at += 1
        return sign

    def powers(self) -> Code:
        left = self.unary()
        if self.peek() == "*" and self.code[self.at + 1 : self.at + 2] and self.code[self.at + 1].text == "*":
            self.at += 2
            return applied(amounts.power, left, self.powers())
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
                found = applied(methods.at, found, index)
            else:
                return found

    def arguments(self) -> list[Code]:
        self.at += 1
        found: list[Code] = []
        self.newlines()
        while not self.take(")"):
            found.append(self.value())
            self.newlines()
            if not self.take(",") and self.peek() != ")":
                raise NotUnderstoodError("')' is missing")
            self.newlines()
        return found

    def primary(self) -> Code:
        token = self.token()
        if token is None:
            raise NotUnderstoodError("it ends too early")
        if token.kind == "number":
            self.at += 1
            if len(token.text) > _MOST_DIGITS:
                raise NotUnderstoodError("its numbers are out of range")
            value = Decimal(token.text) if "." in token.text else int(token.text)
            return lambda names: value
        if token.kind == "text":
            self.at += 1
            text = token.text
            return (lambda names: text) if token.fixed else self.in_text(text)
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
        raise NotUnderstoodError(f"'{token.text}' is not understood")

    def name(self, name: str) -> Code:
        self.at += 1
        if name in ("true", "false", "null"):
            constant = {"true": True, "false": False, "null": None}[name]
            return lambda names: constant
        if name == "new":
            raise NotUnderstoodError("it creates an object")
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
            elif self.take("*"):
                items.append(operators.spread(self.value()))
            else:
                items.append(self.value())
            self.newlines()
            if not self.take(",") and self.peek() != "]":
                raise NotUnderstoodError("']' is missing")
            self.newlines()
        if pairs:
            return lambda names: {key: code(names) for key, code in pairs}
        return lambda names: operators.listed([code(names) for code in items])

    def named(self) -> tuple[str, Code]:
        key = self.word()
        self.expect(":")
        return key, self.value()

    # closures

    def body(self) -> Code:
        """The result of a closure, after its brace."""
        return block(self)
