"""Renders templates, in which every value passes through a filter."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import jinja2
from jinja2.bccache import Bucket

from nfconfgen._data import folder
from nfconfgen.fast import cache as records
from nfconfgen.jsontext import flow
from nfconfgen.profile.references import Env, Reference, Text
from nfconfgen.render import groovy
from nfconfgen.terminal.visible import comment, visible

FILTERS: Mapping[str, Callable[..., str]] = {
    "groovy": groovy.quote,
    "name": groovy.name,
    "path": groovy.path,
    "comment": comment,
    "sh": lambda value: shell(value),
    "yaml": flow,
    "html": lambda value: escape(visible(str(value)), quote=True),
}
"""Every `{{ … }}` of a template ends with one of these, as tests/render/test_templates.py checks."""


class Remembered(jinja2.BytecodeCache):
    """Stores compiled templates, since compiling takes a quarter of a check in which everything has changed."""

    def load_bytecode(self, bucket: Bucket) -> None:
        code = records.known_template(bucket.key, *_compiler())
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        records.remember_template(bucket.bytecode_to_string(), bucket.key, *_compiler())


def shell(value: object) -> str:
    """One word of bash; variables of the environment are read in it. Without a default they were required before."""
    parts = value.parts if isinstance(value, Text) else (str(value),)
    return "".join(shlex.quote(part) if isinstance(part, str) else f'"{_variable(part)}"' for part in parts)


def _variable(part: Reference) -> str:
    """A variable within double quotes."""
    assert isinstance(part, Env), part
    parts = part.default.parts if isinstance(part.default, Text) else (part.default or "",)
    # a dollar is the only character of a default that means something there
    default = "".join(each.replace("$", "\\$") if isinstance(each, str) else _variable(each) for each in parts)
    return f"${{{part.name}:-{default}}}"


@cache
def _compiler() -> Sequence[str]:
    """The versions of Python and Jinja. Jinja and the record account for the source and the filters of a template."""
    stamps = [(path.name, path.stat()) for path in sorted(Path(jinja2.__file__).parent.glob("*.py"))]
    return (sys.version, *(f"{name} {stamp.st_size} {stamp.st_mtime_ns}" for name, stamp in stamps))


@cache
def _environment() -> jinja2.Environment:
    templates = folder("templates")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        bytecode_cache=Remembered(),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # {# would begin a comment within bash's ${#array[@]}
        comment_start_string="{!#",
        comment_end_string="#!}",
        autoescape=False,  # noqa: S701 - Groovy and shell have their own quoting
        auto_reload=False,
    )
    environment.filters.update(FILTERS)
    return environment


def verbatim(name: str) -> str:
    """The text of a file in templates/, unchanged."""
    loader = _environment().loader
    assert loader is not None
    return loader.get_source(_environment(), name)[0]


def render(template: str, **values: Any) -> str:
    """The text of one template."""
    return _environment().get_template(template).render(values)
