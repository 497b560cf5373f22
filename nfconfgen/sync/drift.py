"""Finds what is out of date: checks the profile, plans from the lock, renders and compares."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nfconfgen import __version__
from nfconfgen.assess import Ask, assess, read_lock
from nfconfgen.errors import LockError, NfconfgenError, UnreadableError
from nfconfgen.facts import lock as locks
from nfconfgen.facts.lock import Lock
from nfconfgen.fast.cache import remember_rendered
from nfconfgen.fast.checksum import digest, fits
from nfconfgen.files import LARGEST_BYTES
from nfconfgen.findings import Finding, Place, has_errors
from nfconfgen.profile.model import Site
from nfconfgen.profile.read import read_bytes
from nfconfgen.sync import differences
from nfconfgen.sync.build_changes import build_of, journals
from nfconfgen.sync.changes import Change
from nfconfgen.sync.differences import command


@dataclass(frozen=True, slots=True)
class _Rendered:
    """The profile's own findings, and what an offline build would change and the lock it would leave: None if errors
    prevent a build. `left_out` are sites that it would leave out."""

    findings: tuple[Finding, ...]
    changes: tuple[Change, ...] | None = None
    output: Place | None = None
    lock: Lock | None = None
    left_out: tuple[Site, ...] = ()


def drift(profile: Path) -> list[Finding]:
    """All that is out of date, each with the command that fixes it, and the profile's own findings. If there are no
    errors, that is cached."""
    try:
        return _drift(profile, locks.path_for(profile))
    except NfconfgenError as error:  # the parts of the lock contradict each other
        return [_of_error(locks.path_for(profile), "lock", error)]


def _drift(profile: Path, lock_path: Path) -> list[Finding]:
    if not os.path.lexists(profile):
        gone = "was deleted, but its lock and outputs were not"
        return [_finding(profile, "profile-missing", gone, f"restore it, or delete {lock_path} and the outputs")]
    try:
        lock = read_lock(profile)
    except (LockError, UnreadableError) as error:
        return [*_render(profile, None).findings, _of_error(lock_path, "lock", error)]
    rendered = _render(profile, lock)
    if lock is None:
        never = f"was never built, or {lock_path.name} was lost"
        return [*rendered.findings, _finding(profile, "never-built", never, command(profile))]
    fix = command(profile, "" if rendered.changes is None or rendered.left_out else "--offline")
    causes = [*_causes(profile, lock, fix), *_left_out(rendered, lock, fix)]
    found = [*_interrupted(profile, lock, fix), *causes, *rendered.findings]
    if not causes and rendered.lock is not None and rendered.lock.outputs != lock.outputs:
        found.append(_not_reproduced(profile, lock))
    if rendered.changes is None:
        return [*found, *differences.from_record(profile, lock)]
    *made, own = rendered.changes
    found += differences.from_build(profile, made, rendered.output or Place(str(profile)))
    if not has_errors(found) and own.state != "unchanged":
        # everything agrees but the lock's bytes
        found.append(_finding(lock_path, "lock-changed", "differs from what a build writes", fix))
    if not has_errors(found) and own.before is not None:
        remember_rendered(str(profile), own.before)
    return found


def _render(profile: Path, lock: Lock | None) -> _Rendered:
    try:
        found = assess(profile, Ask(lock=lambda _: lock, needs_facts=False))
    except UnreadableError as error:
        return _Rendered((_of_error(profile, "unreadable", error),))
    findings, plan = found.findings, found.sound_plan
    if lock is None or plan is None:
        return _Rendered(findings, left_out=found.left_out)
    folder = profile.parent / plan.profile.output
    try:
        made, after = build_of(found, plan, lock, folder)
    except UnreadableError as error:
        return _Rendered((*findings, _of_error(folder, "unreadable", error)))
    return _Rendered(findings, tuple(made), plan.profile.output_place, after, found.left_out)


def _interrupted(profile: Path, lock: Lock, fix: str) -> Iterator[Finding]:
    for journal in filter(os.path.lexists, sorted({*journals(profile, profile.parent / lock.output)})):
        from nfconfgen.sync.journal import refusal

        why = refusal(journal).removeprefix(f"{journal}: ")
        message = why or "a build was interrupted or is still running"
        yield Finding(Place(str(journal)), "interrupted", message, "" if why else f"wait, or run: {fix}")


def _causes(profile: Path, lock: Lock, fix: str) -> Iterator[Finding]:
    """Why outputs may differ: profile or lock have changed since the last build."""
    lock_path = locks.path_for(profile)
    if _hash(profile) != lock.profile:
        yield _finding(profile, "profile-changed", "changed since the last build", fix)
    if not fits(read_bytes(lock_path, LARGEST_BYTES), lock.checksum):
        yield _finding(lock_path, "lock-changed", "changed since the last build", fix)


def _left_out(rendered: _Rendered, lock: Lock, fix: str) -> Iterator[Finding]:
    for site in rendered.left_out:
        built = f"conf/{site.name}.config" in lock.outputs
        state = "still has the files of an earlier build" if built else "was never built"
        yield Finding(site.place, "not-built", f"{site.name} {state}, as its facts are not known", fix)


def _not_reproduced(profile: Path, lock: Lock) -> Finding:
    """The lock looks unchanged, but lists other outputs than this nfconfgen generates."""
    lock_path, fix = locks.path_for(profile), command(profile, "--offline")
    if lock.version != __version__:
        built = f"was built by nfconfgen {lock.version or 'unknown'}; {__version__} generates other files from it"
        return _finding(lock_path, "version", built, fix)
    other = f"lists outputs that this nfconfgen ({__version__}) does not generate from this profile and these facts"
    advice = "other code of the same version built it, or lock and outputs were edited together; to see the changes"
    return _finding(lock_path, "not-reproduced", other, f"{advice}: {fix} --dry-run")


def _hash(path: Path) -> str:
    try:
        return digest(read_bytes(path))
    except UnreadableError:  # _render reports it
        return ""


def _finding(path: Path, rule: str, message: str, advice: str) -> Finding:
    return Finding(Place(str(path)), rule, f"{path.name} {message}", advice)


def _of_error(path: Path, rule: str, error: NfconfgenError) -> Finding:
    return Finding(Place(str(path)), rule, str(error).removeprefix(f"{path}: "))
