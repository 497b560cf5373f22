"""The only module that prints: results to stdout, messages to stderr, in colour if the terminal shows it.

The texts may come from others: from locks, AWS, Slurm, file names. So each argument becomes one line, and characters
that a terminal or a CI log would interpret are escaped. Only `paint` makes escape sequences.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TextIO

from nfconfgen.errors import UsageError
from nfconfgen.terminal.visible import json_text, line, visible

Colour = Literal["auto", "always", "never"]

_CODES = {"red": "31", "yellow": "33", "bold": "1", "dim": "2"}
# stands for the beginning of an escape sequence; no text from outside can contain it
_PAINT = f"\0{os.urandom(8).hex()}:"


@dataclass(frozen=True, slots=True)
class Console:
    """`quiet` suppresses all but results and errors."""

    colour: Colour = "auto"
    quiet: bool = False

    def result(self, *lines: str) -> None:
        _write(sys.stdout, map(_painted, lines))

    def document(self, text: str) -> None:
        """Prints JSON."""
        _write(sys.stdout, [json_text(text.rstrip("\n"))])

    def annotations(self, *lines: str) -> None:
        """Prints workflow commands, the only lines that GitHub may interpret."""
        _write(sys.stdout, map(visible, lines))

    def info(self, *lines: str) -> None:
        if not self.quiet:
            _write(sys.stderr, map(_painted, lines))

    def error(self, text: str) -> None:
        _write(sys.stderr, [_painted(f"{self.paint('error', 'red', sys.stderr)}: {text}")])

    def agreed(self, lines: Sequence[str], question: str) -> bool:
        """Shows what will be done, even if `quiet`, and returns whether the user agrees. UsageError without a
        terminal."""
        _write(sys.stderr, map(_painted, lines))
        if sys.stdin is None or not sys.stdin.isatty():
            raise UsageError("there is no terminal to confirm this: --yes confirms it")
        print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    def confirm(self, lines: Sequence[str], question: str, *, yes: bool) -> None:
        """Shows what will be done, and asks unless `yes`. UsageError if the user does not agree."""
        if yes:
            self.info(*lines)
        elif not self.agreed(lines, question):
            raise UsageError("nothing was done")

    @property
    def can_ask(self) -> bool:
        """Whether a person can answer."""
        return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()

    def answer(self, question: str, default: str) -> str:
        """What the user types, or the default. KeyboardInterrupt if there is no more input."""
        shown = f" [{visible(default)}]" if default else ""
        sys.stderr.write(f"{_painted(question)}{shown}: ")
        sys.stderr.flush()
        try:
            typed = sys.stdin.readline()
        except KeyboardInterrupt:
            typed = ""
        if not typed:
            sys.stderr.write("\n")
            raise KeyboardInterrupt
        return typed.strip() or default

    def paint(self, text: str, colour: str, stream: TextIO | None = None) -> str:
        return f"{_PAINT}{_CODES[colour]}m{text}{_PAINT}0m" if self._colours(stream or sys.stdout) else text

    def _colours(self, stream: TextIO) -> bool:
        if self.colour != "auto":
            return self.colour == "always"
        # https://no-color.org
        return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def _painted(text: str) -> str:
    """A line as it is printed: in colour where `paint` marked it, all else escaped."""
    plain, *painted = text.split(_PAINT)
    parts = [("", plain), *((f"\033[{code}m", rest) for code, _, rest in (part.partition("m") for part in painted))]
    begin = next((at for at, (_, rest) in enumerate(parts) if rest.strip()), 0)
    return "".join(code + (line if at == begin else visible)(rest) for at, (code, rest) in enumerate(parts))


def _write(stream: TextIO, lines: Iterable[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    if text:
        stream.write(text)
        stream.flush()
