"""Expressions that refer to variables of the environment and to params, as texts of a profile."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from nfconfgen.imports.recognise.pieces import Code, choice, inner, spelled, split, unquoted
from nfconfgen.pipeline.tokens import Token, interpolated
from nfconfgen.profile.references import Env, FromParam, Gpus, Reference, Text, Value, concat

_IN_TEXT = re.compile(
    r"""\$\{((?:[^{}'"]|'[^']*'|"[^"]*")*)\}|\$([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|([^$]+|\$)""", re.DOTALL
)
_DEFAULT = re.compile(r"[^${}\\\"`\x00-\x1f]*")
_GPUS = ["task", ".", "accelerator"]
_NULL = (Token("word", "null", 0, 0),)


def reference(code: Code, *, in_words: bool = False) -> Value | None:
    """A text with references, or a param; None for anything else. `in_words`: it is a line of options, of which each
    is left out where a param that it reads is not set."""
    if len(code) == 1 and code[0].kind == "text":
        return code[0].text if code[0].fixed else _in_text(code[0].text, in_words=in_words)
    if in_words and (optional := _where_set(code)) is not None:
        return optional
    if code and code[0].text == "!" and (found := _param(code[1:])) is not None:
        return Text((replace(found, negated=True),))
    whole = _with_default(code)
    if whole is not None:
        return Text((whole,))
    added = split(code, "+")
    if len(added) > 1:
        return _together([reference(part, in_words=in_words) for part in added])
    return None


def _together(parts: Sequence[Value | None]) -> Value | None:
    known = [part for part in parts if part is not None]
    return concat(*known) if len(known) == len(parts) else None


def _where_set(code: Code) -> Value | None:
    """What stands where something is set, and nothing where it is not: `params.x ? "-A ${params.x}" : ''`,
    `params.x ?: ''`, `task.accelerator ? "--gres=gpu:${task.accelerator.request}" : ''`."""
    read, *default = split(code, "?:")
    if len(default) == 1 and _nothing(default[0]) and (param := _param(read)) is not None:
        return Text((param,))
    if spelled(code) == [*_GPUS, ".", "request"]:
        return Text((Gpus(),))
    chosen = choice(code)
    if chosen is None or not _nothing(chosen[2]):
        return None
    condition = Gpus() if spelled(chosen[0]) == _GPUS else _param(chosen[0])
    found = reference(chosen[1], in_words=True)
    return found if isinstance(found, Text) and found.optional == (condition,) else None


def _nothing(code: Code) -> bool:
    return len(code) == 1 and (code[0].text == "" if code[0].kind == "text" else code[0].text == "null")


def _with_default(code: Code) -> Reference | None:
    """A variable or param, alone or as `x ?: y`, `x ? x : y`."""
    read, *others = split(code, "?:")
    chosen = choice(code) if not others else None
    if chosen is not None and spelled(unquoted(chosen[0])) == spelled(unquoted(chosen[1])):
        # "${x}" is a text even if x is not set, so the other branch never holds
        always = chosen[0][0].kind == "text"
        read, others = unquoted(chosen[1]), [_NULL if always else chosen[2]]
    found = _param(read) or _variable(read)
    if found is None or not others:
        return found
    default = _default(others)
    return None if default is None else replace(found, default=default)


def _default(others: Sequence[Code]) -> Value | None:
    """What holds where something is not set: the first of these that is; None: it has no form."""
    first, *rest = others
    if rest:
        found = _param(first) or _variable(first)
        after = _default(rest)
        return Text((replace(found, default=after),)) if found is not None and after is not None else None
    if _nothing(first):
        return ""
    value = reference(first)
    fits = isinstance(value, Text) or (value is not None and _DEFAULT.fullmatch(value))
    return value if fits else None


def _param(code: Sequence[Token]) -> FromParam | None:
    """`params.a.b`."""
    words = spelled(code)
    if len(words) < 3 or len(words) % 2 == 0 or words[0] != "params" or set(words[1::2]) != {"."}:
        return None
    return FromParam(".".join(words[2::2])) if all(token.kind == "word" for token in code[2::2]) else None


def _variable(code: Code) -> Env | None:
    """`System.getenv('X')`, `env('X')`."""
    words = spelled(code)
    if words == ["System", ".", "getProperty", "(", "user.home", ")"]:
        return Env("HOME")
    if words[:4] == ["System", ".", "getenv", "("] and len(words) == 6:
        name = words[4]
    elif words[:2] == ["env", "("] and len(words) == 4:
        name = words[2]
    else:
        return None
    return Env(name) if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) else None


def _in_text(text: str, *, in_words: bool = False) -> Value | None:
    pieces = interpolated(text, _IN_TEXT)
    if pieces is None:
        return None
    return _together(
        [piece if isinstance(piece, str) else reference(inner(piece), in_words=in_words) for piece in pieces]
    )
