"""What Nextflow cannot read of the params that it is given as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nfconfgen.findings import Finding
from nfconfgen.profile.document.yaml12 import Document, Path
from nfconfgen.profile.redact import shown_number

_MOST = 2**63


def check(document: Document) -> Iterator[Finding]:
    """Whole numbers of more than 64 bits: its reader of JSON makes others of them, in silence."""
    launch = document.data.get("launch", {})
    for part in ("params", "warmup"):
        yield from _large(document, launch.get(part), ("launch", part))


def _large(document: Document, value: Any, path: Path) -> Iterator[Finding]:
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _large(document, item, (*path, key))
    elif isinstance(value, int) and not -_MOST <= value < _MOST:
        message = f"{shown_number(str(value))} is beyond 64 bits: Nextflow would read another number"
        advice = "put quotes around it, or give it under `params`, which go into the configuration"
        yield Finding(document.place(path), "number", message, advice)
