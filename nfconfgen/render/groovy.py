"""Groovy that both parsers of Nextflow accept: literals, and closures of one expression on `task`.

Values reach a config only through `quote`. `Code` marks text that is Groovy already.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from nfconfgen.profile.retry_settings import Added, Growth

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# in this order: the backslash first
_ESCAPES = (("\\", "\\\\"), ("'", "\\'"), ("\n", "\\n"), ("\r", "\\r"))


class Code(str):
    """A Groovy expression."""

    __slots__ = ()


def quote(value: object) -> Code:
    """Any value of a profile as a Groovy literal; `Code` stays as it is. A text becomes a single-quoted string, in
    which `$` has no meaning."""
    if isinstance(value, Code):
        return value
    if value is None:
        return Code("null")
    if isinstance(value, bool):
        return Code("true" if value else "false")
    if isinstance(value, int | float):
        return Code(repr(value))
    if isinstance(value, list | tuple):
        return Code(f"[{', '.join(quote(item) for item in value)}]")
    if isinstance(value, dict):
        return Code(f"[{', '.join(f'{quote(key)}: {quote(item)}' for key, item in value.items()) or ':'}]")
    if not isinstance(value, str):
        raise TypeError(f"no Groovy literal for {type(value).__name__}")
    for character, escape in _ESCAPES:
        value = value.replace(character, escape)
    return Code(f"'{value}'")


def name(text: str, width: int = 0) -> str:
    """A name that needs no quotes (a param, a profile, part of a file name), padded with spaces to `width`.
    ValueError for any other text."""
    if not _NAME.fullmatch(text):
        raise ValueError(f"not a name: {text!r}")
    return text.ljust(width)


def memory(mib: int) -> Code:
    """Always whole MB, because Nextflow prints `31100.MB` as `30.4 GB`, and reads this back as 31129."""
    return Code(f"{mib}.MB")


def duration(seconds: int) -> Code:
    """`4.h`, `90.min` or `30.s`, whichever is whole."""
    if seconds % 3600 == 0:
        return Code(f"{seconds // 3600}.h")
    return Code(f"{seconds // 60}.min" if seconds % 60 == 0 else f"{seconds}.s")


def by_attempt(values: Sequence[Code]) -> Code:
    """The value of attempt 1, 2 …; the last applies to all later attempts. A literal if all are the same."""
    expression = values[0]
    for attempt, (before, value) in enumerate(pairwise(values), start=1):
        if value != before:
            expression = Code(f"task.attempt > {attempt} ? {value} : {expression}")
    return expression if expression == values[0] else Code(f"{{ {expression} }}")


def grown(value: Code, growth: Growth, text: Callable[[int], Code]) -> Code:
    """A value that grows with the attempts; `text` is that of an amount."""
    if isinstance(growth, Added):
        return Code(f"{{ {value} + {text(growth.amount)} * (task.attempt - 1) }}")
    factors = {"attempt": "task.attempt", "double": "2 ** (task.attempt - 1)"}
    return Code(f"{{ {value} * {factors[growth]} }}") if growth != "same" else value


def memory_by_attempt(mib: Sequence[int]) -> Code:
    """The same for memory; `{ 8192.MB * task.attempt }` if each attempt adds the first amount."""
    if len(mib) > 1 and all(size == mib[0] * attempt for attempt, size in enumerate(mib, start=1)):
        return Code(f"{{ {memory(mib[0])} * task.attempt }}")
    return by_attempt([memory(size) for size in mib])


def exit_codes(ranges: Sequence[tuple[int, int]], *more: int) -> Code:
    """A collection of exit codes, as `((130..145) + [104, 175])`; empty for none."""
    spans = [f"({low}..{high})" for low, high in ranges if low != high]
    singles = [str(low) for low, high in ranges if low == high] + [str(code) for code in more]
    listed = [f"[{', '.join(singles)}]"] if singles else []
    return Code(f"({' + '.join([*spans, *listed])})" if spans or listed else "")
