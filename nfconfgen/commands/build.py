"""`nfconfgen build`: profile and facts in, plan and files out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from nfconfgen import jsontext, report, transaction
from nfconfgen.commands.options import Build
from nfconfgen.commands.shared import asking, calls_made, journal_beside, say_unknown, utc_now
from nfconfgen.commands.validate import further
from nfconfgen.console import Console
from nfconfgen.errors import FINDINGS, OK, NfconfgenError
from nfconfgen.facts import lock as locks
from nfconfgen.facts.age import worth_measuring_again
from nfconfgen.facts.gather import gather
from nfconfgen.facts.lock import Lock
from nfconfgen.findings import Finding, Place, has_errors
from nfconfgen.output import Change
from nfconfgen.plan.model import Plan
from nfconfgen.plan.plan import plan
from nfconfgen.plan.words import plan_lines
from nfconfgen.profile.load import load
from nfconfgen.profile.model import Profile
from nfconfgen.render.outputs import outputs
from nfconfgen.report_plan import plan_as_json
from nfconfgen.step.made import changes, lock_of
from nfconfgen.step.rendered import remember


class _Told(TypedDict):
    """As schemas/report.schema.json describes it."""

    findings: list[dict[str, Any]]
    files: list[dict[str, str]]
    plan: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Made:
    """A build up to the point of writing; no plan where findings stand in its way."""

    findings: tuple[Finding, ...]
    plan: Plan | None = None
    changes: tuple[Change, ...] = ()


def run(builds: Sequence[Build], console: Console) -> int:
    """Exit code 0: everything is as the profiles say; 1: findings, or an edited file stands in the way (with
    `exit_code` also: a file was changed); 2: a profile cannot be read (the others are built all the same)."""
    if len(builds) == 1:
        code, told = _run(builds[0], console)
    else:
        code, told = _run_all(builds, console)
    if builds[0].common.format == "json":
        console.result(jsontext.dumps(told).rstrip())
    return code


def _run_all(builds: Sequence[Build], console: Console) -> tuple[int, _Told]:
    codes, told = [OK], _Told(findings=[], files=[], plan=[])
    for options in builds:
        console.say(f"{options.profile}:")
        try:
            code, one = _run(options, console)
        except NfconfgenError as error:
            console.error(str(error))
            codes.append(error.exit_code)
            continue
        codes.append(code)
        told["findings"] += one["findings"]
        told["files"] += one["files"]
        told["plan"] += one["plan"]
    return max(codes), told


def _run(options: Build, console: Console) -> tuple[int, _Told]:
    finished = _finish_interrupted(options, console)
    made = _make(options, console)
    stopped = made.plan is None or has_errors(made.findings, strict=options.common.strict)
    edited = () if stopped else _edited(made.changes, options, console)
    writes = [change.write() for change in made.changes if change.state != "unchanged"]
    if not stopped and not edited and writes and not options.dry_run:
        transaction.commit(writes, _journal(options, made.changes))
    if not stopped and not edited and not options.dry_run and (lock := made.changes[-1].after) is not None:
        remember(str(options.profile), lock.encode())  # the next check need not render the same again
    findings = [*made.findings, *edited]
    if options.common.format != "json":
        _report(made, findings, options, console, written=not stopped and not edited)
    failed = stopped or edited or ((writes or finished) and options.exit_code)
    return FINDINGS if failed else OK, _as_json(made, findings)


def _make(options: Build, console: Console) -> _Made:
    loaded = load(options.profile)
    if loaded.profile is None:
        return _Made(loaded.findings)
    known = locks.read(locks.path_beside(options.profile))
    if has_errors(loaded.findings):
        return _Made(tuple(further(loaded, loaded.profile, known)))
    lock = known or Lock()
    how = asking(
        offline=options.offline,
        refresh=options.refresh,
        collected=options.collected,
        profile=loaded.profile,
        console=console,
    )
    gathered = gather(loaded.profile, lock, how)
    if how is not None and options.common.verbose:
        console.say(calls_made(how.calls))
    say_unknown(loaded.profile, gathered, console)
    planned = plan(loaded.profile, gathered.facts)
    aged = worth_measuring_again(loaded.profile, gathered, utc_now())
    findings = tuple(sorted({*loaded.findings, *gathered.findings, *aged, *planned.findings}))
    if has_errors(findings, strict=options.common.strict):
        return _Made(findings)
    texts = outputs(planned)
    new_lock = lock_of(options.profile.read_bytes(), loaded.profile, lock, gathered.known, texts)
    folder = _folder(options, loaded.profile)
    return _Made(findings, planned, tuple(changes(options.profile, folder, texts, lock, new_lock)))


def _folder(options: Build, profile: Profile) -> Path:
    return options.out if options.out is not None else options.profile.parent / profile.output


def _journals(options: Build) -> list[Path]:
    """Beside the lock; in the output folder where only that is written, as the profile's may be read-only."""
    beside = journal_beside(options.profile)
    return [beside] if options.out is None else [beside, options.out / beside.name]


def _journal(options: Build, changes: Sequence[Change]) -> Path:
    journals = _journals(options)
    lock_path = locks.path_beside(options.profile)
    return journals[0 if any(c.path == lock_path and c.state != "unchanged" for c in changes) else -1]


def _finish_interrupted(options: Build, console: Console) -> bool:
    finished = False
    for journal in _journals(options):
        if options.dry_run and transaction.pending(journal):
            console.say(f"{journal.parent}: an earlier build was cut off; the next build finishes it")
        elif not options.dry_run and transaction.recover(journal):
            console.say(f"{journal.parent}: an earlier build was cut off; its files are in order again")
            finished = True
    return finished


def _edited(changes: Sequence[Change], options: Build, console: Console) -> tuple[Finding, ...]:
    """A finding for each file that somebody has edited, with the difference shown; none with --force."""
    edited = [change for change in changes if change.edited and not options.force]
    for change in edited:
        console.say(change.diff())
    return tuple(
        Finding(
            Place(str(change.path)),
            "edited",
            "is not what the last build wrote" if change.after is not None else "is left over, and was edited",
            "bring the change into the profile, then build with --force to replace the file",
        )
        for change in edited
    )


def _as_json(made: _Made, findings: Sequence[Finding]) -> _Told:
    return _Told(
        findings=[report.as_json(finding) for finding in findings],
        files=[{"file": str(change.path), "state": change.state} for change in made.changes],
        plan=[plan_as_json(site) for site in made.plan.sites] if made.plan else [],
    )


def _report(made: _Made, findings: Sequence[Finding], options: Build, console: Console, *, written: bool) -> None:
    if findings:
        console.result(report.TEXTS[options.common.format](findings, console))
    if made.plan is not None and not console.quiet:
        console.result("\n".join(plan_lines(made.plan.sites)))
    if written:
        _say_files(made.changes, options, console)


def _say_files(changes: Sequence[Change], options: Build, console: Console) -> None:
    words = {"new": "would write", "changed": "would change", "removed": "would remove"}
    done = {"new": "wrote", "changed": "changed", "removed": "removed"}
    touched = [change for change in changes if change.state != "unchanged"]
    console.say("")
    tell = console.result if options.exit_code else console.say  # then they are what was asked about
    for change in touched:
        tell(f"{(words if options.dry_run else done)[change.state]} {change.path}")
        if options.dry_run and change.state != "new":
            console.say(change.diff())
    unchanged = len(changes) - len(touched)
    if not touched:
        console.say(f"all {unchanged} files are up to date")
    elif unchanged:
        console.say(f"{unchanged} {'file' if unchanged == 1 else 'files'} unchanged")
