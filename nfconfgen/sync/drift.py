"""What is out of step, looked at closely: the profile is judged, planned from the lock, rendered and compared."""

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
from nfconfgen.files import LARGEST_BYTES, journal_name
from nfconfgen.findings import Finding, Place, has_errors
from nfconfgen.profile.read import read_bytes
from nfconfgen.render.outputs import outputs
from nfconfgen.sync import differences
from nfconfgen.sync.build_changes import changes, lock_of
from nfconfgen.sync.changes import Change
from nfconfgen.sync.fix_command import command


@dataclass(frozen=True, slots=True)
class _Rendered:
    """The profile's own findings, and what an offline build would change and the lock it would leave: None if the
    findings forbid a build."""

    findings: tuple[Finding, ...]
    changes: tuple[Change, ...] | None = None
    output: Place | None = None
    lock: Lock | None = None


def drift(profile: Path) -> list[Finding]:
    """All that is out of step, each with the command that mends it, and all that is wrong with the profile. Where
    nothing is, that is remembered."""
    try:
        return _drift(profile, locks.path_for(profile))
    except NfconfgenError as error:  # of a lock whose parts do not go together
        return [_told(locks.path_for(profile), "lock", error)]


def _drift(profile: Path, lock_path: Path) -> list[Finding]:
    if not os.path.lexists(profile):
        gone = "is gone, but its lock and outputs are not"
        return [_finding(profile, "profile-missing", gone, f"restore it, or delete {lock_path} and the outputs")]
    try:
        lock = read_lock(profile)
    except (LockError, UnreadableError) as error:
        return [*_render(profile, None).findings, _told(lock_path, "lock", error)]
    judged = _render(profile, lock)
    if lock is None:
        never = f"was never built, or lost its {lock_path.name}"
        return [*judged.findings, _finding(profile, "never-built", never, command(profile))]
    fix = command(profile, "" if judged.changes is None else "--offline")
    causes = list(_causes(profile, lock, fix))
    found = [*_interrupted(profile, lock, fix), *causes, *judged.findings]
    if not causes and judged.lock is not None and judged.lock.outputs != lock.outputs:
        found.append(_not_reproduced(profile, lock))
    if judged.changes is None:
        return [*found, *differences.from_record(profile, lock)]
    *made, own = judged.changes
    found += differences.from_build(profile, made, judged.output or Place(str(profile)))
    if not has_errors(found) and own.state != "unchanged":
        # everything agrees but the lock's bytes
        found.append(_finding(lock_path, "lock-changed", "is not what the build writes", fix))
    if not has_errors(found) and own.before is not None:
        remember_rendered(str(profile), own.before)
    return found


def _render(profile: Path, lock: Lock | None) -> _Rendered:
    try:
        found = assess(profile, Ask(lock=lambda _: lock, needs_facts=False))
        content = read_bytes(profile)
    except UnreadableError as error:
        return _Rendered((_told(profile, "unreadable", error),))
    findings, loaded, plan, gathered = found.findings, found.profile, found.sound_plan, found.gathered
    if lock is None or loaded is None or plan is None or gathered is None:
        return _Rendered(findings)
    texts = outputs(plan)
    after = lock_of(content, loaded, lock, gathered.known, texts)
    folder = profile.parent / loaded.output
    try:
        made = changes(profile, folder, texts, lock, after)
    except UnreadableError as error:
        return _Rendered((*findings, _told(folder, "unreadable", error)))
    return _Rendered(findings, tuple(made), loaded.output_place, after)


def _interrupted(profile: Path, lock: Lock, fix: str) -> Iterator[Finding]:
    journals = {folder / journal_name(profile.stem) for folder in (profile.parent, profile.parent / lock.output)}
    for journal in sorted(journals):
        if os.path.lexists(journal):
            yield _cut_off(journal, fix)


def _cut_off(journal: Path, fix: str) -> Finding:
    from nfconfgen.sync.journal import refusal

    why = refusal(journal)
    if why:
        return _finding(journal, "interrupted", why.removeprefix(f"{journal}: "), "")
    return _finding(journal, "interrupted", "a build was cut off, or is still writing", f"wait, or: {fix}")


def _causes(profile: Path, lock: Lock, fix: str) -> Iterator[Finding]:
    """Why outputs may differ: profile or lock have changed since the last build."""
    lock_path = locks.path_for(profile)
    if _hash(profile) != lock.profile:
        yield _finding(profile, "profile-changed", "changed since the last build", fix)
    if not fits(read_bytes(lock_path, LARGEST_BYTES), lock.checksum):
        yield _finding(lock_path, "lock-changed", "changed since the last build", fix)


def _not_reproduced(profile: Path, lock: Lock) -> Finding:
    """The lock is as a build left it, or as somebody made it look, and says that this profile gave other outputs."""
    lock_path, fix = locks.path_for(profile), command(profile, "--offline")
    if lock.version != __version__:
        built = f"was built by nfconfgen {lock.version or 'unknown'}; {__version__} makes other files of the same"
        return _finding(lock_path, "version", built, fix)
    other = f"names outputs that this nfconfgen ({__version__}) does not make of this profile and these facts"
    advice = "other code of the same version built it, or lock and outputs were edited together; what would change"
    return _finding(lock_path, "not-reproduced", other, f"{advice}: {fix} --dry-run")


def _hash(path: Path) -> str:
    try:
        return digest(read_bytes(path))
    except UnreadableError:  # told by whoever judges it
        return ""


def _finding(path: Path, rule: str, message: str, advice: str) -> Finding:
    return Finding(Place(str(path)), rule, message, advice)


def _told(path: Path, rule: str, error: NfconfgenError) -> Finding:
    return Finding(Place(str(path)), rule, str(error).removeprefix(f"{path}: "))
