"""Reads facts from JSON that may have been edited: each value of its type, or a ValueError that names its key.

`at` is the name of a value in messages: the keys that lead to it, joined by dots.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, fields
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

T = TypeVar("T")
Reader = Callable[[str, Any], T]

LARGEST = 2**53 - 1
"""JSON readers disagree on larger whole numbers; and no machine is that large."""

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")
_SHOWN = 60


def read(
    of: type[T],
    at: str,
    data: Any,
    readers: Mapping[str, tuple[str, Reader[Any]]] = MappingProxyType({}),
    required: Collection[str] = (),
) -> T:
    """A `of` with the fields in `data`, each read by its type.

    `readers` are for keys of another name or form: the field (empty: checked, but not kept) and its reader.
    `required` keys must be set even if the class has a default.
    """
    kinds, needed = _fields(of)  # type: ignore[arg-type]  # mypy takes type[T] for unhashable
    keys = {name: key for key, (name, _) in readers.items()}
    found = {}
    for key, value in mapping(at, data).items():
        if key in readers:
            name, reader = readers[key]
        elif key in kinds and key not in keys:
            name, reader = key, _READERS[kinds[key]]
        else:
            raise ValueError(f"{below(at, key)} is unknown")
        found[name] = reader(below(at, key), value)
    found.pop("", None)
    missing = [keys.get(name, name) for name in needed if name not in found]
    missing += [key for key in required if key not in data]
    if missing:
        raise ValueError(f"{below(at, missing[0])} is missing")
    return of(**found)


@cache
def _fields(of: type[object]) -> tuple[Mapping[str, str], Collection[str]]:
    """The type of each field as text, and the fields without a default; cached for thousands of records of a
    cluster."""
    known = fields(of)  # type: ignore[arg-type]  # every caller passes a dataclass
    needed = [f.name for f in known if f.default is f.default_factory is MISSING]
    return {f.name: str(f.type) for f in known}, needed


def record(of: type[T]) -> Reader[T]:
    """A reader of this dataclass."""
    return lambda at, value: read(of, at, value)


def each(reader: Reader[T]) -> Reader[dict[str, T]]:
    """A reader of an object whose values are of one kind."""
    return lambda at, value: {text(at, key): reader(below(at, key), part) for key, part in mapping(at, value).items()}


def several(reader: Reader[T]) -> Reader[tuple[T, ...]]:
    """A reader of a list whose values are of one kind."""

    def read_list(at: str, value: Any) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise _is_not(at, "a list", value)
        return tuple(reader(f"{at}[{index}]", part) for index, part in enumerate(value))

    return read_list


def or_none(reader: Reader[T]) -> Reader[T | None]:
    return lambda at, value: None if value is None else reader(at, value)


def one_of(words: Collection[T]) -> Reader[T]:
    """A reader of one of these texts."""

    def read_word(at: str, value: Any) -> T:
        for word in words:
            if word == value:
                return word
        raise _is_not(at, f"one of {', '.join(map(str, words))}", value)

    return read_word


def below(at: str, key: str) -> str:
    """The name of the value of this key."""
    return f"{at}.{shown(key)}" if at else shown(key)


def shown(text: str) -> str:
    """A name for messages: short, and on one line."""
    return (text if text.isprintable() else repr(text))[:_SHOWN]


def time(at: str, value: Any) -> str:
    """A time in the format of the lock."""
    # what strptime accepts, without its import; Python 3.10 does not know the Z
    written = text(at, value)
    try:
        if not _TIME.fullmatch(written):
            raise ValueError
        datetime.fromisoformat(written.removesuffix("Z"))
    except ValueError:
        raise _is_not(at, "a time", value) from None
    return written


def mapping(at: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _is_not(at, "an object", value)
    return value


def text(at: str, value: Any) -> str:
    """A text without NUL and lone surrogates, which cannot be written to a file or passed to a program."""
    if not isinstance(value, str) or _UNWRITABLE.search(value):
        raise _is_not(at, "a text", value)
    return value


def number(at: str, value: Any) -> int:
    """A whole number that is not negative."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST:
        raise _is_not(at, f"a whole number from 0 to {LARGEST}", value)
    return value


def _truth(at: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _is_not(at, "true or false", value)
    return value


def _is_not(at: str, kind: str, value: Any) -> ValueError:
    # repr would write out a number of any length, or fail
    written = "a larger number" if isinstance(value, int) and abs(value) > LARGEST else repr(value)
    return ValueError(f"{at or 'it'} is not {kind}: {written[:_SHOWN]}")


names = several(text)
"""Reads a list of texts."""

# by the type of the field as written in its class
_READERS: Mapping[str, Reader[Any]] = {
    "str": text,
    "int": number,
    "bool": _truth,
    "tuple[str, ...]": names,
    "Tres": each(number),
    "int | None": or_none(number),
    "tuple[str, ...] | None": or_none(names),
}
