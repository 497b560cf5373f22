"""The variables that a config defines by `def x = …`, in place of their names.

A generated config has no such definitions, so code that reads one would fail there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from nfconfgen.pipeline.model import Config, Setting
from nfconfgen.pipeline.tokens import Token, tokens

_IN_TEXT = re.compile(r"\$\{[^{}]*\}|\$[A-Za-z_]\w*")
_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_MOST_CHARACTERS = 20_000


def without_definitions(config: Config, texts: Mapping[str, str]) -> tuple[Config, dict[int, str]]:
    """The config, whose files have these texts, with definitions in place of their names, and the new code of its
    settings, by their number."""
    known = {name: code for name, code in config.definitions.items() if len(code) < _MOST_CHARACTERS // 10}
    params: dict[str, str] = {}
    settings: list[Setting] = []
    sources: dict[int, str] = {}
    for setting in config.settings:
        names = known
        if setting.path[0] == "params" and len(setting.path) == 2:
            # with parser v1 a param may read those before it by their names alone
            names = {**known, **params}
            params.setdefault(setting.path[1], f"params.{setting.path[1]}")
        if setting.code and any(_mentions(token, names) for token in setting.code):
            source = texts[setting.place.file][setting.code[0].start : setting.code[-1].end]
            replaced = in_place(source, names)
            if replaced != source:
                sources[setting.number] = replaced
                setting = replace(setting, code=tuple(tokens(replaced)), literal=None)
        settings.append(setting)
    return replace(config, settings=tuple(settings)), sources


def _mentions(token: Token, names: Mapping[str, str]) -> bool:
    if token.kind == "word":
        return token.text in names
    return token.kind == "text" and not token.fixed and any(name in token.text for name in names)


def in_place(source: str, definitions: Mapping[str, str]) -> str:
    """The code with the definitions in place of the names, those of other definitions included."""
    for _ in definitions:
        replaced = "".join(_pieces(source, tokens(source), definitions))
        if replaced == source or len(replaced) > _MOST_CHARACTERS:
            return source
        source = replaced
    return source


def _pieces(source: str, code: Sequence[Token], definitions: Mapping[str, str]) -> Iterator[str]:
    at = 0
    for place, token in enumerate(code):
        yield source[at : token.start]
        written = source[token.start : token.end]
        if token.kind == "word" and token.text in definitions and _is_read(code, place):
            yield f"({definitions[token.text]})"
        elif token.kind == "text" and not token.fixed:
            yield _IN_TEXT.sub(lambda match: _in_text(match[0], definitions), written)
        else:
            yield written
        at = token.end
    yield source[at:]


def _is_read(code: Sequence[Token], place: int) -> bool:
    """Whether a name stands for its value: it is no property, and no key of a map or of named arguments."""
    before = next((token.text for token in reversed(code[:place]) if token.kind != "newline"), "")
    after = next((token.text for token in code[place + 1 :] if token.kind != "newline"), "")
    return before not in (".", "?.") and not (before in ("", "[", ",", "(") and after == ":")


def _in_text(reference: str, definitions: Mapping[str, str]) -> str:
    """`${x}` or `$x` within a text."""
    inside = reference[2:-1] if reference.startswith("${") else reference[1:]
    found = _NAME.sub(lambda match: f"({definitions[match[0]]})" if match[0] in definitions else match[0], inside)
    return reference if found == inside else f"${{{found}}}"
