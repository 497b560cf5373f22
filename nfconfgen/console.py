"""The only writer: results to stdout, words for people to stderr; colour where it is wanted and can be seen."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Literal, TextIO

from nfconfgen.errors import UsageError

Colour = Literal["auto", "always", "never"]

_CODES = {"red": "31", "yellow": "33", "green": "32", "bold": "1", "dim": "2"}


@dataclass(frozen=True, slots=True)
class Console:
    """`quiet` leaves out everything but results and errors."""

    colour: Colour = "auto"
    quiet: bool = False

    def result(self, text: str) -> None:
        """Something the caller asked for."""
        print(text, file=sys.stdout, flush=True)

    def say(self, text: str) -> None:
        """Something worth knowing beside the result."""
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)

    def error(self, text: str) -> None:
        print(f"{self.paint('error', 'red', sys.stderr)}: {text}", file=sys.stderr, flush=True)

    def agreed(self, what: str, question: str) -> bool:
        """Shows what will be done, also where `quiet`, and whether somebody at the terminal agrees to it.
        UsageError where nobody can be asked."""
        print(what, file=sys.stderr, flush=True)
        if sys.stdin is None or not sys.stdin.isatty():
            raise UsageError("nobody can be asked here: --yes agrees to it")
        print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    def paint(self, text: str, colour: str, stream: TextIO | None = None) -> str:
        return f"\033[{_CODES[colour]}m{text}\033[0m" if self._colours(stream or sys.stdout) else text

    def _colours(self, stream: TextIO) -> bool:
        if self.colour != "auto":
            return self.colour == "always"
        # https://no-color.org
        return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()
