"""Reads a pipeline's folder: config, scripts and schema. Runs none of its code."""

from __future__ import annotations

from pathlib import Path

from nfconfgen.errors import UnreadableError
from nfconfgen.findings import Finding
from nfconfgen.pipeline import param_names
from nfconfgen.pipeline.disk import Disk
from nfconfgen.pipeline.includes import ConfigReader, not_read, unreadable
from nfconfgen.pipeline.model import Config, Sources
from nfconfgen.pipeline.scripts import ScriptReader


def read(folder: Path, ours: frozenset[str] = frozenset(), disk: Disk | None = None) -> Sources:
    """The content of the files; `ours` are real paths of generated files."""
    disk = disk or Disk()
    configs = ConfigReader(folder, ours, disk)
    config = configs.read()
    scripts = ScriptReader(folder, _main(config), disk)
    tasks = scripts.read()
    notes: list[Finding] = []
    schema = _text(folder / "nextflow_schema.json", disk, notes)
    groovy = [folder / "lib" / name for name in disk.names(folder / "lib") if name.endswith(".groovy")]
    library = [_text(path, disk, notes) for path in groovy]
    texts = [*scripts.texts, *library]
    known = {*param_names.of_config(config), *param_names.of_texts(texts)}
    known.update(param.name for param in param_names.of_schema(schema))
    dynamic = {task.process.place: task.process for task in tasks if task.process.dynamic}
    notes += (
        not_read(p.place, f"process {p.name} has a label that is known only at run time") for p in dynamic.values()
    )
    return Sources(
        str(folder),
        config,
        tasks,
        frozenset(known),
        complete=scripts.complete and not dynamic,
        typed=scripts.typed,
        findings=(*configs.findings, *configs.notes, *scripts.findings, *scripts.notes, *notes),
    )


def _main(config: Config) -> str:
    """The main script that the manifest names."""
    named = [s.literal for s in config.settings if s.path == ("manifest", "mainScript") and s.literal]
    return named[-1] if named else "main.nf"


def _text(path: Path, disk: Disk, notes: list[Finding]) -> str:
    try:
        return disk.text(path) if disk.is_file(path) else ""
    except UnreadableError as error:
        notes.append(unreadable(path, error))
        return ""
