"""What Nextflow says of a pipeline, put to what its files say: they have the places, it has the last word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from nfconfgen.findings import Place
from nfconfgen.pipeline.includes import not_read
from nfconfgen.pipeline.inspect_nextflow import Resolved
from nfconfgen.pipeline.model import Process, Scope, Setting, Sources, Task

_SELECTORS = ("withName:", "withLabel:")


def with_resolved(sources: Sources, told: Resolved) -> Sources:
    """Settings that a condition left out go; settings and processes that only Nextflow knows come, without a line."""
    known = dict(_settings(told.config.get("process")))
    kept = [s for s in sources.config.settings if not s.sometimes or _holds(s.path, known)]
    # without -profile Nextflow takes one called standard
    read = {s.path[2:] if s.path[:2] == ("profiles", "standard") else s.path for s in kept}
    main = Place(sources.main)
    added = [Setting(path, main, 0, literal) for path, literal in known.items() if not _beneath(path, read)]
    params = told.config.get("params")
    notes = [not_read(main, f"nextflow inspect says nothing: {told.unsaid}")] if told.unsaid else []
    return replace(
        sources,
        config=replace(sources.config, settings=(*added, *kept)),
        tasks=(*sources.tasks, *_unseen(sources, told)),
        params=sources.params | set(params if isinstance(params, dict) else ()),
        findings=(*sources.findings, *notes),
        by=f"Nextflow {told.version} and its files",
    )


def _settings(process: Any) -> Iterator[tuple[Scope, str | None]]:
    """Directives, by selector; what is a map in them is one value."""
    for key, value in process.items() if isinstance(process, dict) else ():
        if key.startswith(_SELECTORS) and isinstance(value, Mapping):
            yield from ((("process", key, name), _literal(inner)) for name, inner in value.items())
        else:
            yield ("process", key), _literal(value)


def _literal(value: Any) -> str | None:
    return str(value) if isinstance(value, (str, int)) and not str(value).startswith("{") else None


def _holds(path: Scope, known: Mapping[Scope, str | None]) -> bool:
    """Only of the process scope without profiles anything is known."""
    return path[:1] != ("process",) or any(path[: len(other)] == other for other in known)


def _beneath(path: Scope, read: set[Scope]) -> bool:
    return any(other[: len(path)] == path for other in read)


def _unseen(sources: Sources, told: Resolved) -> Iterator[Task]:
    names = {task.qualified for task in sources.tasks} | {task.alias for task in sources.tasks}
    for name in told.processes:
        if name not in names:
            alias = name.rpartition(":")[2]
            yield Task(Process(alias, Place(f"{sources.folder}/main.nf")), alias, name)
