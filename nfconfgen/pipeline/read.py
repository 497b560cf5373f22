"""Reads a pipeline's folder: config, scripts and schema. Runs nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nfconfgen.errors import UnreadableError
from nfconfgen.findings import Finding, Place
from nfconfgen.pipeline import params
from nfconfgen.pipeline.files import ConfigReader, not_read
from nfconfgen.pipeline.model import Config, Process, Sources, Task
from nfconfgen.pipeline.scripts import ScriptReader
from nfconfgen.profile.read import read_text


def read(folder: Path, ours: frozenset[str] = frozenset()) -> Sources:
    """What the files say; `ours` are real paths of what we generate."""
    configs = ConfigReader(folder, ours)
    config = configs.read()
    scripts = ScriptReader(folder, _main(config))
    tasks = scripts.read()
    notes: list[Finding] = []
    further = [*_text(folder / "nextflow_schema.json", notes)]
    library = [text for path in sorted(folder.glob("lib/*.groovy")) for text in _text(path, notes)]
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


def _text(path: Path, notes: list[Finding]) -> Iterator[str]:
    if not path.is_file():
        return
    try:
        yield read_text(path)
    except UnreadableError as error:
        notes.append(not_read(Place(str(path)), str(error).removeprefix(f"{path}: ")))
