"""The values of Nextflow's directives: amounts as Nextflow computes with them, and what it makes of a text.

As in Nextflow's MemoryUnit and Duration: whole bytes and milliseconds, binary units, products with fractions rounded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar


class UnknownError(Exception):
    """The value is not certain before Nextflow runs; the text says why."""


@dataclass(frozen=True, slots=True, order=True)
class Memory:
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    size: int
    """Milliseconds."""


Amount = Memory | Duration
Number = int | Decimal

MEMORY_UNITS = {unit: 1024**power for power, unit in enumerate(("B", "KB", "MB", "GB", "TB", "PB", "EB", "ZB"))}
_TIME_WORDS = {
    1: "ms milli millis",
    1000: "s sec second seconds",
    60_000: "m min minute minutes",
    3_600_000: "h hour hours",
    86_400_000: "d day days",
}
TIME_UNITS = {word: size for size, words in _TIME_WORDS.items() for word in words.split()}

_MOST_DIGITS = 40
_MEMORY = re.compile(r"([0-9.]+)\s*([KMGTPEZ])?B?", re.IGNORECASE)
_TIME = re.compile(r"(\d+(?:\.\d*)?)\s*([a-z]+)\s*", re.IGNORECASE)
_CLOCK = re.compile(r"(\d+):(\d{2}):(\d{2})")


def memory(value: object) -> Memory | None:
    """The value of a `memory` directive; None: not set."""
    if value is None or isinstance(value, Memory):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Memory(value)
    match = _MEMORY.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or match[1].count(".") > 1 or match[1] == ".":
        raise UnknownError(f"{value!r} is not a memory")
    return Memory(int(Decimal(match[1]) * MEMORY_UNITS[f"{(match[2] or '').upper()}B"]))


def duration(value: object) -> Duration | None:
    """The value of a `time` directive; None: not set."""
    if value is None or isinstance(value, Duration):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Duration(value)
    if isinstance(value, str):
        text = value.strip()
        clock = _CLOCK.fullmatch(text)
        if clock is not None:
            hours, minutes, seconds = map(int, clock.groups())
            return Duration(((hours * 60 + minutes) * 60 + seconds) * 1000)
        parts = _TIME.findall(text)
        if parts and "".join(_TIME.split(text)[::3]) == "" and all(unit.lower() in TIME_UNITS for _, unit in parts):
            return Duration(int(sum(Decimal(count) * TIME_UNITS[unit.lower()] for count, unit in parts)))
    raise UnknownError(f"{value!r} is not a time")


def count(value: object) -> int | None:
    """The value of a directive that is a number; None: not set."""
    if value is None:
        return None
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < _MOST_DIGITS:
        return int(value)
    raise UnknownError(f"{value!r} is not a number")


def accelerator(value: object) -> tuple[int, str]:
    """Number and type of a task's GPUs."""
    if isinstance(value, dict):
        kind = value.get("type")
        return count(value.get("request", value.get("limit"))) or 0, kind if isinstance(kind, str) else ""
    return count(value) or 0, ""


def text(value: object) -> str | None:
    """The value of a directive that is a text; None: not set."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise UnknownError("it is no text")


def texts(value: object) -> str | None:
    """The same for a directive that may be a list, as one text."""
    return " ".join(str(text(item)) for item in value) if isinstance(value, list) else text(value)


def truth(value: object) -> bool:
    """Groovy's truth: an amount is true unless it is zero, as are numbers; empty texts and lists are false."""
    return bool(value.size) if isinstance(value, Amount) else bool(value)


def number(value: object) -> Number:
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return value
    raise UnknownError(f"{value!r} is not a number")


_MOST_BITS = 4096
_LONGEST = 100_000
_Value = TypeVar("_Value", int, "int | Decimal", str, "list[object]")


def bounded(value: _Value) -> _Value:
    """The value; UnknownError if it is so large that one made of it again and again would fill the memory."""
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise UnknownError("its numbers are out of range")
    if isinstance(value, str | list) and len(value) > _LONGEST:
        raise UnknownError("its value is too long")
    return value


def times(left: object, right: object) -> object:
    if isinstance(left, Amount):
        return type(left)(_scaled(left.size, number(right)))
    if isinstance(right, Amount):
        return times(right, left)
    return bounded(number(left) * number(right))


def _scaled(size: int, factor: Number) -> int:
    """Rounded half up if the factor is a fraction (MemoryUnit.multiply)."""
    return bounded(size * factor) if isinstance(factor, int) else math.floor(size * factor + Decimal("0.5"))


def divided(left: object, right: object) -> object:
    by = number(right)
    if not by:
        raise UnknownError("it divides by zero")
    if isinstance(left, Amount):
        return type(left)(math.floor(Decimal(left.size) / by + Decimal("0.5")))
    result = Decimal(number(left)) / by
    return int(result) if result == result.to_integral_value() else result


def plus(left: object, right: object) -> object:
    if isinstance(left, Amount) and isinstance(right, Amount) and type(left) is type(right):
        return type(left)(left.size + right.size)
    if isinstance(left, list):
        return bounded([*left, *(right if isinstance(right, list) else [right])])
    if isinstance(left, str) and isinstance(right, str):
        return bounded(left + right)
    return number(left) + number(right)


def minus(left: object, right: object) -> object:
    if isinstance(left, Amount) and isinstance(right, Amount) and type(left) is type(right):
        return type(left)(left.size - right.size)
    return number(left) - number(right)


def power(left: object, right: object) -> object:
    base, exponent = number(left), number(right)
    bits = int(base).bit_length() * abs(int(exponent)) if -64 <= exponent <= 64 else _MOST_BITS
    if bits >= _MOST_BITS or int(exponent) != exponent:
        raise UnknownError("its exponent is out of range")
    if exponent < 0:
        return Decimal(base) ** int(exponent)
    result: int | Decimal = base ** int(exponent)
    return result


def compared(compare: Callable[[object, object], bool]) -> Callable[[object, object], bool]:
    """A comparison of equal kinds; the parsers disagree about null."""

    def result(left: object, right: object) -> bool:
        alike = isinstance(left, Amount) and type(left) is type(right)
        if not alike:
            left, right = (_ordered(left), _ordered(right))
            if isinstance(left, str) is not isinstance(right, str):
                raise UnknownError("it compares different kinds of values")
        return compare(left, right)

    return result


def _ordered(value: object) -> Number | str:
    if value is None:
        raise UnknownError("it compares a value that is not set, about which Nextflow's parsers disagree")
    return value if isinstance(value, str) else number(value)
