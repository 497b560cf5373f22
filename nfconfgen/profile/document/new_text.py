"""New keys and values as YAML: plain where the reader of profiles reads them so, otherwise quoted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from nfconfgen.profile.document import yaml12
from nfconfgen.profile.document.yaml12 import Path

Scalar: TypeAlias = "str | int | float | bool | None"
Value: TypeAlias = "Scalar | Sequence[Value] | Mapping[str, Value]"

_GROUPS = frozenset(("tasks", "labels", "processes", "sites"))
# what YAML does not allow in a text as it is, or takes for a line break
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Style:
    """How new text is written: the columns by which a level is indented, whether tasks are block mappings, and
    whether all is JSON."""

    step: int = 2
    block: bool = False
    json: bool = False

    def lines(self, key: str, value: Value, path: Path, indent: int) -> Iterator[str]:
        """The lines of a new entry of a block mapping; `path` is that of the value."""
        head = f"{' ' * indent}{scalar(key, is_key=True)}:"
        if isinstance(value, Mapping) and self.is_block(value, path):
            yield head
            yield from self.inner(value, path, indent + self.step)
        else:
            yield f"{head} {self.inline(value, in_flow=False)}"

    def inner(self, value: Value, path: Path, indent: int) -> Iterator[str]:
        """The lines of a block mapping or list."""
        if isinstance(value, Mapping):
            for key, item in value.items():
                yield from self.lines(key, item, (*path, key), indent)
        else:
            assert isinstance(value, Sequence)
            yield from (f"{' ' * indent}- {self.inline(item, in_flow=False)}" for item in value)

    def is_block(self, value: Value, path: Path) -> bool:
        """Whether a new value at this path is a block mapping."""
        if not isinstance(value, Mapping) or not value or self.json:
            return False
        return self.block if is_task(path) else len(path) == 1 or path[-1] in _GROUPS or path[-2] == "sites"

    def inline(self, value: Value, *, in_flow: bool) -> str:
        """A value without a line break."""
        if self.json:
            return _quoted(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if isinstance(value, Mapping):
            return f"{{{', '.join(self.entry(key, item) for key, item in value.items())}}}"
        if isinstance(value, Sequence) and not isinstance(value, str):
            return f"[{', '.join(self.inline(item, in_flow=True) for item in value)}]"
        return scalar(value, in_flow=in_flow)

    def entry(self, key: str, value: Value) -> str:
        """An entry of a flow mapping."""
        name = _quoted(key) if self.json else scalar(key, is_key=True, in_flow=True)
        return f"{name}: {self.inline(value, in_flow=True)}"


def is_task(path: Path) -> bool:
    """Whether the requests of a task are set here: the default, a label or a process."""
    return len(path) > 1 and (path[-1] == "default" or path[-2] in ("labels", "processes"))


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, in type as well, whatever the order of their keys."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def requoted(value: Value, quote: str) -> str | None:
    """A text within the quotes that the previous one had; None if it cannot be."""
    if not isinstance(value, str) or quote not in ('"', "'"):
        return None
    if quote == '"':
        return _quoted(value)
    return "'" + value.replace("'", "''") + "'" if value.isprintable() else None


@lru_cache(maxsize=4096, typed=True)
def scalar(value: Scalar, *, is_key: bool = False, in_flow: bool = False) -> str:
    """A scalar as the reader of profiles reads it at such a place."""
    if not isinstance(value, str):
        return json.dumps(value)
    line = f"{value}: 0" if is_key else f"k: {value}"
    # readers differ about a colon at the end, or at the beginning
    if value and value.isprintable() and value[0] not in "?:" and value[-1] != ":":
        read, findings = yaml12.parse(f"{{{line} }}" if in_flow else f"{line} ", "")
        if read is not None and not findings and read.data == ({value: 0} if is_key else {"k": value}):
            return value
    return _quoted(value)


def _quoted(text: str) -> str:
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
