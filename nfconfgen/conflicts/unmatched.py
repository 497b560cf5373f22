"""Findings on selectors of the profile that match nothing in the pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from nfconfgen.findings import Finding, Level, Place
from nfconfgen.pipeline.model import Sources
from nfconfgen.processes import match
from nfconfgen.profile.model import Kind, Profile
from nfconfgen.suggest import near

_SIZES = ("single", "low", "medium", "high", "long", "high_memory", "gpu")
STANDARD = frozenset((*(f"process_{size}" for size in _SIZES), "error_ignore", "error_retry"))
"""Labels of nf-core's template, which a profile for several pipelines names."""
_WHAT = {"label": "no process has this label", "process": "no process has this name"}
_OTHER = {"label": "processes", "process": "labels"}


def unmatched(profile: Profile, sources: Sources) -> Iterator[Finding]:
    """Each selector is checked once, even if several sites have it."""
    if not sources.tasks:
        return
    named = {Selector(task.kind, task.name, task.place): None for site in profile.sites for task in site.tasks}
    named |= {Selector("process", name, place): None for name, place in profile.pipeline.unused.items()}
    for selector in named:
        if selector.kind != "default":
            yield from _check(selector, sources)


class Selector(NamedTuple):
    """A label or a process that the profile names, or a pattern of such names."""

    kind: Kind
    name: str
    place: Place


def _check(selector: Selector, sources: Sources) -> Iterator[Finding]:
    kind = "withLabel" if selector.kind == "label" else "withName"
    if not match.usable(selector.name):
        message = f"{selector.name}: not checked for matches, as that might take too long"
        yield Finding(selector.place, "not-read", message, level="note")
    elif all(match.strength(kind, selector.name, task) is None for task in sources.tasks):
        yield _finding(selector, kind, sources)


def _finding(selector: Selector, kind: str, sources: Sources) -> Finding:
    theirs = sources.config.scopes.get(("process", f"{kind}:{selector.name}"))
    what = f"{selector.name}: {_WHAT[selector.kind]}"
    if theirs is not None:
        # nf-core's base.config has labels that this pipeline may not use
        message = f"{what} at present; the pipeline's config names it too, at {theirs}"
        return Finding(selector.place, "selector-unmatched", message, level="note")
    message = f"{what}, according to {sources.by}"
    if selector.kind == "label" and selector.name in STANDARD:
        return Finding(selector.place, "selector-unmatched", message, level="note")
    level: Level = "error" if sources.complete else "warning"
    return Finding(selector.place, "selector-unmatched", message, _advice(selector, sources), level)


def _advice(selector: Selector, sources: Sources) -> str:
    selectors = (path[1] for path in sources.config.scopes if len(path) > 1 and path[0] == "process")
    labels = {name.removeprefix("withLabel:") for name in selectors if name.startswith("withLabel:")}
    labels.update(label for task in sources.tasks for label in task.process.labels)
    names = {name for task in sources.tasks for name in (task.process.name, task.alias)}
    here, there = (labels, names) if selector.kind == "label" else (names, labels)
    if selector.name in there:
        return f"it is one of the {_OTHER[selector.kind]}: name it under tasks.{_OTHER[selector.kind]}"
    found = near(selector.name, sorted(here))
    if found or selector.kind == "label":
        return found
    return near(selector.name, sorted({task.qualified for task in sources.tasks}))
