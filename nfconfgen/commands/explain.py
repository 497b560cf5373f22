"""`nfconfgen explain`: shows why each request fits, as text, as JSON or as an HTML page."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from nfconfgen import files
from nfconfgen.assess import Ask, Assessment, assess
from nfconfgen.commands.common import no_site, utc_now
from nfconfgen.errors import FINDINGS, OK, UnreadableError, UsageError, WriteError
from nfconfgen.explain import price_file
from nfconfgen.explain.cost import Priced
from nfconfgen.explain.model import Explained, Site
from nfconfgen.explain.page import MARK, page
from nfconfgen.explain.priced_machines import markets, needed
from nfconfgen.explain.process_story import processes
from nfconfgen.explain.story import explained
from nfconfgen.explain.text import lines
from nfconfgen.fast.discovery import pipeline_around
from nfconfgen.findings import Finding, has_errors
from nfconfgen.plan.model import Plan
from nfconfgen.processes.model import SiteProcesses
from nfconfgen.profile.checking.selectors import matches
from nfconfgen.report.reporter import Reporting, report
from nfconfgen.suggest import near
from nfconfgen.sync.price_files import prices_by
from nfconfgen.terminal.console import Console
from nfconfgen.wording import listed


@dataclass(frozen=True, slots=True)
class Explain:
    """Empty `process` or `site`: all. `prices` is a file or `live`; None: nothing about costs. Only `html` and live
    prices are written."""

    profile: Path
    reporting: Reporting
    process: str = ""
    site: str = ""
    html: Path | None = None
    force: bool = False
    pipeline: Path | None = None
    prices: str | None = None


def run(options: Explain, console: Console) -> int:
    """Exit code 0: all is explained; 1: there are findings; 2: no such process or site."""
    assessment = assess(options.profile, Ask())
    findings, plan, form = assessment.findings, assessment.sound_plan, options.reporting.format
    if plan is None or options.site in {site.name for site in assessment.left_out}:
        report(findings, form, console, {"explained": None})
        return FINDINGS
    now = utc_now()
    planned, known, unfit = _of_pipeline(options, plan)
    by_site = {site.site.site.name: processes(site, plan, now, options.process) for site in planned}
    findings = tuple(sorted({*findings, *unfit}))
    found = explained(plan, now, _sites(plan, options.site), _tasks(plan, options.process, known))
    without = _left_out(assessment)
    sites = (
        replace(each, processes=by_site.get(each.site), notes=(*each.notes, *without.get(each.site, ())))
        for each in found.sites
    )
    found = replace(found, sites=tuple(sites))
    if options.prices is not None:
        how = (options.prices, assessment, plan, planned, console)
        found, doubts = _priced(found, *how, total=not options.process)
        findings = tuple(sorted({*findings, *doubts}))
    text = form == "text" and options.html is None
    if options.html is not None:
        write_page(options.html, page(found), options.force)
        console.info(f"wrote {options.html}")
    report(findings, form, console, {"explained": asdict(found)}, lines(found) if text else ())
    return FINDINGS if has_errors(findings, strict=options.reporting.strict) else OK


def _priced(
    found: Explained,
    by: str,
    assessment: Assessment,
    plan: Plan,
    planned: Sequence[SiteProcesses],
    console: Console,
    *,
    total: bool,
) -> tuple[Explained, list[Finding]]:
    """The explanation with costs where machines have prices, `by` a file or live, and what is doubtful in these.
    `total`: all processes are in it, so that they can be added up."""
    assert assessment.gathered is not None, "there is a plan"
    by_site = markets(plan, assessment.gathered)
    if not by_site:
        console.info(f"{no_site(lambda executor: executor.prices)}: --prices shows nothing")
    regions, profile = needed(by_site, plan, planned), assessment.path
    prices, path = prices_by(by, profile, regions, console)
    unused = {each.site.site.name: each.unused for each in planned}

    def with_costs(site: Site) -> Site:
        if site.site not in by_site:
            return site
        return Priced(prices, path.name, by_site[site.site]).site(site, unused.get(site.site, ()), total=total)

    doubts = price_file.findings(prices, regions, str(path), utc_now())
    return replace(found, sites=tuple(map(with_costs, found.sites))), doubts


def _left_out(assessment: Assessment) -> dict[str, list[str]]:
    """By site, a note on each reason for which queues are not chosen."""
    found: dict[str, list[str]] = {}
    for site in assessment.profile.sites if assessment.profile is not None else ():
        facts = assessment.gathered.of(site) if assessment.gathered is not None else None
        reasons: dict[str, list[str]] = {}
        for name, why in site.executor.left_out(site, facts):
            reasons.setdefault(why, []).append(name)
        found[site.name] = [f"not chosen: {listed(names)}: {why}" for why, names in reasons.items()]
    return found


def _of_pipeline(options: Explain, plan: Plan) -> tuple[tuple[SiteProcesses, ...], set[str], list[Finding]]:
    """The processes of the named pipeline, or of the one that the profile is in, by site; their names; and what does
    not fit. All empty without a pipeline."""
    folder = options.pipeline or pipeline_around(str(options.profile))
    if folder is None:
        return (), set(), []
    from nfconfgen.commands.pipeline import planned_processes

    sources, planned, unfit = planned_processes(options.profile, plan, Path(folder))
    return planned, {name for task in sources.tasks for name in (task.alias, task.qualified)}, unfit


def _sites(plan: Plan, wanted: str) -> Collection[str]:
    names = [site.site.name for site in plan.sites]
    if wanted and wanted not in names:
        raise UsageError(_unknown("site", wanted, names))
    return [wanted] if wanted else names


def _tasks(plan: Plan, wanted: str, processes: Collection[str]) -> Collection[tuple[str, str]]:
    """(kind, selector) of the classes with the wanted selector, else of those whose selector matches the process.
    `processes` are names that the pipeline has."""
    tasks = {
        (task_plan.task.kind, task_plan.task.name): task_plan.task
        for site in plan.sites
        for task_plan in site.task_plans
    }
    named = {key for key, task in tasks.items() if not wanted or task.title == wanted}
    if named or not wanted:
        return named
    matched = {key for key, task in tasks.items() if task.kind == "process" and matches(task.name, wanted)}
    if not matched and wanted not in processes:
        raise UsageError(_unknown("process or label", wanted, [*(task.title for task in tasks.values()), *processes]))
    return matched


def _unknown(what: str, wanted: str, known: Sequence[str]) -> str:
    listed = ", ".join(dict.fromkeys(known)) or "none"
    return f"there is no {what} '{wanted}': {near(wanted, known) or f'there is {listed}'}"


def write_page(path: Path, text: str, force: bool) -> None:
    """Replaces a page of nfconfgen, and no other file unless by `force`. UsageError, UnreadableError, WriteError."""
    try:
        if os.path.lexists(path) and not force and MARK.encode() not in files.read(path)[:4000]:
            raise UsageError(f"{path} is not a page of nfconfgen: name another file, or use --force")
    except OSError as error:
        raise UnreadableError(f"{path}: {files.reason(error)}") from None
    try:
        files.replace(path, text.encode())
    except OSError as error:
        raise WriteError(f"{path}: cannot be written: {files.reason(error)}") from None
