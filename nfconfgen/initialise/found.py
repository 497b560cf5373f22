"""What a repository already has: processes, labels, profiles, params, sizes, and configs for schedulers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nfconfgen.errors import UnreadableError
from nfconfgen.fast.discovery import is_pipeline
from nfconfgen.pipeline.config_file import FileReader, literal
from nfconfgen.pipeline.disk import Disk
from nfconfgen.pipeline.model import Config, Scope, Sources, Task
from nfconfgen.pipeline.param_names import of_schema
from nfconfgen.pipeline.sources import read
from nfconfgen.processes.precedence import Matching, merged, settings, winner
from nfconfgen.profile.load import RESULTS

SIZES = ("cpus", "memory", "time")
_SCHEDULERS = ("slurm", "awsbatch")
_VERSION = re.compile(r"!?>=\s*(\d\d)\.(\d{1,2})(?:\.(\d{1,2}))?(?!\d)")
_OLDEST = (24, 4)
"""Since this version Nextflow has resourceLimits, and settings of Slurm accounts."""


@dataclass(frozen=True, slots=True)
class Existing:
    """A config of the repository for a scheduler: the file, its profile (empty: the file has none), the executor."""

    file: str
    profile: str
    executor: str

    @property
    def title(self) -> str:
        return f"profile {self.profile} of {self.file}" if self.profile else self.file


@dataclass(frozen=True, slots=True)
class Found:
    """What a first profile depends on. `lacking` are the sizes that some process does not get from the pipeline,
    `sized_in` the files that set any, `containers` whether tasks run in them, `retries` whether the pipeline
    decides on them; `results` is the param of the folder of results, `inputs` are params that a run must set."""

    sources: Sources
    pipeline: bool
    name: str
    nextflow: str
    processes: int
    labels: Sequence[str]
    profiles: frozenset[str]
    lacking: Sequence[str]
    sized_in: Sequence[str]
    containers: bool
    retries: bool
    results: str
    inputs: Sequence[str]
    existing: Sequence[Existing]


def look(folder: Path) -> Found:
    """What is in this folder. Its files are read, and nothing is run."""
    disk = Disk()
    sources = read(folder, disk=disk)
    config = sources.config
    tasks = {task.process.place: task for task in sources.tasks}
    params = list(of_schema(_text(folder / "nextflow_schema.json", disk)))
    return Found(
        sources=sources,
        pipeline=is_pipeline(folder),
        name=_name(config, folder),
        nextflow=_version(config),
        processes=len(sources.tasks),
        labels=sorted({label for task in tasks.values() for label in task.process.labels}),
        profiles=frozenset(_profiles(config)),
        lacking=_lacking(sources),
        sized_in=_sized_in(sources, folder),
        containers=_containers(sources),
        retries=any(s.path[:1] == ("process",) and s.path[-1] == "errorStrategy" for s in config.settings),
        results=next((name for name in RESULTS if name in sources.params), ""),
        inputs=[p.name for p in params if p.required and p.default is None and p.name not in RESULTS],
        existing=[*_of_config(sources), *_apart(config, folder, disk)],
    )


def _text(path: Path, disk: Disk) -> str:
    try:
        return disk.text(path) if disk.is_file(path) else ""
    except UnreadableError:
        return ""


def _last(config: Config, path: Scope) -> str:
    return next((s.literal for s in reversed(config.settings) if s.path == path and s.literal), "")


def _name(config: Config, folder: Path) -> str:
    """A short name: that of the manifest without its organisation, or that of the folder."""
    for name in (_last(config, ("manifest", "name")).rpartition("/")[2], folder.resolve().name):
        short = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-_")[:60]
        if short:
            return short
    return "pipeline"


def _version(config: Config) -> str:
    asked = _VERSION.match(_last(config, ("manifest", "nextflowVersion")))
    numbers = tuple(int(part) for part in asked.groups() if part) if asked is not None else ()
    if asked is None or numbers <= _OLDEST:
        return ">=24.04"
    return f">={'.'.join(filter(None, asked.groups()))}"


def _profiles(config: Config) -> Iterator[str]:
    for path in (*config.scopes, *(setting.path for setting in config.settings)):
        if len(path) > 1 and path[0] == "profiles":
            yield path[1]


def _lacking(sources: Sources) -> list[str]:
    """Without a process that could be looked at, what the process scope lacks."""
    blocks, matching = merged(list(settings(sources.config, "")), "v2"), Matching()

    def lacks(task: Task, size: str) -> bool:
        return winner(blocks, matching.held(blocks, task), size, task) is None

    if not sources.tasks:
        return [size for size in SIZES if size not in blocks.get("", {})]
    return [size for size in SIZES if any(lacks(task, size) for task in sources.tasks)]


def _sized_in(sources: Sources, folder: Path) -> list[str]:
    """The files, those of the config first."""
    configs = (s.place.file for s in sources.config.settings if s.path[:1] == ("process",) and s.path[-1] in SIZES)
    scripts = (d.place.file for task in sources.tasks for d in task.process.directives if d.name in SIZES)
    every = dict.fromkeys([*configs, *scripts])
    return [str(Path(file).relative_to(folder)) if Path(file).is_relative_to(folder) else file for file in every]


def _containers(sources: Sources) -> bool:
    named = any(d.name == "container" for task in sources.tasks for d in task.process.directives)
    return named or any(
        setting.path[-1] == "container" and "process" in setting.path for setting in sources.config.settings
    )


def _of_config(sources: Sources) -> Iterator[Existing]:
    """The schedulers that the pipeline's own config sets, also in its profiles."""
    found: dict[Existing, None] = {}
    for setting in sources.config.settings:
        path, profile = setting.path, ""
        if len(path) > 2 and path[0] == "profiles":
            path, profile = path[2:], path[1]
        if path == ("process", "executor") and setting.literal in _SCHEDULERS:
            # the main config is read with all that it includes
            found[Existing(sources.main, profile, setting.literal or "")] = None
    yield from found


def _apart(config: Config, folder: Path, disk: Disk) -> Iterator[Existing]:
    """Configs in the usual places that nextflow.config does not include."""
    for path in (place / name for place in (folder, folder / "conf") for name in disk.names(place)):
        if path.suffix != ".config" or str(path) in config.files:
            continue
        for statement in FileReader(str(path), _text(path, disk)).read().statements:
            name = literal(statement.value)
            if statement.path == ("process", "executor") and name in _SCHEDULERS:
                yield Existing(str(path), "", name or "")
                break
