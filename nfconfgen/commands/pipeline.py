"""Checks a profile against the pipeline it is for: by the pipeline's files and, if it is installed, by Nextflow."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nfconfgen.assess import Ask, assess
from nfconfgen.conflicts.evaluate import Outputs, evaluate, unfit_processes
from nfconfgen.errors import LockError, UnreadableError, UsageError
from nfconfgen.executors.table import EXECUTORS
from nfconfgen.facts import lock as locks
from nfconfgen.facts.lock import Lock
from nfconfgen.fast.cache import named, remember_findings
from nfconfgen.fast.discovery import SIGNS, is_pipeline
from nfconfgen.files import LARGEST_BYTES
from nfconfgen.findings import Finding
from nfconfgen.pipeline.disk import Disk
from nfconfgen.pipeline.model import Sources
from nfconfgen.pipeline.sources import read
from nfconfgen.plan.model import Plan
from nfconfgen.processes.include_line import line_for
from nfconfgen.processes.model import SiteProcesses
from nfconfgen.processes.processes import processes
from nfconfgen.profile.model import Profile
from nfconfgen.terminal.console import Console

if TYPE_CHECKING:
    from nfconfgen.pipeline.inspect_nextflow import Resolved


@dataclass(frozen=True, slots=True)
class NamedPipeline:
    """The pipeline that the user names. Nextflow is queried about it once, and notes are reported too."""

    folder: Path
    console: Console
    _answers: list[Resolved | str] = field(default_factory=list)

    def __post_init__(self) -> None:
        require_pipeline(self.folder)

    def findings(self, profile: Path) -> list[Finding]:
        """The findings on this profile with this pipeline; none if the profile itself cannot be read."""
        available = shutil.which("nextflow") is not None
        answer = self._ask() if available else "no nextflow on the PATH"

        def add(sources: Sources) -> Sources:
            if isinstance(answer, str):
                return sources
            from nfconfgen.pipeline.resolved import with_resolved

            return with_resolved(sources, answer)

        disk = Disk()
        found, by = _findings(profile, _planned(profile, disk), self.folder, add, disk)
        if disk.whole and not available:
            remember_findings(str(profile), named(str(self.folder)), disk.answers, list(map(astuple, found)))
        why = f" ({answer})" if isinstance(answer, str) else ""
        self.console.info(f"{profile}: pipeline {self.folder} was read from {by}{why}")
        return found

    def _ask(self) -> Resolved | str:
        from nfconfgen.pipeline.inspect_nextflow import ask

        if not self._answers:
            self._answers.append(ask(self.folder))
        return self._answers[0]


def require_pipeline(folder: Path) -> None:
    """UsageError if the user names a folder that is no pipeline."""
    if not folder.is_dir():
        raise UsageError(f"--pipeline {folder}: there is no such folder")
    if not is_pipeline(folder):
        raise UsageError(f"--pipeline {folder}: no pipeline: neither {' nor '.join(SIGNS)} is in it")


def by_files(profile: Path, folder: Path, disk: Disk | None = None, plan: Plan | None = None) -> list[Finding]:
    """Errors and warnings of the profile in this pipeline, by its files alone. They are read through `disk`, and so
    is the profile, unless its `plan` is known."""
    disk = disk or Disk()
    found, _ = _findings(profile, plan or _planned(profile, disk), folder, lambda sources: sources, disk)
    return [finding for finding in found if finding.level != "note"]


def planned_processes(
    profile: Path, plan: Plan, folder: Path
) -> tuple[Sources, tuple[SiteProcesses, ...], list[Finding]]:
    """This pipeline, the plan of its processes, and those that their queue does not hold. UsageError if it is
    no pipeline."""
    require_pipeline(folder)
    sources = sources_of(profile, plan.profile, folder)
    planned = processes(plan, sources)
    return sources, planned, unfit_processes(plan, planned)


def _planned(profile: Path, disk: Disk) -> Plan | None:
    try:
        disk.text(profile)
        return assess(profile, Ask(lock=lambda path: _lock(path, disk), needs_facts=False)).plan
    except UnreadableError:
        return None  # the check itself reports it


def _findings(
    profile: Path, plan: Plan | None, folder: Path, add: Callable[[Sources], Sources], disk: Disk
) -> tuple[list[Finding], str]:
    if plan is None:
        return [], "no file"
    sources = add(sources_of(profile, plan.profile, folder, disk))
    outputs = _outputs(plan.profile, folder, profile.parent / plan.profile.output, disk)
    return evaluate(plan, sources, outputs, processes(plan, sources)), sources.by


def sources_of(profile: Path, read_as: Profile, folder: Path, disk: Disk | None = None) -> Sources:
    """The files of the pipeline, without those that a build of the profile writes."""
    disk, conf = disk or Disk(), profile.parent / read_as.output / "conf"
    return read(folder, frozenset(disk.real(conf / name) for name in _names(read_as)), disk)


def _names(profile: Profile) -> list[str]:
    return ["profiles.config", *(f"{site.name}.config" for site in profile.sites)]


def _lock(profile: Path, disk: Disk) -> Lock | None:
    """None also for an unreadable lock, which the check itself reports."""
    path = locks.path_for(profile)
    with suppress(LockError, UnreadableError):
        return locks.parse(disk.text(path, LARGEST_BYTES), str(path), EXECUTORS) if disk.is_file(path) else None
    return None


def _outputs(profile: Profile, folder: Path, output: Path, disk: Disk) -> Outputs:
    inside = Path(os.path.relpath(disk.real(output), disk.real(folder))).as_posix()
    line = os.path.normpath(f"{inside}/conf/profiles.config")
    written = [
        *(f"conf/{name}" for name in _names(profile)),
        *(f"launch/run-{site.name}.sh" for site in profile.sites),
    ]
    foreign = [name for name in written if disk.is_file(output / name) and not disk.source(output / name)]
    return Outputs(inside, line_for(line), tuple(str(output / name) for name in foreign))
