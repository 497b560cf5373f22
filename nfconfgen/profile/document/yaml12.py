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
from nfconfgen.profile.credentials import shown
from nfconfgen.profile.document import yaml_depth

Path = tuple["str | int", ...]

_DIGITS = 4000  # Python converts no more, and slowly

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
# libyaml takes these for line breaks, YAML 1.2 and editors do not
_INVISIBLE = re.compile("[\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Document:
    """The data of a profile, and where each value (and its key) stands."""

    file: str
    data: Any
    values: dict[Path, Place]
    keys: dict[Path, Place]
    plain: dict[Path, str]

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
        while path not in self.values and path:
            path = path[:-1]
        return self.values.get(path, Place(self.file))

    def written(self, path: Path) -> str:
        """How a plain scalar that is no text (a number, true) was written; empty for any other value."""
        return self.plain.get(path, "")

    def has_key(self, path: Path) -> bool:
        """Whether this key stands in the file, even where its value is not read."""
        return path in self.keys

    def key_place(self, path: Path) -> Place:
        """Where the key of this path stands; for list items, where the value stands."""
        return self.keys[path] if path in self.keys else self.place(path)


UNREAD: Any = object()
"""Stands for a value that is not read (an alias, a tagged value); `parse` has told why."""


class _StopError(Exception):
    """Nothing sensible can be read any further."""


def parse(text: str, file: str) -> tuple[Document | None, list[Finding]]:
    """The document and what is wrong with it as YAML; no document if it cannot be read to its end."""
    builder = _Builder(file)
    invisible = _INVISIBLE.search(text)
    if invisible is not None:
        place = _place_in(text, invisible.start(), file)
        message = f"an invisible line separator ({invisible[0]!r}) stands here"
        return None, [Finding(place, "yaml", message, "remove it, or write it as \\u2028 in double quotes")]
    try:
        return builder.document(yaml.parse(text, Loader=_LOADER)), builder.findings
    except _StopError:
        pass
    except yaml.MarkedYAMLError as error:
        builder.findings.append(yaml_depth.ahead(text, file, _LOADER) or _syntax(error, text, file))
    except yaml.reader.ReaderError as error:
        builder.findings.append(_unprintable(error, text, file))
    return None, builder.findings


@dataclass(slots=True)
class _Builder:
    file: str
    findings: list[Finding] = field(default_factory=list)
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    plain: dict[Path, str] = field(default_factory=dict)

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
        return Document(self.file, data, self.values, self.keys, self.plain)

    def node(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        self.values[path] = self.where(event)
        if isinstance(event, yaml.AliasEvent):
            advice = "write the value itself; a text that begins with * needs quotes"
            self.report(event, "yaml", "aliases (*) are not read here", advice)
            return UNREAD
        self.refuse_decoration(event)
        if isinstance(event, yaml.ScalarEvent):
            return UNREAD if _tag(event) else self.scalar(event, path)
        if len(path) >= yaml_depth.DEEPEST:
            self.findings.append(yaml_depth.too_deep(self.where(event)))
            raise _StopError
        value = (self.sequence if isinstance(event, yaml.SequenceStartEvent) else self.mapping)(events, path)
        return UNREAD if _tag(event) else value

    def scalar(self, event: Any, path: Path) -> object:
        if not event.style and len(event.value) > _DIGITS and event.value.isdigit():
            self.report(event, "yaml", f"a number of {len(event.value)} digits is not read", "put quotes around it")
            return UNREAD
        value = event.value if event.style else _core_value(event.value)
        if not isinstance(value, str):
            self.plain[path] = event.value
        return value

    def sequence(self, events: Iterator[Any], path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self.node(event, events, (*path, len(items))))
        return items

    def mapping(self, events: Iterator[Any], path: Path) -> dict[str, Any]:
        items: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self.findings.append(yaml_depth.no_key(self.where(event)))
                raise _StopError
            self.refuse_decoration(event)
            self.item(event, events, path, items)
        return items

    def item(self, event: Any, events: Iterator[Any], path: Path, items: dict[str, Any]) -> None:
        key = event.value
        at = (*path, key)
        if key == "<<" and not event.style:
            value = next(events)
            if not isinstance(value, yaml.AliasEvent):
                self.report(event, "yaml", "merge keys (<<) are not read here", "write the keys themselves")
            self.node(value, events, (*path, "\0merged"))
        elif key in items:
            first = self.keys[at].line
            message = f"{shown(key)} stands here twice (first in line {first})"
            self.report(event, "duplicate-key", message, "keep one")
            self.node(next(events), events, (*path, "\0duplicate"))
        else:
            self.keys[at] = self.where(event)
            items[key] = self.node(next(events), events, at)

    def refuse_decoration(self, event: Any) -> None:
        if _tag(event):
            tag = shown(_tag(event).replace("tag:yaml.org,2002:", "!!"))
            advice = "write the plain value; a text that begins with ! needs quotes"
            self.report(event, "yaml", f"tags are not read here ({tag})", advice)
        if getattr(event, "anchor", None):
            anchor = shown(f"&{event.anchor}")
            self.report(event, "yaml", f"anchors are not read here ({anchor})", "write the value where it is meant")

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


def _tag(event: Any) -> str:
    tag = getattr(event, "tag", None)
    return "" if tag in (None, "!") else str(tag)


def _syntax(error: yaml.MarkedYAMLError, text: str, file: str) -> Finding:
    mark, context = error.problem_mark, error.context_mark
    if context is not None and ("alias" in str(error.context) or "anchor" in str(error.context)):
        mark = context
    # an unfinished quote or bracket is noticed far behind the place where it begins, which is what helps
    unfinished = "end of stream" in str(error.problem) or "flow" in str(error.context)
    if context is not None and (mark is None or unfinished):
        mark = context
    if mark is None:
        return Finding(Place(file), "yaml", f"not YAML: {error}")
    problem = " ".join(part for part in (error.problem, error.context) if part)
    return Finding(
        Place(file, mark.line + 1, mark.column + 1), "yaml", f"not YAML: {problem}", _advice(mark, problem, text)
    )


def _advice(mark: Any, problem: str, text: str) -> str:
    """What a newcomer to YAML has probably done."""
    lines = text.split("\n")
    line = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in line[: mark.column + 1]:
        return "a tab stands here, and YAML is indented with blanks"
    if line[mark.column : mark.column + 1] in tuple("@`%*&!|>"):
        return f"put a text that begins with {line[mark.column]} into quotes"
    if "mapping values" in problem or "expected key" in problem or "block" in problem:
        return "look at the indentation of this line and the one before; a text with a colon in it needs quotes"
    if "flow" in problem or "end of stream" in problem:
        return "what begins here is not closed: a quote, bracket or brace is missing"
    return "put the value into double or single quotes"


def _unprintable(error: yaml.reader.ReaderError, text: str, file: str) -> Finding:
    at = text.find(chr(error.character)) if isinstance(error.character, int) else 0
    return Finding(
        _place_in(text, max(at, 0), file), "yaml", "not YAML: a control character stands here", "remove it"
    )


def _place_in(text: str, at: int, file: str) -> Place:
    before = text[:at]
    return Place(file, before.count("\n") + 1, at - before.rfind("\n"))
