"""YAML with the values of YAML 1.2 and the place of every key and value.

PyYAML reads YAML 1.1, where `24:00:00` is the number 86400 and `no` is false; only its parser is used here,
and the values are made by the 1.2 core schema. What a profile has no use for is a finding: duplicate keys,
tags, anchors and aliases, a second document, deep nesting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from nfconfgen.findings import Finding, Place

Path = tuple["str | int", ...]

DEEPEST = 32
_DIGITS = 18  # more would be no count, size or port, and int() of a million digits takes seconds

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE: tuple[tuple[re.Pattern[str], Callable[[str], object]], ...] = (
    (re.compile(r"|~|null|Null|NULL"), lambda text: None),
    (re.compile(r"true|True|TRUE"), lambda text: True),
    (re.compile(r"false|False|FALSE"), lambda text: False),
    (re.compile(rf"[-+]?[0-9]{{1,{_DIGITS}}}", re.ASCII), int),
    (re.compile(r"0o[0-7]{1,18}"), lambda text: int(text, 8)),
    (re.compile(r"0x[0-9a-fA-F]{1,15}"), lambda text: int(text, 16)),
    (re.compile(r"[-+]?(\.[0-9]{1,40}|[0-9]{1,40}(\.[0-9]{0,40})?)([eE][-+]?[0-9]{1,2})?", re.ASCII), float),
)


@dataclass(frozen=True, slots=True)
class Document:
    """The data of a profile, and where each value (and its key) stands."""

    file: str
    data: Any
    _values: dict[Path, Place]
    _keys: dict[Path, Place]

    def data_at(self, path: Path) -> Any:
        """The value at this path, None if there is none."""
        node: Any = self.data
        for step in path:
            if isinstance(node, list) and isinstance(step, int):
                node = node[step]
            else:
                node = node.get(step) if isinstance(node, dict) else None
        return node

    def place(self, path: Path) -> Place:
        """Where the value at this path stands; of the nearest parent if there is none."""
        while path not in self._values and path:
            path = path[:-1]
        return self._values.get(path, Place(self.file))

    def key_place(self, path: Path) -> Place:
        """Where the key of this path stands; for list items, where the value stands."""
        return self._keys[path] if path in self._keys else self.place(path)


class _StopError(Exception):
    """Nothing sensible can be read any further."""


def parse(text: str, file: str) -> tuple[Document | None, list[Finding]]:
    """The document and what is wrong with it as YAML; no document if it cannot be read to its end."""
    builder = _Builder(file)
    try:
        return builder.document(yaml.parse(text, Loader=_LOADER)), builder.findings
    except _StopError:
        pass
    except yaml.MarkedYAMLError as error:
        builder.findings.append(_syntax(error, file))
    except yaml.reader.ReaderError as error:
        builder.findings.append(_unprintable(error, text, file))
    return None, builder.findings


@dataclass(slots=True)
class _Builder:
    file: str
    findings: list[Finding] = field(default_factory=list)
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    def document(self, events: Iterator[Any]) -> Document:
        data: Any = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.report(event, "yaml", "a second document begins here", "keep one profile a file")
                    break
                data = self.node(next(events), events, ())
        return Document(self.file, data, self.values, self.keys)

    def node(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        self.values[path] = self.where(event)
        if isinstance(event, yaml.AliasEvent):
            self.report(event, "yaml", "aliases (*) are not read here", "write the value itself")
            return None
        self.refuse_decoration(event)
        if isinstance(event, yaml.ScalarEvent):
            return event.value if event.style else _core_value(event.value)
        if len(path) >= DEEPEST:
            self.report(event, "yaml", f"nested more than {DEEPEST} deep", "no key of a profile is")
            raise _StopError
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(events, path)
        return self.mapping(events, path)

    def sequence(self, events: Iterator[Any], path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self.node(event, events, (*path, len(items))))
        return items

    def mapping(self, events: Iterator[Any], path: Path) -> dict[str, Any]:
        items: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self.report(event, "yaml", "a key must be a plain text", "no list, mapping or alias")
                raise _StopError
            self.refuse_decoration(event)
            key = event.value
            at = (*path, key)
            if key in items:
                first = self.keys[at].line
                self.report(event, "duplicate-key", f"'{key}' stands here twice (first in line {first})", "keep one")
                self.node(next(events), events, (*path, "\0duplicate"))
                continue
            self.keys[at] = self.where(event)
            items[key] = self.node(next(events), events, at)
        return items

    def refuse_decoration(self, event: Any) -> None:
        if getattr(event, "tag", None) and event.tag != "!":
            self.report(event, "yaml", f"tags are not read here ({event.tag})", "write the plain value")
        if getattr(event, "anchor", None):
            self.report(
                event,
                "yaml",
                f"anchors are not read here (&{event.anchor})",
                "write the value where it is meant",
            )

    def where(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self.file, mark.line + 1, mark.column + 1)

    def report(self, event: Any, rule: str, message: str, advice: str) -> None:
        self.findings.append(Finding(self.where(event), rule, message, advice))


def _core_value(text: str) -> object:
    """A plain scalar by the YAML 1.2 core schema (10.3.2 of its specification), without .inf and .nan."""
    for pattern, value in _CORE:
        if pattern.fullmatch(text):
            return value(text)
    return text


def _syntax(error: yaml.MarkedYAMLError, file: str) -> Finding:
    # an unfinished quote is noticed at the end of the file; where it began is what helps
    mark = error.problem_mark or error.context_mark
    unfinished = "end of stream" in str(error.problem) and error.context_mark is not None
    if unfinished:
        mark = error.context_mark
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
    problem = " ".join(part for part in (error.problem, error.context) if part)
    return Finding(place, "yaml", f"not YAML: {problem}")


def _unprintable(error: yaml.reader.ReaderError, text: str, file: str) -> Finding:
    at = text.find(chr(error.character)) if isinstance(error.character, int) else -1
    before = text[: max(at, 0)]
    place = Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
    return Finding(place, "yaml", "not YAML: a control character stands here", "remove it")
