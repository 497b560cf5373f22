"""`nfconfgen build`: profile and facts in, plan and files out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from nfconfgen.assess import Ask, assess, read_lock
from nfconfgen.commands.common import calls_made, journal_for, querying, report_unknown, utc_now
from nfconfgen.commands.options import Build
from nfconfgen.errors import FINDINGS, OK, NfconfgenError, WriteError
from nfconfgen.facts import lock as locks
from nfconfgen.facts.lock import Lock
from nfconfgen.fast.cache import remember_rendered
from nfconfgen.findings import Finding, Place, has_errors
from nfconfgen.plan.model import Plan
from nfconfgen.plan.table import plan_lines
from nfconfgen.profile.model import Profile
from nfconfgen.profile.read import read_bytes
from nfconfgen.render.outputs import clash, outputs
from nfconfgen.report.plan_json import plan_as_json
from nfconfgen.report.reporter import report
from nfconfgen.sync import transaction
from nfconfgen.sync.build_changes import changes, lock_of
from nfconfgen.sync.changes import Change
from nfconfgen.terminal.console import Console
from nfconfgen.wording import counted


class _Data(TypedDict):
    """As schemas/report.schema.json describes it, besides the findings."""

    files: list[dict[str, str]]
    plan: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Made:
    """A build up to the point of writing; no plan where findings stand in its way."""

    findings: tuple[Finding, ...]
    plan: Plan | None = None
    changes: tuple[Change, ...] = ()
    output: Place | None = None
    lock: Lock | None = None


def run(builds: Sequence[Build], console: Console) -> int:
    """Exit code 0: everything is as the profiles say; 1: findings, or an edited file stands in the way (with
    `exit_code` also: a file was changed); 2: a profile cannot be read (the others are built all the same)."""
    if len(builds) == 1:
        code, findings, data = _run(builds[0], console)
    else:
        code, findings, data = _run_all(builds, console)
    if builds[0].common.format == "json":
        report(findings, "json", console, {**data})
    return code


def _run_all(builds: Sequence[Build], console: Console) -> tuple[int, list[Finding], _Data]:
    codes, every = [OK], list[Finding]()
    data = _Data(files=[], plan=[])
    for options in builds:
        console.info(f"{options.profile}:")
        try:
            code, findings, one = _run(options, console)
        except NfconfgenError as error:
            console.error(str(error))
            codes.append(error.exit_code)
            continue
        codes.append(code)
        every += findings
        data["files"] += one["files"]
        data["plan"] += one["plan"]
    return max(codes), every, data


def _run(options: Build, console: Console) -> tuple[int, list[Finding], _Data]:
    finished = _finish_interrupted(options, console)
    made = _make(options, console)
    stopped = made.plan is None or has_errors(made.findings, strict=options.common.strict)
    edited = () if stopped else _edited(made, options, console)
    writes = [change.write() for change in made.changes if change.state != "unchanged"]
    if not stopped and not edited and writes and not options.dry_run:
        transaction.commit(writes, _journal(options, made.changes), _within(options))
    if not stopped and not edited and not options.dry_run and (lock := made.changes[-1].after) is not None:
        remember_rendered(str(options.profile), lock.encode())  # the next check need not render the same again
    findings = [*made.findings, *edited]
    if options.common.format != "json":
        _show(made, findings, options, console, written=not stopped and not edited)
    failed = stopped or edited or ((writes or finished) and options.exit_code)
    return FINDINGS if failed else OK, findings, _data(made)


def _make(options: Build, console: Console) -> _Made:
    query = querying(offline=options.offline, refresh=options.refresh, collected=options.collected, console=console)
    assessment = assess(options.profile, Ask(query, now=utc_now()))
    findings, profile = assessment.findings, assessment.profile
    if not assessment.readable or profile is None or assessment.plan is None or assessment.gathered is None:
        return _Made(findings)
    if assessment.query is not None and options.common.verbose:
        console.info(calls_made(assessment.query))
    report_unknown(assessment, console)
    if has_errors(findings, strict=options.common.strict):
        return _Made(findings)
    texts = outputs(assessment.plan)
    lock = assessment.lock or Lock()
    new_lock = lock_of(read_bytes(options.profile), profile, lock, assessment.gathered.known, texts)
    found = changes(options.profile, _folder(options, profile), texts, lock, new_lock)
    return _Made(findings, assessment.plan, tuple(found), profile.output_place, assessment.lock)


def _folder(options: Build, profile: Profile) -> Path:
    return options.out if options.out is not None else options.profile.parent / profile.output


def _journals(options: Build) -> list[Path]:
    """Beside the lock; in the output folder where only that is written, as the profile's may be read-only."""
    beside = journal_for(options.profile)
    return [beside] if options.out is None else [beside, options.out / beside.name]


def _journal(options: Build, changes: Sequence[Change]) -> Path:
    journals = _journals(options)
    lock_path = locks.path_for(options.profile)
    return journals[0 if any(c.path == lock_path and c.state != "unchanged" for c in changes) else -1]


def _finish_interrupted(options: Build, console: Console) -> bool:
    finished = False
    for journal in _journals(options):
        if options.dry_run and transaction.pending(journal):
            console.info(f"{journal.parent}: an earlier build was cut off; the next build finishes it")
        elif not options.dry_run and transaction.recover(journal, _within(options)):
            console.info(f"{journal.parent}: an earlier build was cut off; its files are in order again")
            finished = True
    return finished


def _within(options: Build) -> list[Path]:
    """Where a build writes besides the profile's own folder."""
    return [] if options.out is None else [options.out]


def _edited(made: _Made, options: Build, console: Console) -> tuple[Finding, ...]:
    """A finding for each file that somebody has edited, with the difference shown; with --force for those that no
    build has ever written."""
    found = []
    for change in made.changes:
        if change.foreign:
            found.append(clash(made.output or Place(str(options.profile)), str(change.path)))
        elif change.edited and not options.force:
            console.info(*change.diff())
            found.append(_of_edited(change, known=made.lock is not None and change.name in made.lock.outputs))
    if found and _disturbed(made, options):
        raise WriteError(f"{options.profile}: another build of it is under way: wait for its end, and build again")
    return tuple(found)


def _of_edited(change: Change, *, known: bool) -> Finding:
    message = "is not what the last build wrote" if known else "is of another build, as no lock knows it"
    if change.after is None:
        message = "is left over, and was edited"
    advice = "bring the change into the profile, then build with --force to replace the file"
    return Finding(Place(str(change.path)), "edited", message, advice)


def _disturbed(made: _Made, options: Build) -> bool:
    """Whether another build has written while this one looked."""
    if options.dry_run:
        return False
    return any(map(transaction.pending, _journals(options))) or read_lock(options.profile) != made.lock


def _data(made: _Made) -> _Data:
    return _Data(
        files=[{"file": str(change.path), "state": change.state} for change in made.changes],
        plan=[plan_as_json(site) for site in made.plan.sites] if made.plan else [],
    )


def _show(made: _Made, findings: Sequence[Finding], options: Build, console: Console, *, written: bool) -> None:
    lines = plan_lines(made.plan.sites) if made.plan is not None and not console.quiet else []
    report(findings, options.common.format, console, lines=lines)
    if written:
        _say_files(made.changes, options, console)


def _say_files(changes: Sequence[Change], options: Build, console: Console) -> None:
    words = {"new": "would write", "changed": "would change", "removed": "would remove"}
    done = {"new": "wrote", "changed": "changed", "removed": "removed"}
    touched = [change for change in changes if change.state != "unchanged"]
    console.info("")
    show = console.result if options.exit_code else console.info  # then they are what was asked about
    for change in touched:
        show(f"{(words if options.dry_run else done)[change.state]} {change.path}")
        if options.dry_run and change.state != "new":
            console.info(*change.diff())
    unchanged = len(changes) - len(touched)
    if not touched:
        console.info(f"all {unchanged} files are up to date")
    elif unchanged:
        console.info(f"{counted(unchanged, 'file')} unchanged")
