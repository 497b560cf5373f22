"""The templates, and the filters through which every value in them goes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import jinja2
from jinja2.bccache import Bucket

from nfconfgen._data import folder
from nfconfgen.fast import cache as records
from nfconfgen.render import groovy, shell
from nfconfgen.terminal.visible import comment, visible

FILTERS = {"groovy": groovy.quote, "name": groovy.name, "comment": comment, "sh": shell.quote}
FILTERS["html"] = lambda value: escape(visible(str(value)), quote=True)
"""Every `{{ … }}` of a template ends in one of these; tests/render/test_templates.py sees to it."""


class Remembered(jinja2.BytecodeCache):
    """Keeps compiled templates: compiling takes a quarter of a check of which everything has changed."""

    def load_bytecode(self, bucket: Bucket) -> None:
        code = records.known_template(bucket.key, *_compiler())
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        records.remember_template(bucket.bytecode_to_string(), bucket.key, *_compiler())


@cache
def _compiler() -> Sequence[str]:
    """Which Python and which Jinja. That source and filters of a template count, Jinja and the record see to."""
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
        # {# would begin a comment in the middle of bash's ${#array[@]}
        comment_start_string="{!#",
        comment_end_string="#!}",
        autoescape=False,  # noqa: S701 - no HTML: Groovy and shell, each with its own quoting
        auto_reload=False,
    )
    environment.filters.update(FILTERS)
    return environment


def verbatim(name: str) -> str:
    """The text of a file in templates/ that is no template: nothing in it is filled in."""
    loader = _environment().loader
    assert loader is not None
    return loader.get_source(_environment(), name)[0]


def render(template: str, **values: Any) -> str:
    """The text of one template."""
    return _environment().get_template(template).render(values)
