"""A config that decides by one variable of the environment: each of its values is a variant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nfconfgen.expressions.amounts import UnknownError
from nfconfgen.imports.originals import Original, Settings
from nfconfgen.imports.recognise.meaning import meaning, static
from nfconfgen.imports.recognise.pieces import Code, inner, parts
from nfconfgen.pipeline.model import Setting
from nfconfgen.processes.params import Params
from nfconfgen.profile.references import Env, Text

_MOST = 24


@dataclass(frozen=True, slots=True)
class Table:
    """The variable, the param that has its value, and the values that the config knows."""

    variable: Env
    param: str
    values: tuple[str, ...]


def table(original: Original) -> Table | None:
    """The variable that a config decides by; None if it is none, or more than one."""
    found = []
    for path, setting in original.settings.items():
        if path[0] != "params" or len(path) != 2 or setting.sometimes:
            continue
        try:
            value = meaning(setting.code)
        except UnknownError:
            continue
        if isinstance(value, Text) and isinstance(value.whole, Env):
            values = tuple(dict.fromkeys(_compared(original.settings, path[1])))
            if values and len(values) <= _MOST and value.whole.default:
                found.append(Table(value.whole, path[1], values))
    return found[0] if len(found) == 1 else None


def _compared(settings: Settings, param: str) -> Iterator[str]:
    """The texts that `params.PARAM ==` is followed by."""
    for setting in settings.values():
        words = setting.code
        for at in range(len(words) - 4):
            one, _, name, sign, value = words[at : at + 5]
            if (one.text, name.text, sign.text) == ("params", param, "==") and value.kind == "text":
                yield value.text


def fixed(original: Original, found: Table, value: str) -> Original:
    """The config as it is where the variable has this value."""
    params = Params(original.config, original.profile, {found.param: value})
    settings = {
        path: _folded(setting, params, path[:2] == ("params", found.param))
        for path, setting in original.settings.items()
    }
    return replace(original, settings=settings, params=params)


def _folded(setting: Setting, params: Params, itself: bool) -> Setting:
    return setting if itself else replace(setting, code=_fold(setting.code, params))


def _fold(code: Code, params: Params) -> Code:
    """The branch that holds of conditions on params alone."""
    while not code[:1] or code[0].text != "{":
        try:
            split = parts(inner(code))
            if split is None:
                break
            condition, yes, no = split
            code = yes if static(condition, params) else no
        except UnknownError:
            break
    return code


def common(parts: list[Mapping[str, Any]]) -> dict[str, Any]:
    """The keys that are alike in all."""
    first, *others = parts
    found: dict[str, Any] = {}
    for key, value in first.items():
        if isinstance(value, dict) and all(isinstance(other.get(key), dict) for other in others):
            inside = common([value, *(other[key] for other in others)])
            if inside:
                found[key] = inside
        elif all(key in other and other[key] == value for other in others):
            found[key] = value
    return found
