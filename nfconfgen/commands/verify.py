"""`nfconfgen verify`: compares what the real Nextflow resolves from the generated files with the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from nfconfgen.assess import Ask, assess
from nfconfgen.commands.pipeline import require_pipeline, sources_of
from nfconfgen.errors import FINDINGS, OK, UnreadableError, UsageError
from nfconfgen.facts.lock import Lock
from nfconfgen.findings import Finding, Place, has_errors
from nfconfgen.nextflow import installed
from nfconfgen.plan.model import Plan
from nfconfgen.processes.processes import processes
from nfconfgen.profile.model import Site
from nfconfgen.profile.read import read_bytes
from nfconfgen.render.outputs import outputs
from nfconfgen.report.reporter import Reporting, report
from nfconfgen.sync.build_changes import earlier
from nfconfgen.sync.differences import command
from nfconfgen.terminal.console import Console
from nfconfgen.verify.mismatches import PROFILES, Comparison, as_json, compare
from nfconfgen.verify.pipeline_comparison import PipelineComparison, compare_pipeline
from nfconfgen.wording import plural


def run(profile: Path, options: Reporting, console: Console, pipeline: Path | None = None) -> int:
    """Exit code 0: every value is as planned; 1: findings; 2: there is no Nextflow, or nothing was built yet. With
    `pipeline` its processes are compared, too; Nextflow runs its config."""
    if pipeline is not None:
        require_pipeline(pipeline)
    comparison = Comparison(installed())
    of_pipeline = None
    assessment = assess(profile, Ask())
    plan = assessment.sound_plan
    if plan is not None:
        folder = profile.parent / plan.profile.output
        left_as_it_was = earlier(assessment, assessment.lock or Lock(), folder)
        made = outputs(plan, left_as_it_was)
        texts = {str(folder / name): text for name, text in made.items() if name.startswith("conf/")}
        comparison.findings += _foreign_configs(texts, folder, command(profile, "--offline"))
        sites = [site for site in assessment.left_out if site.name in left_as_it_was]
        comparison.findings += _earlier_configs(sites, command(profile))
        if not comparison.findings:
            compare(plan, folder / "conf", comparison, console)
            if pipeline is not None:
                of_pipeline = _of_pipeline(profile, plan, pipeline, texts, comparison, console)
    comparison.findings[:0] = assessment.findings
    _show(comparison, of_pipeline, options, console)
    return FINDINGS if has_errors(comparison.findings, strict=options.strict) else OK


def _of_pipeline(
    profile: Path, plan: Plan, folder: Path, texts: Mapping[str, str], comparison: Comparison, console: Console
) -> PipelineComparison:
    sources = sources_of(profile, plan.profile, folder)
    found = compare_pipeline(comparison.nextflow, folder, sources, processes(plan, sources), texts, console)
    comparison.findings += found.findings
    return found


def _foreign_configs(texts: Mapping[str, str], folder: Path, fix: str) -> Iterator[Finding]:
    """The configs that differ from what a build writes. Nextflow runs what it reads, so it must not read them: they,
    and their hashes in the lock, may come from someone else."""
    if not (folder / PROFILES).is_file():
        raise UsageError(f"{folder / PROFILES} does not exist: nfconfgen build writes it")
    for path, text in texts.items():
        if _content(Path(path)) != text.encode():
            name = Path(path).relative_to(folder)
            message = f"{name} differs from what a build writes, so Nextflow is not started: it would run this file"
            yield Finding(Place(path), "verify", message, fix)


def _earlier_configs(sites: Sequence[Site], fix: str) -> Iterator[Finding]:
    """The configs of sites that are left out: nothing shows that a build wrote them."""
    for site in sites:
        message = (
            f"the config of {site.name} is of an earlier build, so Nextflow is not started: it would run this file"
        )
        yield Finding(site.place, "verify", message, fix)


def _content(path: Path) -> bytes | None:
    try:
        return read_bytes(path)
    except UnreadableError:
        return None


def _show(
    comparison: Comparison, of_pipeline: PipelineComparison | None, options: Reporting, console: Console
) -> None:
    nextflow, cells, differences = comparison.nextflow, comparison.cells, comparison.differences
    if options.format != "json":
        for one in comparison.skipped:
            console.info(f"{one.site}: {one.selector or one.kind} is not compared: {one.why}")
        if not cells:
            failed = has_errors(comparison.findings)
            why = "resolve the errors above, build, then verify again" if failed else "there is no request to compare"
            console.info(f"nothing was compared: {why}")
    parsers = f"{plural(len(nextflow.parsers), 'parser')} {' and '.join(nextflow.parsers)}"
    lines = [f"{cells} values compared with Nextflow {nextflow.version}, {parsers}: {len(differences)} differ"]
    data = {
        "nextflow": nextflow.version,
        "parsers": list(nextflow.parsers),
        "cells": cells,
        "differences": list(as_json(differences)),
        "skipped": [
            {"site": one.site, "kind": one.kind, "name": one.selector or None, "why": one.why}
            for one in comparison.skipped
        ],
        "processes": None,
    }
    if of_pipeline is not None:
        lines += of_pipeline.lines()
        data["processes"] = of_pipeline.as_json()
    shown = cells and options.format == "text" and not console.quiet
    report(comparison.findings, options.format, console, data, lines if shown else [])
