"""Values that are known only when Nextflow starts: `${NAME}` of the environment, `${params.NAME}` of a run.

A text of a profile that refers to none of these stays a `str`; `$$` in it is a dollar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from nfconfgen.profile.document.yaml12 import Document, Path

_TOKEN = re.compile(
    r"(?P<dollar>\$\$)"
    r"|\$\{params\.(?P<param>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\}"
    r"|\$\{(?P<name>[A-Za-z_]\w*)(?::-(?P<default>[^${}\\\"`\x00-\x1f]*))?\}"
    r"|(?P<broken>\$\{[^}]{0,60}\}?)"
    r"|\$(?P<bare>[A-Za-z_]\w*)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Env:
    """A variable of the environment in which Nextflow starts; without a `default` it must be set, and an empty one
    leaves out what reads it."""

    name: str
    default: str | None = None

    def __str__(self) -> str:
        return f"${{{self.name}}}" if self.default is None else f"${{{self.name}:-{self.default}}}"


@dataclass(frozen=True, slots=True)
class FromParam:
    """A param of the run; `name` may be a path, as in a.b."""

    name: str
    negated: bool = False

    def __str__(self) -> str:
        return f"${{params.{self.name}}}"


Part = str | Env | FromParam


@dataclass(frozen=True, slots=True)
class Text:
    """A text with at least one part that is not known yet."""

    parts: tuple[Part, ...]

    def __str__(self) -> str:
        """As in the profile; of a negated param: `not params.x`."""
        if isinstance(self.whole, FromParam) and self.whole.negated:
            return f"not params.{self.whole.name}"
        return "".join(str(part) for part in self.parts)

    @property
    def whole(self) -> Env | FromParam | None:
        """The only part; None if there are several."""
        return cast(Env | FromParam, self.parts[0]) if len(self.parts) == 1 else None

    @property
    def variables(self) -> tuple[Env, ...]:
        return tuple(part for part in self.parts if isinstance(part, Env))

    @property
    def params(self) -> tuple[str, ...]:
        """The params that it reads."""
        return tuple(part.name for part in self.parts if isinstance(part, FromParam))

    @property
    def optional(self) -> tuple[Env | FromParam, ...]:
        """The parts without which the option that reads them is left out."""
        return tuple(
            part
            for part in self.parts
            if isinstance(part, FromParam) or (isinstance(part, Env) and part.default == "")
        )


Value = str | Text


def known(value: Value | None, params: Mapping[str, Any]) -> str:
    """What a value comes to with these params and without any variable of the environment; empty: unknown."""
    if not isinstance(value, Text):
        return value or ""
    parts = [_known_part(part, params) for part in value.parts]
    return "".join(part for part in parts if part is not None) if None not in parts else ""


def _known_part(part: Part, params: Mapping[str, Any]) -> str | None:
    if isinstance(part, str):
        return part
    if isinstance(part, Env):
        return part.default
    found: Any = params
    for name in part.name.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else None


def at_launch(value: Value, params: Mapping[str, Any]) -> Value:
    """The value as a launch script knows it: with the params of the profile; empty if one of them is no text."""
    if not isinstance(value, Text):
        return value
    parts = [Text((part,)) if isinstance(part, Env) else _known_part(part, params) for part in value.parts]
    there = [part for part in parts if part is not None]
    return concat(*there) if len(there) == len(parts) else ""


def settled(value: Any, params: Mapping[str, Any], given: Mapping[str, str]) -> Any:
    """What Nextflow makes of a value with these params and this environment; None: it is left out."""
    if isinstance(value, list | tuple):
        return [settled(item, params, given) for item in value]
    if isinstance(value, dict):
        return {key: settled(item, params, given) for key, item in value.items()}
    if not isinstance(value, Text):
        return value
    parts = [_settled_part(part, params, given) for part in value.parts]
    if value.whole is not None:
        return parts[0]
    missing = any(_settled_part(part, params, given) in (None, "") for part in value.optional)
    return None if missing else "".join(map(str, parts))


def _settled_part(part: Part, params: Mapping[str, Any], given: Mapping[str, str]) -> Any:
    if isinstance(part, str):
        return part
    if isinstance(part, Env):
        return given.get(part.name) or part.default or None
    found: Any = params
    for name in part.name.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    found = settled(found, params, given)
    return not found if part.negated else found


def stripped(value: Value) -> Value:
    """Without line breaks at the end."""
    if not isinstance(value, Text):
        return value.rstrip("\n")
    *before, last = value.parts
    return concat(*(part if isinstance(part, str) else Text((part,)) for part in before), _end(last))


def _end(part: Part) -> Value:
    return part.rstrip("\n") if isinstance(part, str) else Text((part,))


def concat(*parts: Value) -> Value:
    """The texts as one."""
    flat: list[Part] = []
    for part in (piece for value in parts for piece in (value.parts if isinstance(value, Text) else (value,))):
        if isinstance(part, str) and flat and isinstance(flat[-1], str):
            flat[-1] += part
        elif part != "":
            flat.append(part)
    return Text(tuple(flat)) if any(not isinstance(part, str) for part in flat) else "".join(map(str, flat))


def read(text: str) -> Value:
    """A text of the profile; what is not a reference stays as it is."""
    parts: list[Value] = []
    at = 0
    for match in _TOKEN.finditer(text):
        parts.append(text[at : match.start()])
        at = match.end()
        if match["dollar"]:
            parts.append("$")
        elif match["param"]:
            parts.append(Text((FromParam(match["param"]),)))
        elif match["name"]:
            parts.append(Text((Env(match["name"], match["default"]),)))
        else:
            parts.append(match[0])
    return concat(*parts, text[at:])


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
    if isinstance(data, str):
        return read(data)
    if isinstance(data, list):
        return [_read(item, path) for item in data]
    if isinstance(data, dict):
        found = of_mapping(data) if path[0] == "sites" and one_value(path) else None
        return found or {key: _read(value, (*path, key)) for key, value in data.items()}
    return data


def one_value(path: Path) -> bool:
    """Whether a mapping at this path of a site may be a reference; params and variables are maps of their own."""
    of_class = path[5:6] if path[3:4] != ("default",) else path[4:5]
    literal = path[2:3] == ("tasks",) and of_class == ("nextflow",)
    return not literal and not {"params", "env", "nextflow", "groovy"} & {*path[2:4]}


def broken(text: str) -> Iterator[tuple[str, str]]:
    """What begins with a dollar in a text and is no reference, with the name if it looks like a shell variable."""
    for match in _TOKEN.finditer(text):
        if match["broken"] or match["bare"]:
            yield match[0], match["bare"] or ""


def texts(data: object) -> Iterator[Text]:
    """Every text in a value that is not known yet."""
    if isinstance(data, Text):
        yield data
    elif isinstance(data, Mapping):
        for item in data.values():
            yield from texts(item)
    elif isinstance(data, Sequence) and not isinstance(data, str):
        for item in data:
            yield from texts(item)
