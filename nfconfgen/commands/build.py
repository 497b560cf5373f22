"""`nfconfgen build`: makes a plan from profile and facts, and writes the files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nfconfgen.assess import Ask, assess, read_lock
from nfconfgen.commands.common import calls_made, querying, report_unknown, utc_now
from nfconfgen.errors import FINDINGS, OK, NfconfgenError, UsageError, WriteError
from nfconfgen.facts.lock import Lock
from nfconfgen.fast.cache import remember_rendered
from nfconfgen.fast.discovery import pipeline_around
from nfconfgen.findings import Finding, has_errors
from nfconfgen.plan.model import Plan
from nfconfgen.plan.plan_table import plan_lines
from nfconfgen.report.plan_json import plan_as_json
from nfconfgen.report.reporter import Reporting, report
from nfconfgen.sync import transaction
from nfconfgen.sync.build_changes import build_of, journal_of, journals
from nfconfgen.sync.changes import Change
from nfconfgen.sync.differences import in_the_way
from nfconfgen.terminal.console import Console
from nfconfgen.wording import counted


@dataclass(frozen=True, slots=True)
class Build:
    """`out` replaces the profile's own output folder. With `exit_code`, a build that changes a file ends with 1.
    `collected` are files of `facts --collect`."""

    profile: Path
    reporting: Reporting
    out: Path | None = None
    offline: bool = False
    refresh: bool = False
    force: bool = False
    dry_run: bool = False
    exit_code: bool = False
    collected: tuple[Path, ...] = ()

    @property
    def within(self) -> list[Path]:
        """The folders that a build writes to besides the profile's own."""
        return [] if self.out is None else [self.out]


@dataclass(frozen=True, slots=True)
class _Made:
    """A build up to the point of writing; without a plan if errors prevent it. `lock` is the one before, `left_out`
    are the sites that are not built."""

    findings: tuple[Finding, ...]
    plan: Plan | None = None
    changes: tuple[Change, ...] = ()
    lock: Lock | None = None
    left_out: tuple[str, ...] = ()


def run(builds: Sequence[Build], console: Console) -> int:
    """Exit code 0: everything was built; 1: findings, or an edited file is in the way (with `exit_code` also: a file
    was changed); 2: a profile cannot be read (the others are built anyway). Two kinds of findings do not keep
    files from being written: requests of the pipeline around a profile that do not fit, as they may be right, and
    clusters and accounts that cannot be queried, for the sake of the other sites."""
    if builds[0].out is not None and len(builds) > 1:
        names = ", ".join(str(options.profile) for options in builds)
        raise UsageError(f"--out takes one profile, as all write the same names: {names}")
    codes, every = [OK], list[_Made]()
    for options in builds:
        if len(builds) > 1:
            console.info(f"{options.profile}:")
        try:
            code, made = _run(options, console)
        except NfconfgenError as error:
            if len(builds) == 1:
                raise
            console.error(str(error))
            codes.append(error.exit_code)
            continue
        codes.append(code)
        every.append(made)
    if builds[0].reporting.format == "json":
        data = {
            "files": [{"file": str(one.path), "state": one.state} for made in every for one in made.changes],
            "plan": [plan_as_json(site) for made in every if made.plan for site in made.plan.sites],
        }
        report([finding for made in every for finding in made.findings], "json", console, data)
    return max(codes)


def _run(options: Build, console: Console) -> tuple[int, _Made]:
    finished = _finish_interrupted(options, console)
    made = _make(options, console)
    edited = _edited(made, options, console)
    made = replace(made, findings=(*made.findings, *edited))
    stopped = made.plan is None or bool(edited)
    writes = [change.write() for change in made.changes if change.state != "unchanged"]
    if not stopped and not options.dry_run:
        if writes:
            journal = journal_of(options.profile, options.out, made.changes)
            transaction.commit(writes, journal, options.within)
        if (lock := made.changes[-1].after) is not None and not made.left_out:
            remember_rendered(str(options.profile), lock.encode())  # the next check need not render the same again
    if made.plan is not None and options.out is None:
        made = replace(made, findings=(*made.findings, *_unfit(options.profile, made.plan)))
    if options.reporting.format != "json":
        lines = plan_lines(made.plan.sites) if made.plan is not None and not console.quiet else []
        report(made.findings, options.reporting.format, console, lines=lines)
        if not stopped:
            _show_files(made.changes, options, console)
            _show_left_out(made, console)
    found = has_errors(made.findings, strict=options.reporting.strict)
    failed = stopped or found or ((writes or finished) and options.exit_code)
    return FINDINGS if failed else OK, made


def _make(options: Build, console: Console) -> _Made:
    query = querying(offline=options.offline, refresh=options.refresh, collected=options.collected, console=console)
    assessment = assess(options.profile, Ask(query, now=utc_now()))
    findings, plan = assessment.findings, assessment.plan
    if not assessment.readable or plan is None:
        return _Made(findings)
    if assessment.query is not None and options.reporting.verbose:
        console.info(calls_made(assessment.query))
    report_unknown(assessment, console)
    if has_errors(assessment.stopping, strict=options.reporting.strict) or not plan.sites:
        return _Made(findings)
    folder = options.out if options.out is not None else options.profile.parent / plan.profile.output
    found, _ = build_of(assessment, plan, assessment.lock or Lock(), folder)
    return _Made(findings, plan, tuple(found), assessment.lock, tuple(site.name for site in assessment.left_out))


def _unfit(profile: Path, plan: Plan) -> list[Finding]:
    """The processes of the pipeline that the profile is in whose request does not fit."""
    folder = pipeline_around(str(profile))
    if folder is None:
        return []
    from nfconfgen.commands.pipeline import planned_processes  # most builds of profiles alone have no pipeline

    return planned_processes(profile, plan, Path(folder))[2]


def _finish_interrupted(options: Build, console: Console) -> bool:
    """Whether an interrupted build was finished or undone."""
    finished = False
    for journal in journals(options.profile, options.out):
        if options.dry_run and os.path.lexists(journal):
            console.info(f"{journal.parent}: an earlier build was interrupted; the next build finishes it")
        elif not options.dry_run and transaction.recover(journal, options.within):
            console.info(f"{journal.parent}: an earlier build was interrupted; its files are in order again")
            finished = True
    return finished


def _edited(made: _Made, options: Build, console: Console) -> list[Finding]:
    """A finding for each edited file, whose diff is shown; with --force, only for files that no build wrote."""
    if made.plan is None:
        return []
    for change in made.changes:
        if change.edited and not change.foreign and not options.force:
            console.info(*change.diff())
    found = in_the_way(made.changes, made.lock, made.plan.profile.output_place, force=options.force)
    if found and not options.dry_run:
        others = map(os.path.lexists, journals(options.profile, options.out))
        if any(others) or read_lock(options.profile) != made.lock:
            raise WriteError(f"{options.profile}: another build of it is running: wait for it, then build again")
    return found


def _show_left_out(made: _Made, console: Console) -> None:
    for name in made.left_out:
        known = made.lock is not None and f"conf/{name}.config" in made.lock.outputs
        stays = "its files stay as an earlier build wrote them" if known else "it is in no file"
        console.info(f"{name} is left out: {stays}")


def _show_files(changes: Sequence[Change], options: Build, console: Console) -> None:
    words = {"new": "would write", "changed": "would change", "removed": "would remove"}
    done = {"new": "wrote", "changed": "changed", "removed": "removed"}
    touched = [change for change in changes if change.state != "unchanged"]
    console.info("")
    show = console.result if options.exit_code else console.info  # with --exit-code they are the result
    for change in touched:
        show(f"{(words if options.dry_run else done)[change.state]} {change.path}")
        if options.dry_run and change.state != "new":
            console.info(*change.diff())
    unchanged = len(changes) - len(touched)
    if not touched:
        console.info(f"all {unchanged} files are up to date")
    elif unchanged:
        console.info(f"{counted(unchanged, 'file')} unchanged")
