"""Values that are known only when Nextflow starts: `${NAME}` of the environment, `${params.NAME}` of a run; and
`${task.accelerator}`, when it submits a task.

A text of a profile that refers to none of these stays a `str`; `$$` in it is a dollar.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class Env:
    """A variable of the environment in which Nextflow starts. Where it is unset or empty, the `default` holds;
    without one it must be set, and an empty one leaves out what reads it."""

    name: str
    default: Value | None = None

    def __str__(self) -> str:
        return f"${{{self.name}{_default_text(self.default)}}}"


@dataclass(frozen=True, slots=True)
class FromParam:
    """A param of the run; `name` may be a path, as in a.b. The `default` holds where Groovy takes the param for
    false: null, an empty text, false, 0."""

    name: str
    negated: bool = False
    default: Value | None = None

    def __str__(self) -> str:
        return f"${{params.{self.name}{_default_text(self.default)}}}"


def _default_text(default: Value | None) -> str:
    if default is None:
        return ""
    parts = default.parts if isinstance(default, Text) else (default,)
    return ":-" + "".join(part.replace("$", "$$") if isinstance(part, str) else str(part) for part in parts)


@dataclass(frozen=True, slots=True)
class Gpus:
    """The number of GPUs that a task asks for; unset where it asks for none."""

    default: None = None

    def __str__(self) -> str:
        return "${task.accelerator}"


Reference = Env | FromParam | Gpus
Part = str | Reference


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
    def whole(self) -> Reference | None:
        """The only part; None if there are several."""
        return cast(Reference, self.parts[0]) if len(self.parts) == 1 else None

    @property
    def references(self) -> Iterator[Reference]:
        """Its references, each followed by those in its default."""
        for part in self.parts:
            if not isinstance(part, str):
                yield part
                yield from part.default.references if isinstance(part.default, Text) else ()

    @property
    def variables(self) -> tuple[Env, ...]:
        return tuple(part for part in self.references if isinstance(part, Env))

    @property
    def params(self) -> tuple[str, ...]:
        """The params that it reads."""
        return tuple(part.name for part in self.references if isinstance(part, FromParam))

    @property
    def by_task(self) -> bool:
        """Whether it is read when a task is submitted, as the command line reaches a param only there."""
        return any(not isinstance(part, Env) for part in self.references)

    @property
    def needed(self) -> Iterator[tuple[str, ...]]:
        """Variables of which one must be set whatever the params are, the preferred one first."""
        for part in self.parts:
            if isinstance(part, Env) and part.default is None:
                yield (part.name,)
            elif isinstance(part, Env) and isinstance(part.default, Text):
                yield from ((part.name, *others) for others in part.default.needed)

    @property
    def optional(self) -> tuple[Reference, ...]:
        """The parts without which the option that reads them is left out."""
        return tuple(part for part in self.parts if not isinstance(part, str) and may_lack(part))


Value = str | Text


def may_lack(part: Reference) -> bool:
    """Whether nothing is in place of a reference that is unset, so that the option that reads it is left out."""
    if isinstance(part.default, Text):
        return bool(part.default.optional)
    return part.default == "" or (part.default is None and not isinstance(part, Env))


def known(value: Value | None, params: Mapping[str, Any]) -> str:
    """What a value comes to with these params and without any variable of the environment; empty: unknown."""
    return _known(value, params) or ""


def _known(value: Value | None, params: Mapping[str, Any]) -> str | None:
    if not isinstance(value, Text):
        return value
    parts = [_known_part(part, params) for part in value.parts]
    return "".join(part for part in parts if part is not None) if None not in parts else None


def _known_part(part: Part, params: Mapping[str, Any]) -> str | None:
    if isinstance(part, str):
        return part
    found = _param(part.name, params) if isinstance(part, FromParam) else None
    if part.default is not None and not found:
        return _known(part.default, params)
    return found if isinstance(found, str) else None


def _param(name: str, params: Mapping[str, Any]) -> Any:
    """The value of a param; None if it is not set."""
    found: Any = params
    for step in name.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def at_launch(value: Value, params: Mapping[str, Any]) -> Value:
    """The value as a launch script knows it: with the params of the profile; empty if one of them is no text."""
    found = _at_launch(value, params)
    return "" if found is None else found


def _at_launch(value: Value, params: Mapping[str, Any]) -> Value | None:
    if not isinstance(value, Text):
        return value
    parts = [_launch_part(part, params) for part in value.parts]
    there = [part for part in parts if part is not None]
    return concat(*there) if len(there) == len(parts) else None


def _launch_part(part: Part, params: Mapping[str, Any]) -> Value | None:
    if isinstance(part, str):
        return part
    default = None if part.default is None else _at_launch(part.default, params)
    if isinstance(part, Env):
        lacks = part.default is not None and default is None
        return None if lacks else Text((replace(part, default=default),))
    found = _param(part.name, params) if isinstance(part, FromParam) else None
    if part.default is None or found:
        return found if isinstance(found, str) else None
    # the command line may set the param, and then no variable is needed
    return None if isinstance(default, Text) and any(default.needed) else default


def settled(value: Any, params: Mapping[str, Any], given: Mapping[str, str], *, option: bool = False) -> Any:
    """What Nextflow makes of a value with these params and this environment; None: nothing. `option`: it is left out
    if anything in it is unset that has nothing in its place."""
    if isinstance(value, list | tuple):
        return [settled(item, params, given) for item in value]
    if isinstance(value, dict):
        return {key: settled(item, params, given) for key, item in value.items()}
    if not isinstance(value, Text):
        return value
    if value.whole is not None:
        return _settled_part(value.whole, params, given)
    if option and any(_settled_part(part, params, given) in (None, "") for part in value.optional):
        return None
    return "".join(_settled_text(part, params, given) for part in value.parts)


def _settled_part(part: Reference, params: Mapping[str, Any], given: Mapping[str, str]) -> Any:
    found = given.get(part.name) if isinstance(part, Env) else None
    if isinstance(part, FromParam):
        found = settled(_param(part.name, params), params, given)
        if part.negated:
            return not found
        if part.default is None:
            return found
    return found or settled(part.default, params, given, option=True) or None


def _settled_text(part: Part, params: Mapping[str, Any], given: Mapping[str, str]) -> str:
    """A part within a text, as Groovy prints it."""
    if isinstance(part, str):
        return part
    found = _settled_part(part, params, given)
    if found is None:
        return "" if part.default is not None else "null"
    return str(found).lower() if isinstance(found, bool) else str(found)


def line(options: Sequence[Value], params: Mapping[str, Any], given: Mapping[str, str]) -> str:
    """The options of a task as Nextflow joins them."""
    values = [settled(value, params, given, option=True) for value in options]
    return " ".join(str(value) for value in values if value is not None)


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
