"""Changes values in the text of a profile, and leaves everything else in it as it is.

The reader of profiles decides what the text means, before and after; PyYAML's nodes give the positions.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from nfconfgen.errors import UsageError
from nfconfgen.profile.document import yaml12
from nfconfgen.profile.document.new_text import Value, same
from nfconfgen.profile.document.splices import spliced
from nfconfgen.profile.document.text_edit import TextEdit
from nfconfgen.profile.document.yaml12 import Document, Path
from nfconfgen.profile.read import LARGEST_BYTES


def edited(text: str, changes: Mapping[Path, Value]) -> str:
    """The text of a profile with these values at these paths (of keys; lists are values as a whole).

    A mapping replaces the one that is there; if that has no other keys, its text stays. UsageError, with the line, if
    the text is not the YAML of a profile (it contains an alias, for example), if a path leads through a value that is
    no mapping, if a comment would be lost, or if the result is too large to be read.
    """
    body = text.removeprefix("\ufeff")
    document = _read(body)
    wanted = _wanted(document, changes)
    if same(document.data, wanted):
        return text
    root = yaml.compose(body, Loader=yaml12.LOADER)
    edit = TextEdit(body, root)
    edit.mapping(root, document.data, wanted, ())
    after = spliced(body, root, edit.splices)
    if len(after.encode()) > LARGEST_BYTES:
        raise UsageError(f"the profile would be larger than {LARGEST_BYTES >> 20} MB: split it")
    _prove(document.data, wanted, after)
    return text[: len(text) - len(body)] + after


def _read(text: str) -> Document:
    document, findings = yaml12.parse(text, "")
    if document is None or findings:
        raise UsageError(f"line {findings[0].place.line}: {findings[0].text}")
    if not isinstance(document.data, dict):
        raise UsageError("line 1: the profile is not a mapping (key: value), so it has no keys to change")
    return document


def _wanted(document: Document, changes: Mapping[Path, Value]) -> dict[str, Any]:
    """The data with the changes."""
    data: dict[str, Any] = copy.deepcopy(document.data)
    for path, value in changes.items():
        inner = data
        for depth, key in enumerate(path[:-1], 1):
            if inner.get(str(key)) is None:
                inner[str(key)] = {}
            inner = inner[str(key)]
            if not isinstance(inner, dict):
                name = ".".join(map(str, path[:depth]))
                line = document.place(path[:depth]).line
                raise UsageError(f"line {line}: {name} is not a mapping, so {path[depth]} cannot be set in it")
        inner[str(path[-1])] = _plain(value)
    return data


def _plain(value: Value) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, Sequence) and not isinstance(value, str) else value


def _prove(old: dict[str, Any], wanted: dict[str, Any], text: str) -> None:
    """AssertionError if the text does not mean what it should."""
    document, findings = yaml12.parse(text, "")
    if document is None or findings or not same(document.data, wanted) or not _in_order(old, document.data):
        raise AssertionError("the profile with the changes would not be read as it should: it is left as it was")


def _in_order(old: Any, new: Any) -> bool:
    """Whether the keys that are in both are in the same order, at each level."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return True
    both = [key for key in old if key in new]
    return both == [key for key in new if key in old] and all(_in_order(old[key], new[key]) for key in both)
