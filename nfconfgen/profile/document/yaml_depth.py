"""Our own limit of nesting, reported at the same position whatever limit the YAML library has.

libyaml yields events one by one, but reads ahead if `[` or `{` may begin a key. Newer versions (with PyYAML 6.0.4)
fail at level 1000 of what they read ahead, before any event shows the depth.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import yaml

from nfconfgen.findings import Finding, Place

DEEPEST = 32

_LOOKAHEAD = 1024  # characters of a line in which a key must end
_OPENING: Any = (yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken)
_CLOSING: Any = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)
_BEFORE_KEY: Any = (yaml.FlowMappingStartToken, yaml.FlowEntryToken, yaml.KeyToken)


def too_deep(place: Place) -> Finding:
    return Finding(place, "yaml", f"nested more than {DEEPEST} levels deep", "no key of a profile is")


def no_key(place: Place) -> Finding:
    return Finding(place, "yaml", "a key must be plain text", "it cannot be a list, mapping or alias")


def ahead(text: str, file: str, loader: Any) -> Finding | None:
    """The error of nesting in the text that the loader read ahead, without yielding events, before it failed."""
    depth, end = 0, None
    with suppress(yaml.MarkedYAMLError):
        for event in yaml.parse(text, Loader=loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            end = event.end_mark
    return None if end is None else _in_piece(text[end.index : end.index + _LOOKAHEAD], depth, end, file)


def _in_piece(piece: str, depth: int, start: Any, file: str) -> Finding | None:
    """Counts brackets by tokens, since the scanner in Python has no limit and accepts a piece of a text."""
    opened: list[Any] = []
    before: Any = None
    found = None
    with suppress(yaml.YAMLError):
        for token in yaml.scan(piece, Loader=yaml.SafeLoader):
            at: Any = token.start_mark
            place = Place(file, start.line + at.line + 1, (0 if at.line else start.column) + at.column + 1)
            if isinstance(token, _OPENING):
                in_mapping = bool(opened) and isinstance(opened[-1], yaml.FlowMappingStartToken)
                if found is None and in_mapping and isinstance(before, _BEFORE_KEY):
                    found = no_key(place)
                opened.append(token)
                if depth + len(opened) > DEEPEST:
                    return found or too_deep(place)
            elif isinstance(token, _CLOSING) and opened:
                opened.pop()
            before = token
    return None
