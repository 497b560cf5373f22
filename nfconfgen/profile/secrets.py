"""Credentials have no place in a profile: what looks like one is refused and never repeated in a message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nfconfgen.findings import Finding, Place
from nfconfgen.profile.credentials import asks_for_one, is_elsewhere, looks_secret
from nfconfgen.profile.document.yaml12 import Document, Path


def check(document: Document) -> list[Finding]:
    """A finding for each value that looks like a credential, and each key that asks for one."""
    return [
        Finding(
            place,
            "credential",
            f"{what} looks like a credential",
            "take it out (and revoke it if it was ever committed): AWS credentials belong into the environment or "
            "~/.aws, pipeline secrets into `nextflow secrets`",
        )
        for place, what in _suspects(document, document.data, ())
    ]


def _suspects(document: Document, value: Any, path: Path) -> Iterator[tuple[Place, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            if looks_secret(key):
                yield document.key_place((*path, key)), "a key"
            if _asked_for(key, item):
                yield document.place((*path, key)), f"'{key}'"
            else:
                yield from _suspects(document, item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _suspects(document, item, (*path, index))
    elif isinstance(value, str) and looks_secret(value):
        named = path and isinstance(path[-1], str) and not looks_secret(path[-1])
        yield document.place(path), f"the value of '{path[-1]}'" if named else "a value"


def _asked_for(key: str, value: Any) -> bool:
    """Whether a key names a credential and has one; `max_token: 512` is none, a password of digits is."""
    if isinstance(value, list):
        return any(_asked_for(key, item) for item in value)
    if isinstance(value, bool) or not asks_for_one(key) or looks_secret(key):
        return False
    if isinstance(value, str):
        return value != "" and not is_elsewhere(value)
    return isinstance(value, int) and "token" not in key.lower()
