"""`nfconfgen check` where something has changed: renders and compares. Offline, read-only.

nfconfgen/fast/quick_check.py comes first, and says what is known without rendering.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING, Any, cast

from nfconfgen.errors import FINDINGS, OK
from nfconfgen.fast.cache import remember_findings
from nfconfgen.fast.enclosing import around
from nfconfgen.fast.quick_check import report_up_to_date
from nfconfgen.findings import Finding, Place, has_errors
from nfconfgen.report.reporter import NO_PLAN, Format, report
from nfconfgen.terminal.console import Colour, Console

if TYPE_CHECKING:
    from pathlib import Path

    from nfconfgen.fast.quick_check import Known

    Check = Callable[[Path], list[Finding]]


def run(
    known: Mapping[str, Known],
    output_format: str = "text",
    colour: str = "auto",
    *,
    quiet: bool = False,
    more: Sequence[Check] = (),
    by_itself: bool = True,
) -> int:
    """Exit code 0: up to date; 1: findings. `known` has the profiles. `more` checks are asked about each profile;
    with `by_itself`, so is the pipeline that the profile lies in."""
    found = {profile: _findings(profile, one, more, by_itself) for profile, one in known.items()}
    every = [finding for findings in found.values() for finding in findings]
    if every or output_format == "json":
        profiles = [{"file": profile, "in_step": not has_errors(findings)} for profile, findings in found.items()]
        console = Console(cast("Colour", colour), quiet)
        report(every, cast("Format", output_format), console, {**NO_PLAN, "profiles": profiles})
    if has_errors(every):
        return FINDINGS
    if not quiet:
        report_up_to_date(len(found))
    return OK


def _findings(profile: str, known: Known, more: Sequence[Check], by_itself: bool) -> list[Finding]:
    """Each finding once, however many checks find it."""
    unchanged, of_pipeline = known
    found = [] if unchanged else _rendered(profile)
    if by_itself:
        found += _new(_of_pipeline(profile, of_pipeline), found)
    for check in more:
        found += _new(check(_path(profile)), found)
    return found


def _new(findings: Sequence[Finding], known: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding not in known]


def _rendered(profile: str) -> list[Finding]:
    """The differences found by rendering; nothing if the files come out the same. Warnings of such a profile are left
    to `validate`: a check that need not render has none of them either."""
    from nfconfgen.sync.drift import drift

    found = drift(_path(profile))
    return found if has_errors(found) else []


def _of_pipeline(profile: str, known: Sequence[Sequence[Any]] | None) -> list[Finding]:
    if known is not None:
        return [Finding(Place(*place), *rest) for place, *rest in known]
    folder = around(profile)
    return [] if folder is None else _judged(profile, folder)


def _judged(profile: str, folder: str) -> list[Finding]:
    """What the pipeline's own files come to, remembered for the next check."""
    from nfconfgen.commands.pipeline import by_itself
    from nfconfgen.pipeline.disk import Disk

    disk = Disk()
    found = by_itself(_path(profile), _path(folder), disk)
    if disk.whole:
        remember_findings(profile, folder, disk.answers, [astuple(finding) for finding in found])
    return found


def _path(name: str) -> Path:
    from pathlib import Path  # 5 ms, which a check has no use for if everything is remembered

    return Path(name)
