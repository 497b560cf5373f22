"""Facts read back from JSON that anybody may have touched: each value of its type, or a ValueError naming its key.

`at` is how messages name a value: the keys that lead to it, joined by dots.
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
"""Beyond it, readers of JSON no longer agree on a whole number; and no machine is so large."""

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
    """`of` with the fields in `data`, each read by its type.

    `readers` are for keys of another name or form: the field (none: it is looked at, not kept) and what reads it.
    `required` keys are missed even where the class has a default.
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
    """How each field is written, and those without a default. A large cluster has thousands of them to read."""
    known = fields(of)  # type: ignore[arg-type]  # every caller hands a dataclass
    needed = [f.name for f in known if f.default is f.default_factory is MISSING]
    return {f.name: str(f.type) for f in known}, needed


def record(of: type[T]) -> Reader[T]:
    """A reader of such a dataclass."""
    return lambda at, value: read(of, at, value)


def each(reader: Reader[T]) -> Reader[dict[str, T]]:
    """A reader of an object whose values are of one kind."""
    return lambda at, value: {text(at, key): reader(below(at, key), part) for key, part in mapping(at, value).items()}


def several(reader: Reader[T]) -> Reader[tuple[T, ...]]:
    """A reader of a list whose values are of one kind."""

    def read_list(at: str, value: Any) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise _is_no(at, "list", value)
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
        raise _is_no(at, f"word of {', '.join(map(str, words))}", value)

    return read_word


def below(at: str, key: str) -> str:
    """How the value of this key is named."""
    return f"{at}.{shown(key)}" if at else shown(key)


def shown(text: str) -> str:
    """A name as messages show it: short, and on one line."""
    return (text if text.isprintable() else repr(text))[:_SHOWN]


def time(at: str, value: Any) -> str:
    """A time as the lock keeps them."""
    # what strptime takes, without its import; Python 3.10 does not know the Z
    said = text(at, value)
    try:
        if not _TIME.fullmatch(said):
            raise ValueError
        datetime.fromisoformat(said.removesuffix("Z"))
    except ValueError:
        raise _is_no(at, "time", value) from None
    return said


def mapping(at: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _is_no(at, "object", value)
    return value


def text(at: str, value: Any) -> str:
    """A text that can be written to a file and handed to a program, which NUL and half a surrogate pair cannot."""
    if not isinstance(value, str) or _UNWRITABLE.search(value):
        raise _is_no(at, "text", value)
    return value


def number(at: str, value: Any) -> int:
    """A whole number of things that there are: nothing or more of them."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST:
        raise _is_no(at, f"whole number from 0 to {LARGEST}", value)
    return value


def _truth(at: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _is_no(at, "true or false", value)
    return value


def _is_no(at: str, kind: str, value: Any) -> ValueError:
    # repr would write out a number of any length, or fail at it
    said = "a larger number" if isinstance(value, int) and abs(value) > LARGEST else repr(value)
    return ValueError(f"{at or 'it'} is no {kind}: {said[:_SHOWN]}")


names = several(text)
"""Reads a list of texts."""

# by how the field is written in its class
_READERS: Mapping[str, Reader[Any]] = {
    "str": text,
    "int": number,
    "bool": _truth,
    "tuple[str, ...]": names,
    "Tres": each(number),
    "int | None": or_none(number),
    "tuple[str, ...] | None": or_none(names),
}
