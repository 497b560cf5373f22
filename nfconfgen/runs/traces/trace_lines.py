"""Splits a text file into lines, many at a time, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nfconfgen.runs.traces.trouble import Trouble

LONGEST = 1 << 20
"""Bytes of a line."""


@dataclass(frozen=True, slots=True)
class Block:
    """Successive lines without their ends."""

    first: int
    """The number of the first line, from 1."""
    lines: list[str]


def blocks(chunks: Iterator[bytes], trouble: Trouble) -> Iterator[Block]:
    """All lines; the last one only if it ends, as otherwise its last value may be cut. Invalid UTF-8 is replaced."""
    number, rest, skipping = 1, b"", False
    for chunk in chunks:
        whole, ended, begun = (rest + chunk).rpartition(b"\n")
        if ended and skipping:
            _, _, whole = whole.partition(b"\n") if b"\n" in whole else (b"", b"", b"")
            number, skipping = number + 1, False
            ended = ended if whole else b""
        if ended:
            block = Block(number, _lines(whole, number == 1))
            number += len(block.lines)
            yield block
        rest = b"" if skipping else begun
        if len(rest) > LONGEST:
            trouble.note(number, "trace-rows", f"the line is longer than {LONGEST >> 20} MiB, it is left out")
            rest, skipping = b"", True
    if rest:
        trouble.note(number, "trace-rows", "the last line does not end, it may be cut: it is left out", _CUT)


_CUT = "wait for the end of the run, or copy the file again"


def _lines(data: bytes, beginning: bool) -> list[str]:
    text = data.decode("utf-8-sig" if beginning else "utf-8", "replace")
    if "\r" in text:
        text = text.replace("\r\n", "\n").removesuffix("\r")
    return text.split("\n")
