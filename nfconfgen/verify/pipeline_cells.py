"""Compares the plan of each process with what Nextflow resolves for it under the pipeline's own config and ours."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nfconfgen.findings import Finding
from nfconfgen.nextflow import Installed, gist, stand_ins
from nfconfgen.pipeline.model import Sources
from nfconfgen.processes import fit
from nfconfgen.processes.model import DIRECTIVES, Asked, ProcessAttempt, ProcessPlan, SiteProcesses
from nfconfgen.profile.references import settled
from nfconfgen.verify import pipeline_room
from nfconfgen.verify.resolve import RunError, checked, read
from nfconfgen.verify.stub_script import room_config
from nfconfgen.wording import plural


@dataclass(frozen=True, slots=True)
class PipelineCell:
    """One directive of one attempt of a process: as planned, and as Nextflow resolves it. `unknown` are the reasons
    of each side that does not know it; `differs`: both know it, and disagree."""

    site: str
    process: str
    parser: str
    attempt: int
    directive: str
    planned: object
    resolved: object
    unknown: tuple[str, str] = ("", "")

    @property
    def differs(self) -> bool:
        return not any(self.unknown) and self.planned != self.resolved


def resolved(
    nextflow: Installed, folder: Path, sources: Sources, site: SiteProcesses, ours: Mapping[str, str], parser: str
) -> list[PipelineCell]:
    """All cells of a site by one parser. `ours` are the generated configs by path. RunError if Nextflow rejects
    the config."""
    params = settled(dict(site.site.site.launch.params), site.site.site.params, stand_ins(site.site.site.variables))
    return list(_cells(site, parser, _run(nextflow, folder, sources, site, ours, params, parser)))


def rejected(
    nextflow: Installed, folder: Path, sources: Sources, site: SiteProcesses, ours: Mapping[str, str], parser: str
) -> str:
    """Why this parser rejects the pipeline even if nothing of the profile is in it; empty if it does not."""
    empty = f"profiles {{ {site.site.site.name} {{ }} }}\n"
    nothing = {path: empty if path.endswith("/profiles.config") else "" for path in ours}
    try:
        _run(nextflow, folder, sources, site, nothing, {}, parser)
    except RunError as error:
        return str(error)
    return ""


def _run(
    nextflow: Installed,
    folder: Path,
    sources: Sources,
    site: SiteProcesses,
    ours: Mapping[str, str],
    params: Mapping[str, Any],
    parser: str,
) -> Mapping[str, Any]:
    """The directives of each process, as Nextflow resolves them. RunError."""
    name = site.site.site.name
    given = stand_ins(site.site.site.variables)
    with tempfile.TemporaryDirectory(prefix="nfconfgen-verify-", ignore_cleanup_errors=True) as made:
        room = Path(made).resolve() / "pipeline"
        room.mkdir()
        try:
            pipeline_room.write(room, folder, sources, site, ours, parser)
        except pipeline_room.OutsideError as error:
            raise RunError(f"{error} is outside the folder of the pipeline") from None
        (room / "room.config").write_text(room_config(name), "utf-8")
        (room / "params.json").write_text(json.dumps(params), "utf-8")
        included = any(include.ours for include in sources.config.includes)
        profiles = [] if included else [file for file in ours if file.endswith("/profiles.config")]
        configs = [
            str(room / "nextflow.config"),
            *(str(pipeline_room.placed(room, folder, file, instead="generated")) for file in profiles),
            str(room / "room.config"),
        ]
        files = [word for config in configs for word in ("-C", config)]
        run = ["run", str(room / "main.nf"), "-profile", name, "-params-file", str(room / "params.json")]
        output = checked(nextflow, [*files, *run, "-w", str(room / "work")], room, parser, given)
        found = room / pipeline_room.RESULT
        if not found.is_file():
            raise RunError(gist(output))
        directives: Mapping[str, Any] = read(found)
        return directives


def _cells(site: SiteProcesses, parser: str, found: Mapping[str, Any]) -> Iterator[PipelineCell]:
    for process in site.processes:
        if parser in process.parsers:
            name = process.task.qualified
            if name not in found:
                raise RunError(f"{name} was not found")
            yield from _of_process(site.site.site.name, process, parser, found[name])


def _of_process(site: str, process: ProcessPlan, parser: str, lines: list[dict[str, Any]]) -> Iterator[PipelineCell]:
    for attempt, line in zip(process.attempts, lines, strict=False):
        for field, directive in DIRECTIVES.items():
            asked: Asked[object] = getattr(attempt.asks, field)
            resolved = line.get(directive)
            why = resolved["unknown"] if isinstance(resolved, dict) else ""
            yield PipelineCell(
                site,
                process.task.qualified,
                parser,
                attempt.number,
                directive,
                _planned(field, asked),
                _resolved(field, resolved),
                (asked.unknown, why),
            )


def _planned(field: str, asked: Asked[object]) -> object:
    if field == "cpus" and asked.value is None:
        return 1
    if field == "gpus":
        return list(asked.value) if isinstance(asked.value, tuple) and asked.value[0] else None
    return asked.value


def _resolved(field: str, value: Any) -> object:
    """In the units of the plan."""
    if isinstance(value, int) and field in ("memory_mib", "time_s"):
        return value // (1024**2 if field == "memory_mib" else 1000)
    if field == "gpus" and (value is False or (isinstance(value, list) and not value[0])):
        return None
    return value


def completed(site: SiteProcesses, cells: Iterable[PipelineCell]) -> SiteProcesses:
    """The processes with a value that only Nextflow knows, with what it resolves."""
    known = {
        (cell.process, cell.attempt, cell.directive): cell.resolved
        for cell in cells
        if cell.unknown[0] and not cell.unknown[1]
    }
    found = []
    for process in site.processes:
        attempts = tuple(_completed(process, attempt, site, known) for attempt in process.attempts)
        if attempts != process.attempts:
            found.append(replace(process, attempts=attempts))
    return replace(site, processes=tuple(found))


def _completed(
    process: ProcessPlan, attempt: ProcessAttempt, site: SiteProcesses, known: Mapping[tuple[str, int, str], object]
) -> ProcessAttempt:
    found: dict[str, Any] = {}
    for field, directive in DIRECTIVES.items():
        key = (process.task.qualified, attempt.number, directive)
        asked: Asked[object] = getattr(attempt.asks, field)
        if asked.unknown and key in known:
            value = known[key]
            found[field] = Asked(tuple(value) if isinstance(value, list) else value, asked.by)
    if not found:
        return attempt
    return fit.attempt(attempt.number, replace(attempt.asks, **found), site.site, process.task.process.place)


def findings(cells: Iterable[PipelineCell], site: SiteProcesses) -> Iterator[Finding]:
    """One finding for each directive of a process that differs, at the line that sets it."""
    processes = {process.task.qualified: process for process in site.processes}
    grouped: dict[tuple[str, str, str, str], list[PipelineCell]] = {}
    for cell in cells:
        if cell.differs:
            key = (cell.process, cell.directive, repr(cell.planned), repr(cell.resolved))
            grouped.setdefault(key, []).append(cell)
    for (name, directive, *_), members in grouped.items():
        process, first = processes[name], members[0]
        asked = process.attempts[0].asks.by_directive[directive]
        attempts = sorted({member.attempt for member in members})
        parsers = sorted({member.parser for member in members})
        when = f"{plural(len(attempts), 'attempt')} {', '.join(map(str, attempts))}; parser {', '.join(parsers)}"
        message = f"{directive} of {name} is {first.resolved}, but the plan has {first.planned} ({when})"
        yield Finding(asked.place or process.task.process.place, "verify", message, "report a bug")
