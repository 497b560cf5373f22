"""Follows `include` from the main script and finds every name that a process runs under."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nfconfgen.errors import UnreadableError
from nfconfgen.findings import Finding, Place
from nfconfgen.pipeline import script_file
from nfconfgen.pipeline.disk import Disk
from nfconfgen.pipeline.includes import (
    MOST_CHARACTERS,
    UNCLEAR,
    broken_include,
    leads_out,
    not_read,
    note,
    unreadable,
    within,
)
from nfconfgen.pipeline.model import Process, Task
from nfconfgen.pipeline.script_file import Included, Script

MOST_TASKS = 20_000
_OUR_FOLDER = re.compile(r"\$\{?(projectDir|baseDir)\}?/")
# SCOPE/NAME, by which Nextflow (26.04) recognises modules of the registry
_OF_REGISTRY = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z][a-z0-9._-]*)+")
_MODULE_FOLDER = re.compile(r"\$\{?moduleDir\}?/")


@dataclass(slots=True)
class ScriptReader:
    """Reads the scripts of one folder. `texts` are their texts, in which params are looked up."""

    folder: Path
    main: str = "main.nf"
    disk: Disk = field(default_factory=Disk)
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    complete: bool = True
    typed: Mapping[str, str] = field(default_factory=dict)
    _scripts: dict[Path, Script] = field(default_factory=dict)
    _tasks: dict[str, Task] = field(default_factory=dict)
    _targets: dict[tuple[Path, str | None], Path | None] = field(default_factory=dict)

    def read(self) -> tuple[Task, ...]:
        """Every task of the pipeline: from the unnamed workflow down, then processes without a visible call, as
        Nextflow lets a selector name them too."""
        main = self.folder / self.main
        if not self.disk.is_file(main):
            self.notes.append(not_read(Place(str(main)), "it does not exist: the processes are not known"))
            self.complete = False
            return ()
        self._load(main)
        self.typed = self._scripts[main].typed
        self._walk(main)
        for path, read in self._scripts.items():
            for alias in read.included:
                found = self._resolve(path, alias)
                if found is not None and found[1] in self._scripts[found[0]].processes:
                    self._uncalled(self._scripts[found[0]].processes[found[1]], alias)
        called = {id(task.process) for task in self._tasks.values()}
        for read in self._scripts.values():
            for process in read.processes.values():
                if id(process) not in called:
                    self._tasks.setdefault(process.name, Task(process, process.name, process.name))
        return tuple(self._tasks.values())

    def _uncalled(self, process: Process, alias: str) -> None:
        if not any(task.alias == alias and task.process is process for task in self._tasks.values()):
            self._tasks.setdefault(alias, Task(process, alias, alias))

    def _load(self, main: Path) -> None:
        """Reads the main script and all that it includes, each once."""
        waiting, left = [main], MOST_CHARACTERS
        while waiting:
            path = waiting.pop()
            if path in self._scripts:
                continue
            try:
                text = self.disk.text(path)
            except UnreadableError as error:
                self.notes.append(unreadable(path, error))
                self.complete = False
                text = ""
            left -= len(text)
            if left < 0:
                self._missed(Place(str(path)), f"more than {MOST_CHARACTERS} characters of scripts are not read")
                text = ""
            self.texts.append(text)
            self._scripts[path] = script_file.read(text, str(path))
            reported: set[Place] = set()
            for included in self._scripts[path].included.values():
                target = self._target(path, included, quiet=included.place in reported)
                self._targets[path, included.source] = target
                reported.add(included.place)
                if target is not None:
                    waiting.append(target)

    def _target(self, path: Path, included: Included, *, quiet: bool) -> Path | None:
        """The file that an include means; if there is none, that is reported unless `quiet`."""
        source = included.source
        if source is not None and source.startswith("plugin/"):
            return None
        if source is not None:
            here = os.path.abspath(self.folder)  # noqa: PTH100 - links stay, as in Nextflow
            source = _OUR_FOLDER.sub(lambda match: f"{here}/", source)
            source = _MODULE_FOLDER.sub("./", source)
        if source is None or "$" in source:
            self._missed(included.place, UNCLEAR, quiet=quiet)
            return None
        for found in self._candidates(source, path):
            if self.disk.is_file(found):
                if not quiet and leads_out(self.folder, found):
                    self.notes.append(note(included.place, f"{source} leads out of {self.folder}"))
                return found
        if _OF_REGISTRY.fullmatch(source):
            installed = f"modules/{source}/main.nf"
            self._missed(
                included.place, f"{source} of the module registry is not installed in {installed}", quiet=quiet
            )
            return None
        self.complete = False
        if not quiet:
            self.findings.append(broken_include(included.place, f"{source}, which does not exist", "Nextflow fails"))
        return None

    def _candidates(self, source: str, path: Path) -> Iterator[Path]:
        """The paths where the script of an include may be. Modules of the registry are next to the main script."""
        if _OF_REGISTRY.fullmatch(source):
            yield within(self.folder, self.folder, f"modules/{source}/main.nf")
        for name in (source if source.endswith(".nf") else f"{source}.nf", f"{source}/main.nf"):
            yield within(self.folder, path.parent, name)

    def _missed(self, place: Place, why: str, *, quiet: bool = False) -> None:
        self.complete = False
        if not quiet:
            self.notes.append(not_read(place, why))

    def _resolve(self, path: Path, name: str) -> tuple[Path, str] | None:
        """The file that defines what this file calls `name`, and its name there; an include may lead to another."""
        seen: set[tuple[Path, str]] = set()
        while (path, name) not in seen:
            seen.add((path, name))
            here = self._scripts.get(path)
            if here is None:
                return None
            if name in here.processes or name in here.calls:
                return path, name
            if name not in here.included:
                return None
            target = self._targets[path, here.included[name].source]
            if target is None:
                return None
            path, name = target, here.included[name].name
        return None

    def _walk(self, main: Path) -> None:
        """Follows every call from the unnamed workflow of the main script; qualified names list the workflows."""
        waiting: list[tuple[Path, str, tuple[str, ...]]] = [(main, "", ())]
        visited = 0
        while waiting:
            path, workflow, around = waiting.pop()
            visited += 1
            if len(self._tasks) >= MOST_TASKS or visited > MOST_TASKS:
                self._missed(Place(str(path)), f"more than {MOST_TASKS} names of tasks")
                return
            for alias, (target, name) in self._called(path, workflow):
                found = self._scripts[target]
                if name in found.processes:
                    qualified = ":".join((*around, alias))
                    self._tasks.setdefault(qualified, Task(found.processes[name], alias, qualified))
                elif alias not in around:
                    waiting.append((target, name, (*around, alias)))

    def _called(self, path: Path, workflow: str) -> Iterator[tuple[str, tuple[Path, str]]]:
        for alias in dict.fromkeys(self._scripts[path].calls.get(workflow, ())):
            found = self._resolve(path, alias)
            if found is not None:
                yield alias, found
