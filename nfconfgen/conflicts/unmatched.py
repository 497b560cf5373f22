"""Selectors of the profile that hold for nothing in the pipeline."""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.conflicts import match
from nfconfgen.findings import Finding, Level, Place
from nfconfgen.pipeline.model import Sources
from nfconfgen.profile.model import Profile, TaskClass
from nfconfgen.suggest import near

_WHAT = {"label": "no process has this label", "process": "no process is called so"}
_OTHER = {"label": "processes", "process": "labels"}


def unmatched(profile: Profile, sources: Sources) -> Iterator[Finding]:
    """Each selector once, wherever sites add to it."""
    if not sources.tasks:
        return
    seen: set[tuple[str, str, Place]] = set()
    for site in profile.sites:
        for task in site.tasks:
            key = (task.kind, task.name, task.place)
            if task.kind != "default" and key not in seen:
                seen.add(key)
                yield from _judge(task, sources)


def _judge(selector: TaskClass, sources: Sources) -> Iterator[Finding]:
    kind = "withLabel" if selector.kind == "label" else "withName"
    if not match.usable(selector.name):
        message = f"{selector.name}: what it matches is not looked at: it may take too long"
        yield Finding(selector.place, "not-read", message, level="note")
    elif all(match.strength(kind, selector.name, task) is None for task in sources.tasks):
        yield _finding(selector, kind, sources)


def _finding(selector: TaskClass, kind: str, sources: Sources) -> Finding:
    theirs = sources.config.scopes.get(("process", f"{kind}:{selector.name}"))
    message = f"{selector.name}: {_WHAT[selector.kind]}, as far as {sources.by} tell"
    if theirs is not None:
        # nf-core's base.config names labels that this pipeline may not use
        message = (
            f"{selector.name}: {_WHAT[selector.kind]} at present; the pipeline's config names it too, at {theirs}"
        )
        return Finding(selector.place, "selector-unmatched", message, level="note")
    level: Level = "error" if sources.complete else "warning"
    return Finding(selector.place, "selector-unmatched", message, _advice(selector, sources), level)


def _advice(selector: TaskClass, sources: Sources) -> str:
    labels = {*_configured("withLabel:", sources), *(label for t in sources.tasks for label in t.process.labels)}
    names = {name for task in sources.tasks for name in (task.process.name, task.alias)}
    here, there = (labels, names) if selector.kind == "label" else (names, labels)
    if selector.name in there:
        return f"it is one of the {_OTHER[selector.kind]}: name it under tasks.{_OTHER[selector.kind]}"
    found = near(selector.name, sorted(here))
    if found or selector.kind == "label":
        return found
    qualified = {task.qualified for task in sources.tasks}
    return near(selector.name, sorted(qualified))


def _configured(kind: str, sources: Sources) -> Iterator[str]:
    """What the pipeline's config selects, whether a process has it or not."""
    selectors = (path[1] for path in sources.config.scopes if len(path) > 1 and path[0] == "process")
    yield from (selector.removeprefix(kind) for selector in selectors if selector.startswith(kind))
