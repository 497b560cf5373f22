"""The tokens of one expression, read from left to right."""

from __future__ import annotations

from nfconfgen.pipeline.tokens import Token


class NotUnderstoodError(Exception):
    """The expression has a part that is not evaluated; the text says which."""


class TokenReader:
    def __init__(self, code: list[Token]) -> None:
        self.code = code
        self.at = 0

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
            raise NotUnderstoodError(f"'{text}' is missing")

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

    def word(self) -> str:
        token = self.token()
        if token is None or token.kind not in ("word", "text"):
            raise NotUnderstoodError("a name is missing")
        self.at += 1
        return token.text
