"""Reads a pipeline's folder: config, scripts and schema. Runs nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nfconfgen.errors import UnreadableError
from nfconfgen.findings import Finding, Place
from nfconfgen.pipeline import params
from nfconfgen.pipeline.disk import Disk
from nfconfgen.pipeline.includes import ConfigReader, not_read
from nfconfgen.pipeline.model import Config, Process, Sources, Task
from nfconfgen.pipeline.scripts import ScriptReader


def read(folder: Path, ours: frozenset[str] = frozenset(), disk: Disk | None = None) -> Sources:
    """What the files say; `ours` are real paths of what we generate."""
    disk = disk or Disk()
    configs = ConfigReader(folder, ours, disk)
    config = configs.read()
    scripts = ScriptReader(folder, _main(config), disk)
    tasks = scripts.read()
    notes: list[Finding] = []
    further = [*_text(folder / "nextflow_schema.json", disk, notes)]
    groovy = [folder / "lib" / name for name in disk.names(folder / "lib") if name.endswith(".groovy")]
    library = [text for path in groovy for text in _text(path, disk, notes)]
    known = {
        *params.of_config(config),
        *params.of_texts([*scripts.texts, *library]),
        *(name for text in further for name in params.of_schema(text)),
    }
    notes += (not_read(t.place, f"process {t.name} has a label that only a run works out") for t in _dynamic(tasks))
    return Sources(
        str(folder),
        config,
        tasks,
        frozenset(known),
        complete=scripts.complete and not any(task.process.dynamic for task in tasks),
        findings=(*configs.findings, *configs.notes, *scripts.findings, *scripts.notes, *notes),
    )


def _dynamic(tasks: tuple[Task, ...]) -> Iterator[Process]:
    yield from {task.process.place: task.process for task in tasks if task.process.dynamic}.values()


def _main(config: Config) -> str:
    """The main script, as the manifest names it."""
    named = [s.literal for s in config.settings if s.path == ("manifest", "mainScript") and s.literal]
    return named[-1] if named else "main.nf"


def _text(path: Path, disk: Disk, notes: list[Finding]) -> Iterator[str]:
    if not disk.is_file(path):
        return
    try:
        yield disk.text(path)
    except UnreadableError as error:
        notes.append(not_read(Place(str(path)), str(error).removeprefix(f"{path}: ")))
