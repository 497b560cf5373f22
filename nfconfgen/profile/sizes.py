"""Sizes and times at one place of a profile; one that is too small is told there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nfconfgen.findings import Finding, Place
from nfconfgen.profile import units
from nfconfgen.profile.document.yaml12 import Document, Path
from nfconfgen.profile.redact import shown


def size(read: Callable[[str], int], path: Path, document: Document, findings: list[Finding]) -> int | None:
    """The memory or time at this path; None where there is none, or none that can be read."""
    written = document.data_at(path)
    if written is None:
        return None
    try:
        return read(written)
    except ValueError:
        findings.append(too_small(read, document.place(path), str(path[-1]), written))
        return None


def too_small(read: Callable[[Any], object], place: Place, key: str, value: object) -> Finding:
    """A memory below 1 MB, or a time below one second."""
    rule, least = ("time-unit", "one second") if read is units.time_s else ("memory-unit", "1 MB")
    return Finding(place, rule, f"'{key}' must be at least {least}, not {shown(value)}")
