"""Reads the fields of a trace, each raw (bytes, milliseconds, epoch) or pretty (`15.4 GB`, `1m 30s`, a date).

A value that is missing, cannot be read, or is beyond all that a machine has is None: unknown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import cast

Numbers = Sequence["int | None"]
"""None: unknown."""

MISSING = frozenset(("-", "", "null", "NA", "N/A"))
LOST = 2147483647
"""The exit code of Nextflow for a task that left none."""

_MOST_BYTES = 2**50
LONGEST_MS = 10 * 366 * 86_400_000
_MOST_EPOCH_MS = 2**43
_MOST_KEPT = 20_000
_LONGEST = 60
_LONGEST_NUMBER = 19

_BYTES_IN = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40, "P": 1 << 50}
_SIZE = re.compile(r"(\d+(?:[.,]\d+)?) ?([KMGTP]?)B?", re.ASCII)
_PART = r"(\d+(?:[.,]\d+)?) ?(ms|[dhms])(?![a-z]) ?"
_DURATION = re.compile(f"(?:{_PART})+", re.ASCII)
_MS_IN = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_PER_CENT = re.compile(r"(\d+(?:[.,]\d+)?) ?%?", re.ASCII)
_INTEGER = re.compile(r"-?\d{1,10}", re.ASCII)


class Kind(dict[str, "int | None"]):
    """How the texts of some columns are read; a dict, as pretty values and requests occur again and again."""

    def __init__(self, read: Callable[[str], int | None], largest: int) -> None:
        super().__init__()
        self._read = read
        self.largest = largest

    def __missing__(self, text: str) -> int | None:
        if len(self) >= _MOST_KEPT:
            self.clear()
        value = self._read(text) if len(text) <= _LONGEST else None
        kept = value if value is not None and value <= self.largest else None
        self[text] = kept
        return kept

    def all(self, texts: Sequence[str]) -> list[int | None]:
        """The value of each text."""
        try:
            plain = list(map(int, texts))
        except ValueError:
            pass
        else:
            # mostly the sum suffices, which is faster
            if min(plain) >= 0 and (sum(plain) <= self.largest or max(plain) <= self.largest):
                return cast("list[int | None]", plain)
        return [
            value
            if text.isdecimal() and len(text) <= _LONGEST_NUMBER and (value := int(text)) <= self.largest
            else self[text]
            for text in texts
        ]

    def each(self, texts: Sequence[str]) -> list[int | None]:
        """The same, faster where few texts are different, and for values that are no plain integers."""
        return list(map(self.__getitem__, texts))


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _bytes(text: str) -> int | None:
    match = _SIZE.fullmatch(text)
    if match is None:
        return None
    return round(_number(match[1]) * _BYTES_IN[match[2]])


def _duration_ms(text: str) -> int | None:
    if text.isdecimal():
        return int(text)
    if not _DURATION.fullmatch(text):
        return None
    return round(sum(_number(count) * _MS_IN[unit] for count, unit in re.findall(_PART, text, re.ASCII)))


def _moment_ms(text: str) -> int | None:
    """Nextflow writes local time; only differences are used, so it is read as UTC."""
    if text.isdecimal():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return round(moment.replace(tzinfo=timezone.utc).timestamp() * 1000)


def _per_cent(text: str) -> int | None:
    """Of one core, rounded up."""
    match = _PER_CENT.fullmatch(text)
    return math.ceil(_number(match[1])) if match else None


def _count(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() else None


def exit_code(text: str) -> int | None:
    """None: the task left none."""
    code = int(text) if _INTEGER.fullmatch(text) else None
    return None if code == LOST else code


def zeroed(values: Numbers) -> Sequence[int]:
    """0 for what is unknown."""
    return [value or 0 for value in values] if None in values else cast("Sequence[int]", values)


class Kinds:
    """The kinds of all columns, with the values that were read before."""

    def __init__(self) -> None:
        self.size = Kind(_bytes, _MOST_BYTES)
        self.duration = Kind(_duration_ms, LONGEST_MS)
        self.moment = Kind(_moment_ms, _MOST_EPOCH_MS)
        self.per_cent = Kind(_per_cent, 10_000_000)
        self.count = Kind(_count, 1_000_000)
        self.attempt = Kind(_count, 1000)
        self.total = Kind(_bytes, 2**60)  # rchar counts what is read again and again
        self.of_requests = (self.attempt, self.count, self.size, self.duration, self.size)
        """Of attempt, cpus, memory, time and disk."""
