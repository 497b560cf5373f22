"""`nfconfgen verify`: what was generated, as the real Nextflow reads it, against the plan, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from nfconfgen import jsontext, report
from nfconfgen.commands.offline import planned
from nfconfgen.commands.options import Common
from nfconfgen.console import Console
from nfconfgen.errors import FINDINGS, OK, UsageError
from nfconfgen.findings import Finding, Place, has_errors
from nfconfgen.nextflow import Installed, installed
from nfconfgen.parallel import side_by_side
from nfconfgen.plan.model import Plan
from nfconfgen.verify import compare
from nfconfgen.verify.cells import site_cells
from nfconfgen.verify.model import Difference, SiteCells, Skipped
from nfconfgen.verify.nextflow import RunError, resolve


@dataclass
class _Seen:
    nextflow: Installed | None = None
    cells: int = 0
    differences: list[Difference] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def run(profile: Path, options: Common, console: Console) -> int:
    """Exit code 0: every cell is as planned; 1: findings; 2: there is no Nextflow, or nothing was built yet."""
    nextflow = installed()
    made = planned(profile)
    seen = _Seen(nextflow, findings=list(made.findings))
    if made.plan is not None:
        _look(made.plan, profile.parent / made.plan.profile.output / "conf", nextflow, seen, console)
    _tell(seen, options, console)
    return FINDINGS if has_errors(seen.findings, strict=options.strict) else OK


def _look(plan: Plan, folder: Path, nextflow: Installed, seen: _Seen, console: Console) -> None:
    profiles = folder / "profiles.config"
    if not profiles.is_file():
        raise UsageError(f"{profiles} is not there: nfconfgen build writes it")
    sites = [site_cells(site, plan, nextflow.number) for site in plan.sites]
    runs = [(cells, parser) for cells in sites for parser in nextflow.parsers]
    console.say(f"asking Nextflow {nextflow.version}: {len(sites)} sites, {' and '.join(nextflow.parsers)} parser …")
    seen.skipped = [skipped for cells in sites for skipped in cells.skipped]

    def ask(run: tuple[SiteCells, str]) -> list[Difference] | str:
        try:
            return compare.differences(run[0], resolve(nextflow, profiles, *run), run[1])
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
        text = config.read_text("utf-8", "replace") if config.is_file() else ""
        seen.findings += compare.findings(differing, str(config), text)


def _tell(seen: _Seen, options: Common, console: Console) -> None:
    nextflow = seen.nextflow
    if options.format == "json":
        told = {
            "findings": [report.as_json(finding) for finding in seen.findings],
            "nextflow": nextflow.version if nextflow else None,
            "parsers": list(nextflow.parsers) if nextflow else [],
            "cells": seen.cells,
            "differences": list(compare.as_json(seen.differences)),
            "skipped": [
                {"site": one.site, "kind": one.kind, "name": one.selector or None, "why": one.why}
                for one in seen.skipped
            ],
        }
        console.result(jsontext.dumps(told).rstrip())
        return
    if seen.findings:
        console.result(report.TEXTS[options.format](seen.findings, console))
    for one in seen.skipped:
        console.say(f"{one.site}: {one.selector or one.kind} is not compared: {one.why}")
    if not seen.cells:
        console.say(_nothing(seen))
    if nextflow is not None and seen.cells and not console.quiet and options.format == "text":
        parsers = f"parser{'s' if len(nextflow.parsers) > 1 else ''} {' and '.join(nextflow.parsers)}"
        console.result(
            f"{seen.cells} cells compared with Nextflow {nextflow.version}, {parsers}: {len(seen.differences)} differ"
        )


def _nothing(seen: _Seen) -> str:
    """Why no cell was compared; where files are missing, that is an error of its own."""
    if has_errors(seen.findings):
        return "nothing was compared: resolve the errors above, build, then verify again"
    return "nothing was compared: there is no request to compare"
