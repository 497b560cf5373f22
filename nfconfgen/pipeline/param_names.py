"""The params that a pipeline knows: those of its config, its schema and its code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from nfconfgen.pipeline.model import Config

_USED = re.compile(r"\bparams\s*(?:\.\w+\(\s*['\"](\w+)|\[\s*['\"](\w+)['\"]|\??\.\s*([A-Za-z_]\w*))")
_BLOCK = re.compile(r"^params\s*\{([^{}]*)", re.MULTILINE)
_DECLARED = re.compile(r"^[ \t]*(\w+)[ \t]*[:=]", re.MULTILINE)


def of_config(config: Config) -> Iterator[str]:
    """The params that it sets, in any profile."""
    for setting in config.settings:
        path = setting.path[2:] if setting.path[:1] == ("profiles",) else setting.path
        if len(path) > 1 and path[0] == "params":
            yield path[1]


def of_texts(texts: Iterable[str]) -> Iterator[str]:
    """The params that scripts use: `params.x`, `params['x']`, and a `params { x: Path = … }` of typed scripts."""
    for text in texts:
        for found in _USED.finditer(text):
            yield found[1] or found[2] or found[3]
        for block in _BLOCK.finditer(text):
            yield from _DECLARED.findall(block[1])


@dataclass(frozen=True, slots=True)
class Param:
    """A param of the schema; `default` is None without one, or if it is no single value. A run must set one that is
    `required`."""

    name: str
    default: str | float | bool | None
    required: bool


def of_schema(text: str) -> Iterator[Param]:
    """The params in nextflow_schema.json: the properties at the top and of each group."""
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError):
        return
    yield from _params(schema)
    for group in ("$defs", "definitions"):
        parts = schema.get(group) if isinstance(schema, dict) else None
        for part in parts.values() if isinstance(parts, dict) else ():
            yield from _params(part)


def _params(part: Any) -> Iterator[Param]:
    properties, required = (part.get(key) if isinstance(part, dict) else None for key in ("properties", "required"))
    for name, param in properties.items() if isinstance(properties, dict) else ():
        default = param.get("default") if isinstance(param, dict) else None
        single = default if isinstance(default, str | int | float) else None
        yield Param(name, single, isinstance(required, list) and name in required)
