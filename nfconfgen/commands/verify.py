"""`nfconfgen verify`: compares what the real Nextflow resolves from the generated files with the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nfconfgen import files
from nfconfgen.assess import Ask, assess
from nfconfgen.errors import FINDINGS, OK, UnreadableError, UsageError
from nfconfgen.findings import Finding, Place, has_errors
from nfconfgen.nextflow import Installed, installed
from nfconfgen.parallel import side_by_side
from nfconfgen.plan.model import Plan
from nfconfgen.profile.read import read_bytes
from nfconfgen.render.outputs import outputs
from nfconfgen.report.reporter import Reporting, report
from nfconfgen.sync.differences import command
from nfconfgen.terminal.console import Console
from nfconfgen.verify import mismatches
from nfconfgen.verify.cells import site_cells
from nfconfgen.verify.model import Difference, SiteCells, Skipped
from nfconfgen.verify.resolve import RunError, resolve
from nfconfgen.wording import plural

PROFILES = "conf/profiles.config"


@dataclass
class Comparison:
    nextflow: Installed
    cells: int = 0
    differences: list[Difference] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def run(profile: Path, options: Reporting, console: Console) -> int:
    """Exit code 0: every value is as planned; 1: findings; 2: there is no Nextflow, or nothing was built yet."""
    comparison = Comparison(installed())
    assessment = assess(profile, Ask())
    plan = assessment.sound_plan
    if plan is not None:
        folder = profile.parent / plan.profile.output
        comparison.findings += _foreign_configs(outputs(plan), folder, command(profile, "--offline"))
        if not comparison.findings:
            compare(plan, folder / "conf", comparison, console)
    comparison.findings[:0] = assessment.findings
    _show(comparison, options, console)
    return FINDINGS if has_errors(comparison.findings, strict=options.strict) else OK


def _foreign_configs(texts: Mapping[str, str], folder: Path, fix: str) -> Iterator[Finding]:
    """The configs that differ from what a build writes. Nextflow runs what it reads, so it must not read them: they,
    and their hashes in the lock, may come from someone else."""
    if not (folder / PROFILES).is_file():
        raise UsageError(f"{folder / PROFILES} does not exist: nfconfgen build writes it")
    for name, text in texts.items():
        if name.startswith("conf/") and _content(folder / name) != text.encode():
            message = f"{name} differs from what a build writes, so Nextflow is not started: it would run this file"
            yield Finding(Place(str(folder / name)), "verify", message, fix)


def _content(path: Path) -> bytes | None:
    try:
        return read_bytes(path)
    except UnreadableError:
        return None


def compare(plan: Plan, folder: Path, comparison: Comparison, console: Console) -> None:
    """Adds to `comparison` what Nextflow resolves from the configs in this folder, which it runs."""
    nextflow, profiles = comparison.nextflow, folder / Path(PROFILES).name
    sites = [site_cells(site, plan, nextflow.number) for site in plan.sites]
    runs = [(cells, parser) for cells in sites for parser in nextflow.parsers]
    console.info(
        f"starting Nextflow {nextflow.version}: {len(sites)} sites, {' and '.join(nextflow.parsers)} parser …"
    )
    comparison.skipped = [skipped for cells in sites for skipped in cells.skipped]

    def ask(run: tuple[SiteCells, str]) -> list[Difference] | str:
        try:
            return mismatches.differences(run[0], resolve(nextflow, profiles, *run), run[1])
        except RunError as error:
            return str(error)

    found: dict[str, list[Difference]] = {}
    for (cells, parser), answer in zip(runs, side_by_side(ask, runs, 2), strict=True):
        config = folder / f"{cells.site}.config"
        if isinstance(answer, str):
            message = f"Nextflow rejects it as profile {cells.site} (parser {parser}): {answer}"
            comparison.findings.append(Finding(Place(str(config)), "verify", message))
            continue
        comparison.cells += len(cells.planned)
        comparison.differences += answer
        found.setdefault(cells.site, []).extend(answer)
    for site, differing in found.items():
        config = folder / f"{site}.config"
        text = files.start(config, files.LARGEST_BYTES).decode("utf-8", "replace")
        comparison.findings += mismatches.findings(differing, str(config), text)


def _show(comparison: Comparison, options: Reporting, console: Console) -> None:
    nextflow, cells, differences = comparison.nextflow, comparison.cells, comparison.differences
    if options.format != "json":
        for one in comparison.skipped:
            console.info(f"{one.site}: {one.selector or one.kind} is not compared: {one.why}")
        if not cells:
            failed = has_errors(comparison.findings)
            why = "resolve the errors above, build, then verify again" if failed else "there is no request to compare"
            console.info(f"nothing was compared: {why}")
    parsers = f"{plural(len(nextflow.parsers), 'parser')} {' and '.join(nextflow.parsers)}"
    summary = f"{cells} values compared with Nextflow {nextflow.version}, {parsers}: {len(differences)} differ"
    data = {
        "nextflow": nextflow.version,
        "parsers": list(nextflow.parsers),
        "cells": cells,
        "differences": list(mismatches.as_json(differences)),
        "skipped": [
            {"site": one.site, "kind": one.kind, "name": one.selector or None, "why": one.why}
            for one in comparison.skipped
        ],
    }
    shown = cells and options.format == "text" and not console.quiet
    report(comparison.findings, options.format, console, data, [summary] if shown else [])
