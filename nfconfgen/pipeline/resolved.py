"""Merges Nextflow's resolved config into the parsed files: files give positions, Nextflow's values win."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from nfconfgen.findings import Place
from nfconfgen.pipeline.includes import not_read
from nfconfgen.pipeline.inspect_nextflow import Resolved
from nfconfgen.pipeline.model import Process, Scope, Setting, Sources, Task

_SELECTORS = ("withName:", "withLabel:")


def with_resolved(sources: Sources, resolved: Resolved) -> Sources:
    """The sources without settings whose condition did not hold, and with those settings and processes that only
    Nextflow knows; these have no line."""
    known = dict(_settings(resolved.config.get("process")))
    kept = [s for s in sources.config.settings if not s.sometimes or _holds(s.path, known)]
    # without -profile Nextflow uses the profile named standard
    read = {s.path[2:] if s.path[:2] == ("profiles", "standard") else s.path for s in kept}
    main = Place(sources.main)
    added = [
        Setting(path, main, 0, literal)
        for path, literal in known.items()
        if not any(other[: len(path)] == path for other in read)
    ]
    params = resolved.config.get("params")
    notes = [not_read(main, f"nextflow inspect failed: {resolved.failure}")] if resolved.failure else []
    return replace(
        sources,
        config=replace(sources.config, settings=(*added, *kept)),
        tasks=(*sources.tasks, *_unseen(sources, resolved)),
        params=sources.params | set(params if isinstance(params, dict) else ()),
        findings=(*sources.findings, *notes),
        by=f"Nextflow {resolved.version} and its files",
    )


def _settings(process: Any) -> Iterator[tuple[Scope, str | None]]:
    """Path and literal of each directive, also within selectors; a map counts as one value."""
    for key, value in process.items() if isinstance(process, dict) else ():
        if key.startswith(_SELECTORS) and isinstance(value, Mapping):
            yield from ((("process", key, name), _literal(inner)) for name, inner in value.items())
        else:
            yield ("process", key), _literal(value)


def _literal(value: Any) -> str | None:
    return str(value) if isinstance(value, (str, int)) and not str(value).startswith("{") else None


def _holds(path: Scope, known: Mapping[Scope, str | None]) -> bool:
    """Whether Nextflow resolved this setting; True outside the process scope, which is not compared."""
    return path[:1] != ("process",) or any(path[: len(other)] == other for other in known)


def _unseen(sources: Sources, resolved: Resolved) -> Iterator[Task]:
    names = {task.qualified for task in sources.tasks} | {task.alias for task in sources.tasks}
    for name in resolved.processes:
        if name not in names:
            alias = name.rpartition(":")[2]
            yield Task(Process(alias, Place(f"{sources.folder}/main.nf")), alias, name)
