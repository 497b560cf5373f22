"""The templates, and the filters through which every value in them goes."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import Any

import jinja2

from nfconfgen._data import folder
from nfconfgen.compiled import Compiled
from nfconfgen.render import groovy, shell
from nfconfgen.terminal.visible import comment, visible

FILTERS = {"groovy": groovy.quote, "name": groovy.name, "comment": comment, "sh": shell.quote}
FILTERS["html"] = lambda value: escape(visible(str(value)), quote=True)
"""Every `{{ … }}` of a template ends in one of these; tests/render/test_templates.py sees to it."""


@cache
def _environment() -> jinja2.Environment:
    templates = folder("templates")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        bytecode_cache=Compiled(templates),
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
