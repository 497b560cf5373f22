"""What an expression of a config means in a profile: a literal, or a text that refers to variables and params."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from nfconfgen.expressions import methods
from nfconfgen.expressions.amounts import Duration, Memory, UnknownError
from nfconfgen.expressions.expression import compiled
from nfconfgen.imports.recognise.pieces import Code, choice, inner, split, unquoted
from nfconfgen.pipeline.tokens import Token, tokens
from nfconfgen.profile.references import Env, FromParam, Text, Value, concat
from nfconfgen.profile.units import memory_text, time_text

_IN_TEXT = re.compile(
    r"""\$\{((?:[^{}'"]|'[^']*'|"[^"]*")*)\}|\$([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|([^$]+|\$)""", re.DOTALL
)
_NULL = (Token("word", "null", 0, 0),)
_DEFAULT = re.compile(r"[^${}\\\"`\x00-\x1f]*")


def meaning(code: Code, *, in_words: bool = False) -> object:
    """A literal (texts, numbers, amounts, lists, maps), or a `Text`. UnknownError if it is neither.

    `in_words`: it is a line of options, of which each is left out where a param that it reads is not set.
    """
    code = inner(code)
    reference = _reference(code, in_words=in_words)
    return static(code) if reference is None else reference


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


def _reference(code: Code, *, in_words: bool = False) -> Value | None:
    """A text with references, or a param; None for anything else."""
    if len(code) == 1 and code[0].kind == "text":
        return code[0].text if code[0].fixed else _in_text(code[0].text, in_words=in_words)
    if in_words and (optional := _where_set(code)) is not None:
        return optional
    if code and code[0].text == "!" and (found := _param(code[1:])) is not None:
        return Text((FromParam(found.name, negated=True),))
    param = _param(code)
    if param is not None:
        return Text((param,))
    variable = _variable(code)
    if variable is not None:
        return Text((variable,))
    added = split(code, "+")
    if len(added) > 1:
        parts = [_reference(part, in_words=in_words) for part in added]
        known = [part for part in parts if part is not None]
        return concat(*known) if len(known) == len(parts) else None
    return None


def _where_set(code: Code) -> Value | None:
    """What stands where a param is set, and nothing where it is not: `params.x ? "-A ${params.x}" : ''`, and
    `params.x ?: ''`."""
    read, *default = split(code, "?:")
    if len(default) == 1 and _nothing(default[0]) and (param := _param(read)) is not None:
        return Text((param,))
    chosen = choice(code)
    if chosen is None or not _nothing(chosen[2]) or (param := _param(chosen[0])) is None:
        return None
    found = _reference(chosen[1])
    return found if isinstance(found, Text) and found.optional == (param,) else None


def _nothing(code: Code) -> bool:
    return len(code) == 1 and (code[0].text == "" if code[0].kind == "text" else code[0].text == "null")


def _param(code: Sequence[Token]) -> FromParam | None:
    """`params.a.b`."""
    words = [token.text for token in code]
    if len(words) < 3 or len(words) % 2 == 0 or words[0] != "params" or set(words[1::2]) != {"."}:
        return None
    return FromParam(".".join(words[2::2])) if all(token.kind == "word" for token in code[2::2]) else None


def _variable(code: Code) -> Env | None:
    """`System.getenv('X')`, `System.getenv('X') ?: 'y'`, and `System.getenv('X') ? System.getenv('X') : 'y'`."""
    read, *default = split(code, "?:")
    chosen = choice(code) if not default else None
    if chosen is not None and _spelled(unquoted(chosen[0])) == _spelled(unquoted(chosen[1])):
        # "${x}" is a text even if x is not set, so the other branch never holds
        always = chosen[0][0].kind == "text"
        read, default = unquoted(chosen[1]), [_NULL if always else chosen[2]]
    words = [token.text for token in read]
    if words[:4] == ["System", ".", "getenv", "("] and len(words) == 6:
        name = words[4]
    elif words[:2] == ["env", "("] and len(words) == 4:
        name = words[2]
    else:
        return None
    if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
        return None
    if not default:
        return Env(name)
    text = default[0][0].text if len(default) == 1 and len(default[0]) == 1 else None
    if text == "null" and default[0][0].kind == "word":
        return Env(name, "")
    if text is None or default[0][0].kind != "text" or not default[0][0].fixed or not _DEFAULT.fullmatch(text):
        return None
    return Env(name, text)


def _spelled(code: Code) -> list[str]:
    return [token.text for token in code]


def _in_text(text: str, *, in_words: bool = False) -> Value | None:
    parts: list[Value] = []
    at = 0
    while at < len(text):
        match = _IN_TEXT.match(text, at)
        if match is None:
            return None
        at = match.end()
        if match[3] is not None:
            parts.append(match[3])
            continue
        found = _reference(inner(tokens(match[1] or match[2])), in_words=in_words)
        if found is None:
            return None
        parts.append(found)
    return concat(*parts)


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
        if isinstance(whole, FromParam):
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
            raise UnknownError(f"task.{name}: it is known only when the task runs")
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
