"""A profile as YAML with comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nfconfgen.profile.document.new_text import Style, Value, scalar
from nfconfgen.terminal.visible import comment

_STYLE = Style()
_WIDTH = 100
Path = tuple[str, ...]


def text(data: Mapping[str, Any], comments: Mapping[Path, str], head: Sequence[str]) -> str:
    """The profile; `head` are lines of comment at its begin, `comments` are by the path of a key."""
    lines = [f"# {comment(line)}" for line in head]
    around = _around(comments)
    for key, value in data.items():
        if isinstance(value, dict) and lines and lines[-1]:
            lines.append("")
        lines += _pair(key, value, (key,), 0, comments, around)
    return "\n".join(lines) + "\n"


def site_lines(keys: Mapping[str, Any], comments: Mapping[Path, str]) -> Iterator[str]:
    """The lines of these keys of a site, within a profile."""
    around = _around(comments)
    for key, value in keys.items():
        yield from _pair(key, value, (key,), 2, comments, around)


def _around(comments: Mapping[Path, str]) -> frozenset[Path]:
    """The paths that have comments below them."""
    return frozenset(path[:end] for path in comments for end in range(1, len(path)))


def _pair(
    key: str, value: Value, path: Path, depth: int, comments: Mapping[Path, str], around: frozenset[Path]
) -> Iterator[str]:
    space = "  " * depth
    note = f"  # {comment(comments[path])}" if comments.get(path) else ""
    head = f"{space}{scalar(key, is_key=True)}:"
    line = f"{head} {flow(value)}"
    # sites and their keys are blocks, however small
    block = isinstance(value, dict) and value and (path in around or (path[0] == "sites" and depth < 2))
    if not block and len(line) <= _WIDTH and "\n" not in line:
        yield line + note
    elif isinstance(value, dict) and value:
        yield head + note
        for name, inside in value.items():
            yield from _pair(str(name), inside, (*path, str(name)), depth + 1, comments, around)
    elif isinstance(value, list) and value:
        yield head + note
        yield from (f"{space}  - {flow(item)}" for item in value)
    else:
        yield line + note


def flow(value: Value) -> str:
    """A value in one line, also within brackets."""
    return _STYLE.inline(value, in_flow=True)
