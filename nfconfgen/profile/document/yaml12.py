"""YAML with the values of YAML 1.2 and the position of every key and value.

PyYAML reads YAML 1.1, where `24:00:00` is the number 86400 and `no` is false; only its parser is used here, and the
1.2 core schema makes the values. Features that a profile does not need are findings: duplicate keys, tags, anchors
and aliases, a second document, deep nesting.
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

_DIGITS = 4000  # Python converts no more, and even these slowly

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE: tuple[tuple[re.Pattern[str], Callable[[str], object]], ...] = (
    (re.compile(r"|~|null|Null|NULL"), lambda text: None),
    (re.compile(r"true|True|TRUE"), lambda text: True),
    (re.compile(r"false|False|FALSE"), lambda text: False),
    (re.compile(rf"[-+]?[0-9]{{1,{_DIGITS}}}", re.ASCII), int),
    (re.compile(r"0o[0-7]{1,18}"), lambda text: int(text, 8)),
    (re.compile(r"0x[0-9a-fA-F]{1,15}"), lambda text: int(text, 16)),
    (re.compile(r"[-+]?(\.[0-9]{1,40}|[0-9]{1,40}(\.[0-9]{0,40})?)([eE][-+]?[0-9]{1,2})?", re.ASCII), float),
)
# line breaks for libyaml, but not for YAML 1.2 and editors
_INVISIBLE = re.compile("[\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Document:
    """The data of a profile, and the position of each value and of its key."""

    file: str
    data: Any
    values: dict[Path, Place]
    keys: dict[Path, Place]
    plain: dict[Path, str]

    def data_at(self, path: Path) -> Any:
        """The value at this path; None if there is none."""
        node: Any = self.data
        for step in path:
            if isinstance(node, list) and isinstance(step, int):
                node = node[step]
            else:
                node = node.get(step) if isinstance(node, dict) else None
        return node

    def place(self, path: Path) -> Place:
        """The position of the value at this path, or of its nearest parent."""
        while path not in self.values and path:
            path = path[:-1]
        return self.values.get(path, Place(self.file))

    def written(self, path: Path) -> str:
        """The source text of a plain scalar that is not a string (a number, true); empty for any other value."""
        return self.plain.get(path, "")

    def has_key(self, path: Path) -> bool:
        """Whether the file contains this key, even if its value is not read."""
        return path in self.keys

    def key_place(self, path: Path) -> Place:
        """The position of the key of this path; for list items, of the value."""
        return self.keys[path] if path in self.keys else self.place(path)


UNREAD: Any = object()
"""A value that is not read (an alias, a tagged value); `parse` reports why."""


class _StopError(Exception):
    """The rest of the document cannot be read."""


def parse(text: str, file: str) -> tuple[Document | None, list[Finding]]:
    """The document and its errors as YAML; no document if it cannot be read to its end."""
    invisible = _INVISIBLE.search(text)
    if invisible is not None:
        message = f"invisible line separator {invisible[0]!r}"
        advice = "remove it, or write it as \\u2028 in double quotes"
        return None, [Finding(_place_in(text, invisible.start(), file), "yaml", message, advice)]
    builder = _Builder(file)
    try:
        return builder.document(yaml.parse(text, Loader=LOADER)), builder.findings
    except _StopError:
        pass
    except yaml.MarkedYAMLError as error:
        builder.findings.append(yaml_depth.ahead(text, file, LOADER) or _syntax(error, text, file))
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
                    self.report(event, "yaml", "a second document begins here", "keep one profile per file")
                    break
                data = self.node(next(events), events, ())
        return Document(self.file, data, self.values, self.keys, self.plain)

    def node(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        self.values[path] = self.where(event)
        if isinstance(event, yaml.AliasEvent):
            advice = "write the value itself; a text that begins with * needs quotes"
            self.report(event, "yaml", "aliases (*) are not supported", advice)
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
            self.report(event, "yaml", f"a number of {len(event.value)} digits is too long", "put quotes around it")
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
                self.report(event, "yaml", "merge keys (<<) are not supported", "write the keys themselves")
            self.node(value, events, (*path, "\0merged"))
        elif key in items:
            message = f"duplicate key {shown(key)} (first in line {self.keys[at].line})"
            self.report(event, "duplicate-key", message, "keep one")
            self.node(next(events), events, (*path, "\0duplicate"))
        else:
            self.keys[at] = self.where(event)
            items[key] = self.node(next(events), events, at)

    def refuse_decoration(self, event: Any) -> None:
        if _tag(event):
            tag = shown(_tag(event).replace("tag:yaml.org,2002:", "!!"))
            advice = "write the plain value; a text that begins with ! needs quotes"
            self.report(event, "yaml", f"tags are not supported ({tag})", advice)
        if getattr(event, "anchor", None):
            anchor = shown(f"&{event.anchor}")
            self.report(event, "yaml", f"anchors are not supported ({anchor})", "write the value wherever it applies")

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
    # an unclosed quote or bracket is noticed far behind its beginning, which is the helpful position
    unfinished = "end of stream" in str(error.problem) or "flow" in str(error.context)
    if context is not None and (mark is None or unfinished):
        mark = context
    if mark is None:
        return Finding(Place(file), "yaml", f"not valid YAML: {error}")
    problem = " ".join(part for part in (error.problem, error.context) if part)
    place = Place(file, mark.line + 1, mark.column + 1)
    return Finding(place, "yaml", f"not valid YAML: {problem}", _advice(mark, problem, text))


def _advice(mark: Any, problem: str, text: str) -> str:
    """Advice on the likely cause of a syntax error."""
    lines = text.split("\n")
    line = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in line[: mark.column + 1]:
        return "replace the tab by spaces: YAML is indented with spaces only"
    if line[mark.column : mark.column + 1] in tuple("@`%*&!|>"):
        return f"put quotes around a text that begins with {line[mark.column]}"
    if "mapping values" in problem or "expected key" in problem or "block" in problem:
        return "check the indentation of this line and the one before; a text with a colon in it needs quotes"
    if "flow" in problem or "end of stream" in problem:
        return "close the quote, bracket or brace that begins here"
    return "put double or single quotes around the value"


def _unprintable(error: yaml.reader.ReaderError, text: str, file: str) -> Finding:
    at = text.find(chr(error.character)) if isinstance(error.character, int) else 0
    return Finding(_place_in(text, max(at, 0), file), "yaml", "not valid YAML: control character", "remove it")


def _place_in(text: str, at: int, file: str) -> Place:
    before = text[:at]
    return Place(file, before.count("\n") + 1, at - before.rfind("\n"))
