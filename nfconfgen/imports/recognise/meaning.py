"""What an expression of a config means in a profile: a literal, or a text that refers to variables and params."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType

from nfconfgen.expressions import methods
from nfconfgen.expressions.amounts import Duration, Memory, UnknownError
from nfconfgen.expressions.expression import compiled
from nfconfgen.expressions.parser import DEEP
from nfconfgen.imports.recognise.pieces import Code, inner
from nfconfgen.imports.recognise.refers import reference
from nfconfgen.profile.references import FromParam, Text, Value
from nfconfgen.profile.units import memory_text, time_text


def meaning(code: Code, *, in_words: bool = False) -> object:
    """A literal (texts, numbers, amounts, lists, maps), or a `Text`. UnknownError if it is neither.

    `in_words`: it is a line of options, of which each is left out where a param that it reads is not set.
    """
    code = inner(code)
    try:
        found = reference(code, in_words=in_words)
    except RecursionError:
        raise UnknownError(DEEP) from None
    return static(code) if found is None else found


def static(code: Code, params: object = None) -> object:
    """The value of an expression that depends on nothing but params. UnknownError."""

    def named(name: str) -> object:
        if name == "params" and params is not None:
            return params
        if name in ("nextflow", "MemoryUnit", "Duration"):
            return methods.UNITS
        if name == "Math":
            return methods.MATH
        raise UnknownError(f"{name}: it is known only when Nextflow runs")

    return compiled(inner(code))(named)


# values as a profile has them


class Written(str):
    """A text as the profile has it already."""

    __slots__ = ()


def written(value: Value, *, by_shell: bool = False) -> str:
    """The text of a profile that is read as this value; `by_shell`: variables stay for the shell of a node."""
    if isinstance(value, Text):
        return "".join(
            _escaped(part, by_shell=by_shell) if isinstance(part, str) else str(part) for part in value.parts
        )
    return _escaped(value, by_shell=by_shell)


def _escaped(text: str, *, by_shell: bool) -> str:
    return re.sub(r"\$(?=[{$])" if by_shell else r"\$(?=[{$A-Za-z_])", "$$", text)


def plain(value: object, *, by_shell: bool = False) -> object:
    """A value as YAML has it: amounts as texts with a unit. UnknownError for what has no such form."""
    if isinstance(value, Text):
        whole = value.whole
        if isinstance(whole, FromParam) and whole.default is None:
            return {"not": {"param": whole.name}} if whole.negated else {"param": whole.name}
        return written(value)
    if isinstance(value, Written):
        return str(value)
    if isinstance(value, str):
        return written(value, by_shell=by_shell)
    if isinstance(value, Memory):
        return memory_of(value)
    if isinstance(value, Duration):
        return time_of(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if value is None or isinstance(value, bool | int | float):
        return value
    raise UnknownError("its value has no form in a profile")


def memory_of(value: Memory) -> str:
    mib, rest = divmod(value.size, 1 << 20)
    if rest or not mib:
        raise UnknownError("its memory is no whole MB")
    return memory_text(mib)


def time_of(value: Duration) -> str:
    seconds, rest = divmod(value.size, 1000)
    if rest or not seconds:
        raise UnknownError("its time is no whole second")
    return time_text(seconds)


class Known(methods.Named):
    """`task` with some properties; others are not known."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def named(self, name: str) -> object:
        if name not in self._values:
            raise UnknownError(f"{name}: it is known only when the task runs")
        return self._values[name]


def asked(
    code: Code,
    task: Mapping[str, object],
    params: object,
    functions: Mapping[str, Code],
    more: Mapping[str, object] = MappingProxyType({}),
) -> object:
    """The value of a directive for a task with these properties, uncapped by nf-core's check_max. UnknownError."""

    def named(name: str) -> object:
        known: dict[str, Callable[[], object]] = {
            "task": lambda: Known(task),
            "params": lambda: params,
            **{name: (lambda value=value: value) for name, value in more.items()},  # type: ignore[misc]
            "Math": lambda: methods.MATH,
            **dict.fromkeys(("nextflow", "MemoryUnit", "Duration"), lambda: methods.UNITS),
            **dict.fromkeys([name for name in functions if name == "check_max"], lambda: _UNCAPPED),
        }
        if name not in known:
            raise UnknownError(f"{name}: it is known only when Nextflow runs")
        return known[name]()

    return compiled(code)(named)


_UNCAPPED = methods.Function(lambda amount, kind: amount)
