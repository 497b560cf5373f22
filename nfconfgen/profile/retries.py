"""`retry` of a profile and of a site, merged key by key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from nfconfgen.findings import Finding
from nfconfgen.profile import units
from nfconfgen.profile.document.yaml12 import Document, Path
from nfconfgen.profile.retry_settings import Added, Retry

_GROWING: Mapping[str, Callable[[Any], int]] = {"memory": units.memory_mib, "time": units.time_s, "cpus": int}


def read(site: str, document: Document, further: Sequence[Path] = ()) -> Retry:
    """The retry settings of one site, and of the task class that has them at these paths. No key has a default except
    those of growth."""
    homes: tuple[Path, ...] = (("retry",), ("sites", site, "retry"), *further)
    values: dict[str, Any] = {key: value for home in homes for key, value in (document.data_at(home) or {}).items()}
    for key, amount in _GROWING.items():
        if isinstance(values.get(key), dict):
            with suppress(ValueError):  # a finding of `added`
                values[key] = Added(amount(values[key]["add"]))
    values = {key: value for key, value in values.items() if not isinstance(value, dict)}
    if "attempts" in values:
        values["attempts"] = int(values["attempts"])  # the schema accepts 3.0
    if "exit_codes" in values:
        values["exit_codes"] = tuple(_ranges(values["exit_codes"]))
    return Retry(**values)


def _ranges(items: list[int | str]) -> Iterator[tuple[int, int]]:
    for item in items:
        with suppress(ValueError):  # a finding of `exit_codes`
            yield units.exit_codes(item)


def _homes(document: Document) -> Iterator[Path]:
    """The paths where retry settings may be set, also in a document that does not conform to the schema."""
    yield ("retry",)
    for site in _keys(document, ("sites",)):
        yield ("sites", site, "retry")
        tasks: Path = ("sites", site, "tasks")
        yield (*tasks, "default", "retry")
        for group in ("labels", "processes"):
            yield from ((*tasks, group, name, "retry") for name in _keys(document, (*tasks, group)))


def _keys(document: Document, path: Path) -> Iterator[str]:
    found = document.data_at(path) if isinstance(document.data, dict) else None
    yield from found if isinstance(found, dict) else ()


def added(document: Document, findings: list[Finding]) -> None:
    """Findings on amounts of growth that are too small to be read."""
    for home in _homes(document):
        for key in ("memory", "time"):
            if isinstance(document.data_at((*home, key)), dict):
                units.size(_GROWING[key], (*home, key, "add"), document, findings)


def attempts_alone(document: Document) -> Iterator[Finding]:
    """A number of attempts without the failures that are retried."""
    for site in document.data["sites"]:
        found = read(site, document)
        if found.attempts is None or found.attempts == 1 or found.sets_strategy:
            continue
        own: Path = ("sites", site, "retry", "attempts")
        path = own if document.data_at(own) is not None else ("retry", "attempts")
        message = "attempts is set, but not which failures are retried: the pipeline's errorStrategy decides"
        advice = "to decide it here, set exit_codes and lost, as in exit_codes: [104, 130-145, 175], lost: true"
        yield Finding(document.place(path), "retry-codes", message, advice, "note")


def exit_codes(document: Document) -> Iterator[Finding]:
    """Ranges that are not valid. Needs the document before anything is left out, since positions would move."""
    for home in _homes(document):
        path: Path = (*home, "exit_codes")
        items = document.data_at(path) if isinstance(document.data, dict) else None
        for index, item in enumerate(items if isinstance(items, list) else []):
            if isinstance(item, str) and re.fullmatch(r"[0-9]{1,3}(-[0-9]{1,3})?", item):
                try:
                    units.exit_codes(item)
                except ValueError:
                    message = f"{item} is not a range of exit codes"
                    advice = "write the lower code first; codes are from 1 to 255"
                    yield Finding(document.place((*path, index)), "exit-code", message, advice)
