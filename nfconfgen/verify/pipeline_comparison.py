"""The processes of a pipeline, as planned and as Nextflow resolves them under its config and ours, on every site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nfconfgen.findings import Finding, Level, Place
from nfconfgen.nextflow import Installed
from nfconfgen.parallel import side_by_side
from nfconfgen.pipeline.model import Sources
from nfconfgen.processes.misfits import misfits
from nfconfgen.processes.model import SiteProcesses
from nfconfgen.terminal.console import Console
from nfconfgen.verify.pipeline_cells import PipelineCell, completed, findings, rejected, resolved
from nfconfgen.verify.resolve import RunError
from nfconfgen.wording import counted


@dataclass
class PipelineComparison:
    """`processes` is their number, `cells` are those of all sites and parsers."""

    processes: int
    cells: list[PipelineCell] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def known(self) -> tuple[int, int]:
        """How many cells are known from the files alone, and how many Nextflow knows."""
        return sum(not cell.unknown[0] for cell in self.cells), sum(not cell.unknown[1] for cell in self.cells)

    @property
    def compared(self) -> int:
        return sum(not any(cell.unknown) for cell in self.cells)

    @property
    def differing(self) -> list[PipelineCell]:
        return [cell for cell in self.cells if cell.differs]

    def lines(self) -> Iterator[str]:
        """How much is known, and by whom."""
        every = len(self.cells)
        if every:
            by_files, by_nextflow = (_percent(known, every) for known in self.known)
            whose = counted(self.processes, "process", "processes")
            both = f"{self.compared} are known from both, of which {len(self.differing)} differ"
            yield f"{every} values of {whose}: {by_files} known from files, {by_nextflow} from Nextflow; {both}"

    def as_json(self) -> dict[str, Any]:
        """In the format of schemas/verify.schema.json."""
        by_files, by_nextflow = self.known
        return {
            "number": self.processes,
            "cells": len(self.cells),
            "known_from_files": by_files,
            "known_from_nextflow": by_nextflow,
            "differences": [
                {
                    "site": cell.site,
                    "process": cell.process,
                    "parser": cell.parser,
                    "attempt": cell.attempt,
                    "directive": cell.directive,
                    "planned": cell.planned,
                    "resolved": cell.resolved,
                }
                for cell in self.differing
            ],
        }


def _percent(part: int, whole: int) -> str:
    """Rounded down, as 100 % means all."""
    return f"{1000 * part // whole / 10:g} %"


def compare_pipeline(
    nextflow: Installed,
    folder: Path,
    sources: Sources,
    sites: Sequence[SiteProcesses],
    ours: Mapping[str, str],
    console: Console,
) -> PipelineComparison:
    """Runs the pipeline's config in Nextflow, once for each site and parser. `ours` are the generated configs."""
    console.info(f"starting Nextflow {nextflow.version} with the config of {folder} …")
    runs = [(site, parser) for site in sites for parser in nextflow.parsers]

    def ask(run: tuple[SiteProcesses, str]) -> list[PipelineCell] | str:
        try:
            return resolved(nextflow, folder, sources, run[0], ours, run[1])
        except RunError as error:
            return str(error)

    made = PipelineComparison(len(sources.tasks))
    answers = list(zip(runs, side_by_side(ask, runs, 2), strict=True))
    for site in sites:
        cells = [cell for run, found in answers if run[0] is site and not isinstance(found, str) for cell in found]
        made.cells += cells
        made.findings += findings(cells, site)
        made.findings += misfits(completed(site, cells))
    for parser in nextflow.parsers:
        of_parser = [(site.site.site.name, found) for (site, by), found in answers if by == parser]
        failed = [(name, found) for name, found in of_parser if isinstance(found, str)]
        why = rejected(nextflow, folder, sources, sites[0], ours, parser) if failed else ""
        if why:
            message = f"parser {parser} rejects the pipeline itself, also without the profile: {why}"
            made.findings.append(_of_pipeline(sources, message, runs=bool(made.cells)))
            continue
        for name, found in failed:
            message = f"parser {parser} rejects the pipeline with profile {name}, but not without it: {found}"
            made.findings.append(Finding(Place(sources.main), "verify", message))
    return made


def _of_pipeline(sources: Sources, message: str, *, runs: bool) -> Finding:
    """A rejection that the profile has no part in; `runs`: another parser accepts the pipeline."""
    level: Level = "warning" if runs else "error"
    advice = "run it with the other (NXF_SYNTAX_PARSER)" if runs else "nothing is compared until it is corrected"
    return Finding(Place(sources.main), "verify", message, advice, level)
