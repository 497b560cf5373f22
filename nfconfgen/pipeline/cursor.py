"""A position in the tokens of one file, for the readers of configs and scripts."""

from __future__ import annotations

from dataclasses import dataclass

from nfconfgen.pipeline.tokens import Token

_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


def opens(token: Token) -> bool:
    """Whether this is a bracket that another one closes."""
    return token.kind == "sign" and token.text in _OPENING


@dataclass(slots=True)
class Cursor:
    tokens: list[Token]
    at: int = 0

    def peek(self) -> Token | None:
        """The next token; None after the last one."""
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def sees(self, sign: str) -> bool:
        token = self.peek()
        return token is not None and token.kind == "sign" and token.text == sign

    def take(self) -> Token | None:
        token = self.peek()
        self.at += token is not None
        return token

    def take_sign(self, sign: str) -> bool:
        """Whether this sign comes next; takes it if so."""
        found = self.sees(sign)
        self.at += found
        return found

    def take_brackets(self) -> tuple[list[Token], bool]:
        """Takes a bracket and all up to its closing one; also returns whether there is one."""
        begin, depth = self.at, 0
        for at in range(begin, len(self.tokens)):
            token = self.tokens[at]
            if token.kind == "sign":
                depth += (token.text in _OPENING) - (token.text in _CLOSING)
                if depth <= 0:
                    self.at = at + 1
                    return self.tokens[begin : self.at], True
        self.at = len(self.tokens)
        return self.tokens[begin:], False

    def skip_newlines(self) -> Token | None:
        """Takes newlines and returns the next token, without taking it."""
        while (token := self.peek()) is not None and token.kind == "newline":
            self.at += 1
        return token
