"""`retry` of a profile and of a site, merged key by key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import accumulate
from typing import Any

from nfconfgen.findings import Finding
from nfconfgen.profile import units
from nfconfgen.profile.document.task_paths import class_paths, mapping_at
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
    if "exit_codes" in values:
        values["exit_codes"] = _retried(values["exit_codes"])
    if "grow_on" in values:
        values["grow_on"] = tuple(_ranges(values["grow_on"]))
    values = {key: value for key, value in values.items() if not isinstance(value, dict)}
    if "attempts" in values:
        values["attempts"] = int(values["attempts"])  # the schema accepts 3.0
    return Retry(**values)


def _retried(exit_codes: list[int | str] | str | dict[str, Any]) -> tuple[tuple[int, int], ...]:
    """The ranges that are retried; of `any`, those around the exceptions."""
    if isinstance(exit_codes, list):
        return tuple(_ranges(exit_codes))
    exceptions = sorted(_ranges(exit_codes["any"]["except"])) if isinstance(exit_codes, dict) else []
    edges = [(-1, -1), *exceptions, (256, 256)]
    highest = accumulate((high for _, high in edges), max)
    gaps = ((before + 1, low - 1) for before, (low, _) in zip(highest, edges[1:], strict=False))
    return tuple(gap for gap in gaps if gap[0] <= gap[1])


def _ranges(items: list[int | str]) -> Iterator[tuple[int, int]]:
    for item in items:
        with suppress(ValueError):  # a finding of `exit_codes`
            yield units.exit_codes(item)


def _homes(document: Document) -> Iterator[Path]:
    """The paths where retry settings may be set, also in a document that does not conform to the schema."""
    yield ("retry",)
    for site in mapping_at(document, ("sites",)):
        yield ("sites", site, "retry")
        yield from ((*path, "retry") for path in class_paths(document, ("sites", site, "tasks")))


def added(document: Document, findings: list[Finding]) -> None:
    """Findings on amounts of growth that are too small to be read."""
    for home in _homes(document):
        for key in ("memory", "time"):
            if isinstance(document.data_at((*home, key)), dict):
                units.size(_GROWING[key], (*home, key, "add"), document, findings)


def last_alone(document: Document) -> Iterator[Finding]:
    """What the last attempt leads to, without the number of attempts or the failures that are retried."""
    for home in _homes(document):
        sites = [str(home[1])] if len(home) > 1 else list(document.data["sites"])
        if document.data_at((*home, "last")) is None:
            continue
        found = [read(site, document, [home]) for site in sites]
        if any(each.attempts is None for each in found):
            message = "last is set, but not the number of attempts: the pipeline decides which is the last"
            yield Finding(document.place((*home, "last")), "retry-last", message, "set attempts")
        elif any(each.exit_codes is None and each.lost is None for each in found):
            message = "last is set, but not which failures are retried: the pipeline's errorStrategy decides"
            advice = "set exit_codes and lost, as in exit_codes: any, lost: true"
            yield Finding(document.place((*home, "last")), "retry-last", message, advice)


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
    for path in ((*home, key) for home in _homes(document) for key in ("exit_codes", "grow_on")):
        items = document.data_at(path) if isinstance(document.data, dict) else None
        if isinstance(items, dict):
            path = (*path, "any", "except")
            items = document.data_at(path)
        for index, item in enumerate(items if isinstance(items, list) else []):
            if isinstance(item, str) and re.fullmatch(r"[0-9]{1,3}(-[0-9]{1,3})?", item):
                try:
                    units.exit_codes(item)
                except ValueError:
                    message = f"{item} is not a range of exit codes"
                    advice = "write the lower code first; codes are from 0 to 255"
                    yield Finding(document.place((*path, index)), "exit-code", message, advice)
