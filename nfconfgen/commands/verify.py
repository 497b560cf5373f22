"""`nfconfgen verify`: what was generated, as the real Nextflow reads it, against the plan, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nfconfgen import files
from nfconfgen.assess import Ask, assess
from nfconfgen.commands.options import Common
from nfconfgen.errors import FINDINGS, OK, UnreadableError, UsageError
from nfconfgen.findings import Finding, Place, has_errors
from nfconfgen.nextflow import Installed, installed
from nfconfgen.parallel import side_by_side
from nfconfgen.plan.model import Plan
from nfconfgen.profile.read import read_bytes
from nfconfgen.render.outputs import outputs
from nfconfgen.report.reporter import report
from nfconfgen.sync.fix_command import command
from nfconfgen.terminal.console import Console
from nfconfgen.verify import mismatches
from nfconfgen.verify.cells import site_cells
from nfconfgen.verify.model import Difference, SiteCells, Skipped
from nfconfgen.verify.resolve import RunError, resolve

PROFILES = "conf/profiles.config"


@dataclass
class Seen:
    nextflow: Installed | None = None
    cells: int = 0
    differences: list[Difference] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def run(profile: Path, options: Common, console: Console) -> int:
    """Exit code 0: every cell is as planned; 1: findings; 2: there is no Nextflow, or nothing was built yet."""
    nextflow = installed()
    assessment = assess(profile, Ask())
    plan, seen = assessment.sound_plan, Seen(nextflow)
    if plan is not None:
        folder = profile.parent / plan.profile.output
        seen.findings += _others(outputs(plan), folder, command(profile, "--offline"))
        if not seen.findings:
            look(plan, folder / "conf", seen, console)
    seen.findings[:0] = assessment.findings
    _show(seen, options, console)
    return FINDINGS if has_errors(seen.findings, strict=options.strict) else OK


def _others(texts: Mapping[str, str], folder: Path, fix: str) -> Iterator[Finding]:
    """The configs that are not what a build writes. Nextflow runs what it reads, so it is not given them: somebody
    else may have written them, and their hashes into the lock."""
    if not (folder / PROFILES).is_file():
        raise UsageError(f"{folder / PROFILES} is not there: nfconfgen build writes it")
    for name, text in texts.items():
        if name.startswith("conf/") and _content(folder / name) != text.encode():
            message = "is not what a build writes, so Nextflow is not asked: it would run what this file says"
            yield Finding(Place(str(folder / name)), "verify", message, fix)


def _content(path: Path) -> bytes | None:
    try:
        return read_bytes(path)
    except UnreadableError:
        return None


def look(plan: Plan, folder: Path, seen: Seen, console: Console) -> None:
    """Adds to `seen` what Nextflow makes of the configs in this folder, which it runs."""
    nextflow, profiles = seen.nextflow, folder / Path(PROFILES).name
    assert nextflow is not None
    sites = [site_cells(site, plan, nextflow.number) for site in plan.sites]
    runs = [(cells, parser) for cells in sites for parser in nextflow.parsers]
    console.info(f"asking Nextflow {nextflow.version}: {len(sites)} sites, {' and '.join(nextflow.parsers)} parser …")
    seen.skipped = [skipped for cells in sites for skipped in cells.skipped]

    def ask(run: tuple[SiteCells, str]) -> list[Difference] | str:
        try:
            return mismatches.differences(run[0], resolve(nextflow, profiles, *run), run[1])
        except RunError as error:
            return str(error)

    found: dict[str, list[Difference]] = {}
    for (cells, parser), answer in zip(runs, side_by_side(ask, runs, 2), strict=True):
        config = folder / f"{cells.site}.config"
        if isinstance(answer, str):
            message = f"Nextflow does not take it as {cells.site} (parser {parser}): {answer}"
            seen.findings.append(Finding(Place(str(config)), "verify", message))
            continue
        seen.cells += len(cells.planned)
        seen.differences += answer
        found.setdefault(cells.site, []).extend(answer)
    for site, differing in found.items():
        config = folder / f"{site}.config"
        text = files.start(config, files.LARGEST_BYTES).decode("utf-8", "replace")
        seen.findings += mismatches.findings(differing, str(config), text)


def _show(seen: Seen, options: Common, console: Console) -> None:
    nextflow = seen.nextflow
    compared = nextflow is not None and seen.cells and options.format == "text" and not console.quiet
    lines = [_summary(seen, nextflow)] if compared and nextflow is not None else []
    if options.format != "json":
        for one in seen.skipped:
            console.info(f"{one.site}: {one.selector or one.kind} is not compared: {one.why}")
        if not seen.cells:
            console.info(_nothing(seen))
    report(seen.findings, options.format, console, _data(seen, nextflow), lines)


def _summary(seen: Seen, nextflow: Installed) -> str:
    parsers = f"parser{'s' if len(nextflow.parsers) > 1 else ''} {' and '.join(nextflow.parsers)}"
    return f"{seen.cells} cells compared with Nextflow {nextflow.version}, {parsers}: {len(seen.differences)} differ"


def _data(seen: Seen, nextflow: Installed | None) -> dict[str, object]:
    return {
        "nextflow": nextflow.version if nextflow else None,
        "parsers": list(nextflow.parsers) if nextflow else [],
        "cells": seen.cells,
        "differences": list(mismatches.as_json(seen.differences)),
        "skipped": [
            {"site": one.site, "kind": one.kind, "name": one.selector or None, "why": one.why} for one in seen.skipped
        ],
    }


def _nothing(seen: Seen) -> str:
    """Why no cell was compared; where files are missing, that is an error of its own."""
    if has_errors(seen.findings):
        return "nothing was compared: resolve the errors above, build, then verify again"
    return "nothing was compared: there is no request to compare"
