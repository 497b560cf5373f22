"""Reads references to variables, params and the GPUs of a task in the texts of a profile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

from nfconfgen.profile.document.yaml12 import Document, Path
from nfconfgen.profile.references import Env, FromParam, Gpus, Reference, Text, Value, concat

DEEPEST = 4
"""References within each other, as in `${A:-${B:-x}}`, which are two. The patterns of the schema allow as many."""

_DOLLAR = re.compile(r"\$\$|(?P<braced>\$\{[^}]{0,60}\}?)|\$(?P<bare>[A-Za-z_]\w*)", re.ASCII)
_BEGIN = re.compile(
    r"\$\{(?:params\.(?P<param>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(?P<name>[A-Za-z_]\w*))(?P<end>:-|\})", re.ASCII
)
_GPUS = str(Gpus())
_DEFAULT = re.compile(r"[^${}\\\"`\x00-\x1f]+|\$\$")


@dataclass(frozen=True, slots=True)
class Unread:
    """What begins with a dollar and is no reference; `bare` is the name if it looks like a variable of a shell."""

    written: str
    bare: str


def read(text: str) -> Value:
    """A text of the profile; what is not a reference stays as it is."""
    return concat(*(piece.written if isinstance(piece, Unread) else piece for piece in _pieces(text)))


def broken(text: str) -> Iterator[tuple[str, str]]:
    """What begins with a dollar in a text and is no reference, with the name if it looks like a shell variable."""
    return ((piece.written, piece.bare) for piece in _pieces(text) if isinstance(piece, Unread))


def _pieces(text: str) -> Iterator[Value | Unread]:
    at = 0
    while (match := _DOLLAR.search(text, at)) is not None:
        yield text[at : match.start()]
        at = match.end()
        found = _reference(text, match.start()) if match["braced"] else None
        if found is not None:
            yield Text((found[0],))
            at = found[1]
        else:
            yield "$" if match[0] == "$$" else Unread(match[0], match["bare"] or "")
    yield text[at:]


def _reference(text: str, at: int, depth: int = 1) -> tuple[Reference, int] | None:
    """The reference that begins here, and where it ends."""
    if text.startswith(_GPUS, at) and depth == 1:
        return Gpus(), at + len(_GPUS)
    match = _BEGIN.match(text, at)
    if match is None or depth > DEEPEST:
        return None
    found: Env | FromParam = FromParam(match["param"]) if match["param"] else Env(match["name"])
    at = match.end()
    if match["end"] == "}":
        return found, at
    default: list[Value] = []
    while not text.startswith("}", at):
        plain = _DEFAULT.match(text, at)
        inner = _reference(text, at, depth + 1) if plain is None else None
        if plain is not None:
            default.append("$" if plain[0] == "$$" else plain[0])
            at = plain.end()
        elif inner is not None:
            default.append(Text((inner[0],)))
            at = inner[1]
        else:
            return None
    return replace(found, default=concat(*default)), at + 1


def of_mapping(data: object) -> Text | None:
    """`{param: NAME}` and `{not: {param: NAME}}`; None: it is neither."""
    if not isinstance(data, dict) or len(data) != 1:
        return None
    if isinstance(data.get("param"), str):
        return Text((FromParam(data["param"]),))
    inner = of_mapping(data.get("not"))
    return Text((replace(cast(FromParam, inner.whole), negated=True),)) if inner is not None else None


def applied(document: Document) -> Document:
    """The document with its texts read. Works on one that conforms to the schema."""
    data = dict(document.data)
    for key in ("params", "sites", "launch"):
        if key in data:
            data[key] = _read(data[key], (key,))
    return replace(document, data=data)


def _read(data: Any, path: Path) -> Any:
    if is_code(path):
        return data
    if isinstance(data, str):
        return read(data)
    if isinstance(data, list):
        return [_read(item, path) for item in data]
    if isinstance(data, dict):
        found = of_mapping(data) if path[0] == "sites" and one_value(path) else None
        return found or {key: _read(value, (*path, key)) for key, value in data.items()}
    return data


def is_code(path: Path) -> bool:
    """Whether this is what `groovy` of a site or variant holds: a dollar in it is Groovy's own."""
    at = 4 if path[2:3] == ("variants",) else 2
    return path[0] == "sites" and path[at : at + 1] == ("groovy",)


def one_value(path: Path) -> bool:
    """Whether a mapping at this path of a site may be a reference; params and variables are maps of their own."""
    of_class = path[5:6] if path[3:4] != ("default",) else path[4:5]
    literal = path[2:3] == ("tasks",) and of_class == ("nextflow",)
    return not literal and not {"params", "env", "nextflow", "groovy"} & {*path[2:4]}
