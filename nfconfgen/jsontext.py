"""Writes JSON, and reads JSON that others may have edited."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

# what readers of YAML 1.1 and 1.2 take for a text, in a list and in a map too
_PLAIN = re.compile(r"[A-Za-z_/](?:[A-Za-z0-9_./@+-]|:(?=[A-Za-z0-9/]))*|[1-9][0-9]* ?(?:[KMGT]B|[dhms])")
_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "y", "n", "null"))


def dumps(value: object) -> str:
    """Sorted and indented, so that a diff shows what changed."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def loads(text: str) -> Any:
    """The value of a JSON text. ValueError, also if a key is repeated, as readers of JSON differ in that."""
    try:
        return json.loads(text, object_pairs_hook=_once)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def params(values: object) -> str:
    """The content of a file for Nextflow's -params-file, in the order of the profile.

    Nextflow reads the file in the machine's encoding, thus ASCII, and replaces `${…}` in it, thus the escape.
    """
    return json.dumps(values, indent=2, ensure_ascii=True).replace("${", "\\u0024{") + "\n"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in found if keys.count(key) > 1)
        raise ValueError(f"the key {twice[:40]!r} is repeated")
    return found


def flow(value: object) -> str:
    """A text, number, list or map as YAML in flow style: words that mean nothing else are plain, all else is JSON."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{flow(key)}: {flow(one)}' for key, one in value.items())}}}"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
