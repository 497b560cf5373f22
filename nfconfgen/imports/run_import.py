"""`nfconfgen import`: writes a profile from existing Nextflow configs, and compares what it builds with them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nfconfgen.errors import FINDINGS, OK, NextflowError, UsageError
from nfconfgen.executors.table import EXECUTORS
from nfconfgen.findings import Finding, has_errors
from nfconfgen.imports.convert import Imported, convert
from nfconfgen.nextflow import installed
from nfconfgen.profile.load import load_text
from nfconfgen.report.reporter import Reporting, report
from nfconfgen.sync import transaction
from nfconfgen.sync.build_changes import journals
from nfconfgen.sync.staging import Write
from nfconfgen.terminal.console import Console
from nfconfgen.wording import counted


@dataclass(frozen=True, slots=True)
class Import:
    """`profiles` of the configs (none: all that name an executor), the `target` to write, and the pipeline's name."""

    configs: tuple[Path, ...]
    profiles: tuple[str, ...]
    target: Path
    name: str
    reporting: Reporting
    force: bool = False
    dry_run: bool = False


def run(options: Import, console: Console) -> int:
    """Exit code 0: the profile is written; 1: it has errors; 2: the configs describe no site, or it exists."""
    if os.path.lexists(options.target) and not (options.force or options.dry_run):
        raise UsageError(
            f"{options.target} exists already: choose another file with --out, or replace it with --force"
        )
    made = convert(options.configs, options.profiles, options.name or _name(options.target))
    loaded = load_text(made.text, str(options.target), EXECUTORS)
    findings = [*made.findings, *loaded.findings]
    if not has_errors(loaded.findings):
        findings += _compare(made, options, console)
    if options.dry_run:
        console.document(made.text)
    else:
        transaction.commit([Write(options.target, made.text)], journals(options.target)[0])
    report(sorted(set(findings)), options.reporting.format, console)
    if not options.dry_run:
        console.info(f"wrote {options.target}; next: nfconfgen build {options.target}")
    return FINDINGS if has_errors(findings, strict=options.reporting.strict) else OK


def _compare(made: Imported, options: Import, console: Console) -> Sequence[Finding]:
    from nfconfgen.imports.check_import import compare

    try:
        nextflow = installed()
    except NextflowError:
        console.info("there is no nextflow on the PATH, so the profile was not compared with the configs")
        return []
    console.info(
        f"starting Nextflow {nextflow.version} to compare the profile with {counted(len(made.sites), 'site')} …"
    )
    found = compare(made.text, options.target.name, made.sites, nextflow)
    if found.values:
        compared = f"{counted(found.values, 'value')} and {counted(found.answers, 'answer')} of closures compared"
        console.info(f"{compared}: {len(found.findings)} differ")
    return found.findings


def _name(target: Path) -> str:
    """The name of the pipeline: that of the folder of the profile."""
    name = re.sub(r"[^A-Za-z0-9_-]", "-", target.absolute().parent.name)[:60].strip("-")
    return name or "pipeline"
