"""`nfconfgen check` where something has changed: renders and compares. Offline, read-only.

nfconfgen/fast/quick_check.py runs first and passes on what is known without rendering.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING

from nfconfgen.errors import FINDINGS, OK
from nfconfgen.fast import cache
from nfconfgen.fast.cache import named, remember_findings
from nfconfgen.fast.discovery import pipeline_around
from nfconfgen.fast.quick_check import report_up_to_date
from nfconfgen.findings import Finding, Place, has_errors
from nfconfgen.report.reporter import NO_PLAN, Format, report
from nfconfgen.terminal.console import Console

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from nfconfgen.fast.quick_check import Known

    Check = Callable[[Path], list[Finding]]


def more_checks(*, live: bool, collected: tuple[Path, ...], pipeline: Path | None, console: Console) -> list[Check]:
    """The checks that the user asks for in addition."""
    found: list[Check] = []
    if live or collected:
        from nfconfgen.commands.live import Live

        found.append(Live(collected, console, network=live).findings)
    if pipeline is not None:
        from nfconfgen.commands.pipeline import NamedPipeline

        found.append(NamedPipeline(pipeline, console).findings)
    return found


class RememberedPipeline:
    """The pipeline that the user names, where no Nextflow is on the PATH: its files decide alone, so findings on them
    are remembered."""

    def __init__(self, folder: str, console: Console) -> None:
        self.folder = folder
        self.console = console

    def findings(self, profile: Path) -> list[Finding]:
        known = cache.known_findings(str(profile), named(self.folder)) if cache.believes_templates else None
        if known is not None:
            self.console.info(f"{profile}: pipeline {self.folder} was read from its files (no nextflow on the PATH)")
            return _recalled(known)
        from pathlib import Path

        from nfconfgen.commands.pipeline import NamedPipeline

        return NamedPipeline(Path(self.folder), self.console).findings(profile)


def run(
    known: Mapping[str, Known],
    output_format: Format,
    console: Console,
    more: Sequence[Check] = (),
    *,
    with_own_pipeline: bool = True,
) -> int:
    """Exit code 0: up to date; 1: findings. `known` is by profile. Each of `more` checks every profile; so does, with
    `with_own_pipeline`, the comparison with the pipeline that the profile lies in."""
    found = {profile: _findings(profile, one, more, with_own_pipeline) for profile, one in known.items()}
    every = [finding for findings in found.values() for finding in findings]
    if every or output_format == "json":
        profiles = [{"file": profile, "in_step": not has_errors(findings)} for profile, findings in found.items()]
        report(every, output_format, console, {**NO_PLAN, "profiles": profiles})
    if has_errors(every):
        return FINDINGS
    if not console.quiet:
        report_up_to_date(len(found))
    return OK


def _findings(profile: str, known: Known, more: Sequence[Check], with_own_pipeline: bool) -> list[Finding]:
    """Each finding once, even if several checks report it."""
    unchanged, of_pipeline = known
    found = [] if unchanged else _rendered(profile)
    if with_own_pipeline and of_pipeline is not None:
        found += _recalled(of_pipeline)
    elif with_own_pipeline and (folder := pipeline_around(profile)) is not None:
        found += _of_pipeline(profile, folder)
    if more:
        from pathlib import Path  # takes 5 ms, which an unchanged check saves

        found += [finding for check in more for finding in check(Path(profile))]
    return list(dict.fromkeys(found))


def _recalled(known: Sequence[Any]) -> list[Finding]:
    """The findings of a record."""
    return [Finding(Place(*place), *rest) for place, *rest in known]


def _rendered(profile: str) -> list[Finding]:
    """The differences found by rendering; none if the files come out the same. Warnings of such a profile are left to
    `validate`, as a check that need not render reports none either."""
    from pathlib import Path

    from nfconfgen.sync.drift import drift

    found = drift(Path(profile))
    return found if has_errors(found) else []


def _of_pipeline(profile: str, folder: str) -> list[Finding]:
    """The findings on the pipeline's own files, which are cached for the next check."""
    from pathlib import Path

    from nfconfgen.commands.pipeline import by_files
    from nfconfgen.pipeline.disk import Disk

    disk = Disk()
    found = by_files(Path(profile), Path(folder), disk)
    if disk.whole:
        remember_findings(profile, folder, disk.answers, [astuple(finding) for finding in found])
    return found
