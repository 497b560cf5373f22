"""`nfconfgen check`: whether every output is what profile and lock give. Asks nobody, writes nothing.

What is imported here at once is little: most of the time nothing has changed.
"""

from __future__ import annotations

import os
import sys

from nfconfgen.errors import FINDINGS, OK
from nfconfgen.fast import discovery
from nfconfgen.fast.enclosing import around
from nfconfgen.fast.unchanged import in_step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from nfconfgen.findings import Finding


def run(
    arguments: Sequence[str],
    output_format: str = "text",
    colour: str = "auto",
    *,
    quiet: bool = False,
    full: bool = False,
    further: Sequence[Callable[[Path], list[Finding]]] = (),
    by_itself: bool = True,
) -> int:
    """Exit code 0: in step; 1: findings. `arguments` are profiles, locks and outputs; none: all of the repository.
    `full`: nothing remembered is believed, as always in CI. `further` are judges beside the files themselves, asked
    of each profile; `by_itself`: so is the pipeline that a profile lies in."""
    profiles = discovery.of_arguments(arguments) if arguments else discovery.of_repository()
    full = full or os.environ.get("CI", "").lower() not in ("", "0", "false")
    found = {profile: [] if not full and in_step(profile) else _rendered(profile) for profile in profiles}
    if by_itself:
        found = {profile: [*findings, *_of_pipeline(profile, findings, full)] for profile, findings in found.items()}
    for judge in further:
        found = {profile: [*findings, *_new(judge, profile, findings)] for profile, findings in found.items()}
    if output_format == "json" or any(found.values()):
        _show(found, output_format, colour)
    if any(_fails(findings) for findings in found.values()):
        return FINDINGS
    if not quiet:
        said = "1 profile is" if len(found) == 1 else f"{len(found)} profiles are"
        print(f"{said} in step", file=sys.stderr, flush=True)
    return OK


def _rendered(profile: str) -> list[Finding]:
    """What rendering finds; nothing where it comes to the same files. Warnings of such a profile are what `validate`
    is for: a check that need not render has none of them either."""
    from pathlib import Path

    from nfconfgen.sync.drift import drift

    found = drift(Path(profile))
    return found if _fails(found) else []


def _of_pipeline(profile: str, findings: Sequence[Finding], full: bool) -> list[Finding]:
    folder = around(profile)
    if folder is None:
        return []
    from nfconfgen.fast.remembered import recall

    known = None if full else recall(profile, folder)
    if known == []:
        return []
    found = _judged(profile, folder) if known is None else _as_findings(known)
    return [finding for finding in found if finding not in findings]


def _judged(profile: str, folder: str) -> list[Finding]:
    from dataclasses import astuple
    from pathlib import Path

    from nfconfgen.commands.pipeline import by_itself
    from nfconfgen.fast.remembered import remember
    from nfconfgen.pipeline.disk import Disk

    disk = Disk()
    found = by_itself(Path(profile), Path(folder), disk)
    if disk.whole:
        remember(profile, folder, disk.said, [astuple(finding) for finding in found])
    return found


def _as_findings(known: Sequence[Sequence[Any]]) -> list[Finding]:
    from nfconfgen.findings import Finding, Place

    return [Finding(Place(*place), *rest) for place, *rest in known]


def _new(judge: Callable[[Path], list[Finding]], profile: str, findings: Sequence[Finding]) -> Iterator[Finding]:
    from pathlib import Path

    return (finding for finding in judge(Path(profile)) if finding not in findings)


def _fails(findings: Sequence[Finding]) -> bool:
    return any(finding.level == "error" for finding in findings)


def _show(found: Mapping[str, Sequence[Finding]], output_format: str, colour: str) -> None:
    from typing import cast

    from nfconfgen.report import reporter
    from nfconfgen.terminal.console import Colour, Console

    every = [finding for findings in found.values() for finding in findings]
    profiles = [{"file": profile, "in_step": not _fails(findings)} for profile, findings in found.items()]
    data = {**reporter.NO_PLAN, "profiles": profiles}
    reporter.report(every, cast("reporter.Format", output_format), Console(cast("Colour", colour)), data)
