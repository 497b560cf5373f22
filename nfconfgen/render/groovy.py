"""Groovy that both parsers of Nextflow accept: literals, and closures of one expression on `task`.

Values reach a config only through `quote`. `Code` marks text that is Groovy already.

A param is read where its reference stands: in a closure when a task is submitted, which the command line of a run
reaches in every version; outside of one when the config is read, where 25.04 (v2) does not see the command line yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from nfconfgen.profile.references import Env, FromParam, Part, Reference, Text, Value, concat, texts
from nfconfgen.profile.retry_settings import Added, Growth
from nfconfgen.profile.units import PartMib

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# in this order: the backslash first
_LINES = (("\n", "\\n"), ("\r", "\\r"))
_IN_QUOTES = (("\\", "\\\\"), ("'", "\\'"), *_LINES)
_IN_DOUBLE_QUOTES = (("\\", "\\\\"), ('"', '\\"'), ("$", "\\$"), *_LINES)


class Code(str):
    """A Groovy expression."""

    __slots__ = ()


def quote(value: object) -> Code:
    """Any value of a profile as a Groovy expression; `Code` stays as it is. A text becomes a single-quoted string, in
    which `$` has no meaning, or one with references to what is known only when Nextflow starts."""
    if isinstance(value, Code):
        return value
    if isinstance(value, Text):
        return _reference(value)
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
    for character, escape in _IN_QUOTES:
        value = value.replace(character, escape)
    return Code(f"'{value}'")


def _reference(text: Text) -> Code:
    """The value of a text; null if nothing but an unset variable or param is in it."""
    if text.whole is not None:
        return Code(_part(text.whole, alone=True))
    return Code(f'"{"".join(map(_within, text.parts))}"')


def _within(part: Part) -> str:
    """A part within double quotes."""
    if not isinstance(part, str):
        return f"${{{_part(part, alone=False)}}}"
    for character, escape in _IN_DOUBLE_QUOTES:
        part = part.replace(character, escape)
    return part


def _part(part: Reference, *, alone: bool) -> str:
    """The value of a reference; `alone`: null if it is unset, and otherwise an empty text."""
    read = _read(part)
    if part.default is not None:
        return f"{read} ?: {_default(part.default, alone=alone)}"
    if not isinstance(part, Env):
        return f"!{read}" if isinstance(part, FromParam) and part.negated else read
    # config scripts know no error(); this exception is reported without a trace
    message = quote(f"environment variable {part.name} is not set")
    return f"{read} ?: ({{ throw new nextflow.exception.ConfigParseException({message}) }})()"


def _read(part: Reference) -> str:
    if isinstance(part, Env):
        return f"System.getenv({quote(part.name)})"
    return f"params.{part.name}" if isinstance(part, FromParam) else "task.accelerator?.request"


def _default(default: Value, *, alone: bool) -> str:
    nothing = quote(None if alone else "")
    if isinstance(default, Text) and default.whole is not None:
        return _part(default.whole, alone=alone)
    if isinstance(default, Text) and default.optional:
        return f"({_if_set(default, default, nothing)})"
    return quote(default) if default else nothing


def joined(words: Sequence[Value]) -> Code:
    """Options in one line; each that reads an optional variable or a param is left out where that is unset."""
    pieces = _pieces(words)
    if not pieces:
        return Code("''")
    if len(pieces) == 1 and isinstance(pieces[0], Text) and pieces[0].optional:
        return Code(_if_set(pieces[0], pieces[0], "null"))
    codes: list[str] = []
    fixed = False
    for index, piece in enumerate(pieces):
        if isinstance(piece, Text) and piece.optional:
            # the blank belongs to the option that may be left out
            spaced = concat(" ", piece) if fixed else concat(piece, " ") if index < len(pieces) - 1 else piece
            codes.append(f"({_if_set(piece, spaced, quote(''))})")
        else:
            code = quote(concat(" ", piece) if fixed else piece)
            codes.append(f"({code})" if isinstance(piece, Text) and piece.whole else code)
            fixed = True
    return Code(" + ".join(codes))


def _pieces(words: Sequence[Value]) -> list[Value]:
    """The words; those that are always there are joined with their neighbours."""
    found: list[Value] = []
    for word in words:
        fixed = not (isinstance(word, Text) and word.optional)
        if fixed and found and not (isinstance(found[-1], Text) and found[-1].optional):
            found[-1] = concat(found[-1], " ", word)
        else:
            found.append(word)
    return found


def _if_set(text: Text, then: Value, otherwise: str) -> str:
    conditions = [_is_set(part) for part in dict.fromkeys(text.optional)]
    return f"{' && '.join(conditions)} ? {quote(then)} : {otherwise}"


def _is_set(part: Reference) -> str:
    return f"({_part(part, alone=True)})" if isinstance(part.default, Text) else _read(part)


def directive(value: object) -> Code:
    """The value of a directive: a closure if it reads a param, which the command line of a run then reaches."""
    code = quote(value)
    return Code(f"{{ {code} }}") if any(text.by_task for text in texts(value)) else code


def name(text: str, width: int = 0) -> str:
    """A name that needs no quotes (a param, a profile, part of a file name), padded with spaces to `width`.
    ValueError for any other text."""
    if not _NAME.fullmatch(text):
        raise ValueError(f"not a name: {text!r}")
    return text.ljust(width)


def path(text: str, width: int = 0) -> str:
    """Names joined by dots, padded with spaces to `width`. ValueError for any other text."""
    return ".".join(map(name, text.split("."))).ljust(width)


def memory(mib: int) -> Code:
    """Always whole MB, because Nextflow prints `31100.MB` as `30.4 GB`, and reads this back as 31129."""
    return Code(f"{mib}.MB")


def memory_bound(mib: int) -> Code:
    """A memory that tasks are compared with: as the profile has it if that is no whole MB."""
    return Code(re.sub(r" ?([A-Z])B?$", r".\1B", mib.written)) if isinstance(mib, PartMib) else memory(mib)


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


def exit_codes(ranges: Sequence[tuple[int, int]], *more: int) -> Code:
    """A collection of exit codes, as `((130..145) + [104, 175])`; empty for none."""
    spans = [f"({low}..{high})" for low, high in ranges if low != high]
    singles = [str(low) for low, high in ranges if low == high] + [str(code) for code in more]
    listed = [f"[{', '.join(singles)}]"] if singles else []
    return Code(f"({' + '.join([*spans, *listed])})" if spans or listed else "")
