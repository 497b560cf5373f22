"""Checks a profile against a pipeline: pure, values in and findings out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from nfconfgen.conflicts import conflict_findings, meetings, of_params, our_include
from nfconfgen.conflicts.file_clash import clash
from nfconfgen.conflicts.outcomes import outcomes, unfit
from nfconfgen.conflicts.unmatched import unmatched
from nfconfgen.findings import Finding
from nfconfgen.pipeline.model import Sources
from nfconfgen.plan.model import Plan
from nfconfgen.processes.model import SiteProcesses
from nfconfgen.profile.model import Profile


@dataclass(frozen=True, slots=True)
class Outputs:
    """The generated files: their `folder` relative to the pipeline's, the include `line` that nextflow.config should
    end with, and `foreign` files of the pipeline where a build would write."""

    folder: str
    line: str
    foreign: tuple[str, ...] = ()


def evaluate(plan: Plan, sources: Sources, outputs: Outputs, planned: Sequence[SiteProcesses]) -> list[Finding]:
    """All findings on the profile in this pipeline, sorted by position, each once. `planned` are its processes."""
    of_sites = _of_sites(planned, lambda found: _of_site(found, plan, sources))
    return sorted({*of_sites, *sources.findings, *_of_profile(plan.profile, sources, outputs)})


def unfit_processes(plan: Plan, planned: Sequence[SiteProcesses]) -> list[Finding]:
    """The findings on requests that do not fit, of all sites."""
    return sorted(_of_sites(planned, lambda found: unfit(found, plan.findings)))


def _of_sites(
    planned: Sequence[SiteProcesses], findings: Callable[[SiteProcesses], Iterable[Finding]]
) -> list[Finding]:
    """Each finding once, with the sites that have it, unless all do."""
    by_finding: dict[Finding, list[str]] = {}
    for found in planned:
        for finding in findings(found):
            by_finding.setdefault(finding, []).append(found.site.site.name)
    everywhere = len(planned)
    return [
        finding if len(names) == everywhere else replace(finding, message=f"{', '.join(names)}: {finding.message}")
        for finding, names in by_finding.items()
    ]


def _of_site(found: SiteProcesses, plan: Plan, sources: Sources) -> Iterator[Finding]:
    """The findings that depend on the site; they do not name it, so that equal ones can be merged."""
    site, sides = found.site.site, found.sides
    ours, line = sides.written, sides.line
    dropped = list(meetings.dropped(sides))
    yield from conflict_findings.of_dropped(dropped, included=line is not None)
    met = meetings.meet(sides, sources.tasks)
    yield from conflict_findings.of_met(met, {value for one in dropped for value in one.lost})
    if line is not None:
        yield from conflict_findings.of_later(met.later, line.place)
        yield from our_include.later(sources.config, site, ours, line)
    yield from our_include.same_name(sources.config, site, ours)
    yield from site.executor.pipeline_findings(site, sources, met)
    yield from outcomes(found, plan.findings, ours.blocks[0].place)
    yield from of_params.of_old_caps(found)


def _of_profile(profile: Profile, sources: Sources, outputs: Outputs) -> Iterator[Finding]:
    yield from unmatched(profile, sources)
    yield from our_include.missing(sources, profile, outputs.line)
    yield from of_params.of_profile(profile, sources)
    yield from _version(profile, sources)
    place = profile.output_place
    if outputs.folder.split("/", 1)[0] == "bin":
        message = "output is in the pipeline's bin/, which Nextflow makes available to every task on its PATH"
        yield Finding(place, "bin-clash", message, "choose another folder")
    for path in outputs.foreign:
        yield clash(place, path)


_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


def _version(profile: Profile, sources: Sources) -> Iterator[Finding]:
    """A note if the pipeline needs a newer Nextflow than the oldest one that the profile is for."""
    wanted = [s for s in sources.config.settings if s.path == ("manifest", "nextflowVersion") and s.literal]
    match = _VERSION.search(wanted[-1].literal or "") if wanted and ">" in (wanted[-1].literal or "") else None
    if match is None:
        return
    needed = tuple(int(part) for part in match.groups() if part is not None)
    # 26.04 and 26.04.0 are the same
    if (*needed, 0)[:3] > (*profile.pipeline.nextflow, 0)[:3]:
        message = (
            f"the pipeline needs Nextflow {match[0]} ({wanted[-1].place}), the profile is for "
            f"{profile.pipeline.nextflow_text} and newer"
        )
        place, advice = profile.pipeline.nextflow_place, f'set nextflow: ">={match[1]}.{match[2]}"'
        yield Finding(place, "nextflow-version", message, advice, "note")
