"""`retry` of a profile and of a site, merged key by key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from nfconfgen.findings import Finding
from nfconfgen.profile import units
from nfconfgen.profile.document.yaml12 import Document, Path
from nfconfgen.profile.model import Retry


def read(site: str, document: Document) -> Retry:
    """What holds on one site. What neither says is not set: no key has a default."""
    homes: tuple[Path, ...] = (("retry",), ("sites", site, "retry"))
    said: Mapping[str, Any] = {key: value for home in homes for key, value in (document.data_at(home) or {}).items()}
    return Retry(
        attempts=int(said["attempts"]) if "attempts" in said else None,
        exit_codes=tuple(_ranges(said["exit_codes"])) if "exit_codes" in said else None,
        lost=said.get("lost"),
        otherwise=said.get("otherwise"),
        memory=said.get("memory", "same"),
    )


def _ranges(items: list[int | str]) -> Iterator[tuple[int, int]]:
    for item in items:
        with suppress(ValueError):  # a finding of `exit_codes`
            yield units.exit_codes(item)


def attempts_alone(document: Document) -> Iterator[Finding]:
    """A number of tries without a word on which failures are worth one."""
    for site in document.data["sites"]:
        found = read(site, document)
        if found.attempts is None or found.attempts == 1 or found.sets_strategy:
            continue
        own: Path = ("sites", site, "retry", "attempts")
        path = own if document.data_at(own) is not None else ("retry", "attempts")
        message = "attempts says how often a task is tried, and nothing says after which failures: the pipeline does"
        advice = "to decide it here, say exit_codes and lost, as in exit_codes: [104, 130-145, 175], lost: true"
        yield Finding(document.place(path), "retry-codes", message, advice, "note")


def exit_codes(document: Document) -> Iterator[Finding]:
    """Ranges that are none. Looks at a document as it is, since its places must not have moved."""
    sites = document.data.get("sites") if isinstance(document.data, dict) else None
    homes: list[Path] = [(), *(("sites", name) for name in (sites if isinstance(sites, dict) else ()))]
    for path in ((*home, "retry", "exit_codes") for home in homes):
        items = document.data_at(path)
        for index, item in enumerate(items if isinstance(items, list) else []):
            if isinstance(item, str) and re.fullmatch(r"[0-9]{1,3}(-[0-9]{1,3})?", item):
                try:
                    units.exit_codes(item)
                except ValueError:
                    place = document.place((*path, index))
                    message = f"{item} is no range of exit codes"
                    yield Finding(place, "exit-code", message, "lower-higher, from 1 to 255")
