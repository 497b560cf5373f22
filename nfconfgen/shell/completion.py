"""The values that the shell completes. Each TAB starts the program, so nothing slow is imported; where a value cannot
be read, nothing is suggested."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from nfconfgen.errors import NfconfgenError
from nfconfgen.fast.discovery import NAMES

if TYPE_CHECKING:
    from nfconfgen.profile.document.yaml12 import Document

_PLAIN = r"[A-Za-z0-9_][\w.:-]{0,99}"
SCHEMAS = ("profile", "cluster", "lock", "report", "facts", "verify", "explain", "diff", "prices", "recommend")


def schemas(incomplete: str) -> list[str]:
    return [name for name in SCHEMAS if name.startswith(incomplete)]


def rules(incomplete: str) -> list[str]:
    from nfconfgen.report import rules as page

    return [name for name in page.read() if name.startswith(incomplete)]


def sites(ctx: typer.Context, incomplete: str) -> list[str]:
    """The names of the sites of the profile."""
    document = _document(ctx)
    names = _names(document.data_at(("sites",))) if document is not None else []
    return [name for name in names if name.startswith(incomplete)]


def processes(ctx: typer.Context, incomplete: str) -> list[str]:
    """The labels and processes that the profile names, for all sites or one, and `default`."""
    document = _document(ctx)
    names = dict.fromkeys(_classes(document) if document is not None else ())
    return [name for name in names if name.startswith(incomplete)]


def _classes(document: Document) -> Iterator[str]:
    yield "default"
    homes = [("tasks",), *(("sites", site, "tasks") for site in _names(document.data_at(("sites",))))]
    for home in homes:
        for group in ("labels", "processes"):
            yield from _names(document.data_at((*home, group)))


def _names(value: Any) -> list[str]:
    """The keys that mean nothing to a shell, and are no credentials: in a clone, they may be anything."""
    from nfconfgen.profile.credentials import looks_secret

    names = value if isinstance(value, dict) else ()
    return [name for name in names if re.fullmatch(_PLAIN, name) and not looks_secret(name)]


def _document(ctx: typer.Context) -> Document | None:
    """The profile on the command line so far, or the one in this folder."""
    from nfconfgen.profile.document import yaml12
    from nfconfgen.profile.read import read_text

    # an option without its value ends the parsing, and what stands before it is left over
    given = [ctx.params.get("profile"), *ctx.args, *NAMES]
    path = next((name for name in given if name and Path(name).exists()), None)
    try:
        return yaml12.parse(read_text(Path(path)), str(path))[0] if path is not None else None
    except (NfconfgenError, OSError):
        return None
