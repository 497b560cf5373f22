"""Dataclasses of facts read back from JSON that anybody may have touched: each field of its type, or an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar

T = TypeVar("T")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)


def read(of: type[T], data: Mapping[str, Any], **given: Any) -> T:
    """`of` with the fields in `data`; those in `given` are ready and are not looked for there.

    TypeError where a field is unknown, missing or of another type, ValueError where a number is below nothing.
    """
    kinds = {f.name: str(f.type) for f in fields(of)}  # type: ignore[arg-type]  # every caller hands a dataclass
    found = {}
    for name, value in mapping(data).items():
        if name in given:
            continue
        if name not in kinds:
            raise TypeError(f"{name!r} is unknown")
        found[name] = _READERS[kinds[name]](name, value)
    return of(**found, **given)


def time(value: Any) -> str:
    """A time as the lock keeps them; TypeError or ValueError for anything else."""
    text = _text("time", value)
    # what strptime takes, without its import; Python 3.10 does not know the Z
    if not _TIME.fullmatch(text):
        raise ValueError(f"no time: {text!r:.40}")
    datetime.fromisoformat(text.removesuffix("Z"))
    return text


def mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r:.40} is no object")
    return value


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text: {value!r:.40}")
    return value


def _number(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} is no number: {value!r:.40}")
    if value < 0:
        raise ValueError(f"{name} is less than nothing: {value}")
    return value


def _truth(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name} is neither true nor false: {value!r:.40}")
    return value


def _names(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{name} is no list: {value!r:.40}")
    return tuple(_text(name, each) for each in value)


def _amounts(name: str, value: Any) -> dict[str, int]:
    return {key: _number(f"{name} {key}", amount) for key, amount in mapping(value).items()}


def _or_none(reader: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    return lambda name, value: None if value is None else reader(name, value)


# by how the field is written in its class
_READERS: Mapping[str, Callable[[str, Any], Any]] = {
    "str": _text,
    "int": _number,
    "bool": _truth,
    "tuple[str, ...]": _names,
    "Tres": _amounts,
    "int | None": _or_none(_number),
    "tuple[str, ...] | None": _or_none(_names),
}
