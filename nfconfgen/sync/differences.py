"""Outputs that are not what they should be, one finding each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from nfconfgen import files
from nfconfgen.facts.lock import Lock
from nfconfgen.fast.checksum import digest
from nfconfgen.fast.orphans import strays
from nfconfgen.fast.unchanged import executable
from nfconfgen.findings import Finding, Place
from nfconfgen.render.outputs import clash
from nfconfgen.sync.changes import Change
from nfconfgen.sync.fix_command import command


def from_build(profile: Path, changes: Sequence[Change], output: Place) -> Iterator[Finding]:
    """Where files differ from what a build makes of profile and lock; `output` is where that names the folder."""
    for change in changes:
        if change.foreign:
            yield clash(output, str(change.path))
        elif change.state != "unchanged":
            yield _finding(change, profile)


def from_record(profile: Path, lock: Lock) -> Iterator[Finding]:
    """Where files differ from what the last build wrote: all that can be said while the profile has errors."""
    fix = command(profile)
    for name, known in sorted(lock.outputs.items()):
        path = profile.parent / lock.output / name
        place = Place(str(path))
        try:
            if digest(files.read(path, within=profile.parent)) != known:
                yield Finding(place, "edited", "is not what the last build wrote", _bring_over(profile))
            elif executable(name) and not os.access(path, os.X_OK):
                yield Finding(place, "not-executable", "is not executable", fix)
        except (FileNotFoundError, NotADirectoryError):
            yield Finding(place, "missing", "is missing", fix)
        except OSError as error:
            yield Finding(place, "unreadable", "cannot be read", files.reason(error))
    folder = profile.parent / lock.output
    for name in strays(str(folder), profile.name, lock.outputs):
        yield Finding(Place(str(folder / name)), "left-over", "is left over", command(profile, "--force"))


def _finding(change: Change, profile: Path) -> Finding:
    fix = command(profile, "--offline")
    whole = Place(str(change.path))
    if change.before is None:
        return Finding(whole, "missing", "is missing", fix)
    if change.after is None:
        # a file that is deleted with --force is one that somebody may miss
        fix = command(profile, "--offline", "--force" if change.edited else "")
        return Finding(whole, "left-over", "is left over", fix)
    if change.before == change.after.encode():
        return Finding(whole, "not-executable", "is not executable", fix)
    place = _first_difference(change.path, change.before, change.after)
    if change.edited:
        return Finding(place, "edited", "is not what the last build wrote", _bring_over(profile, "--offline"))
    return Finding(place, "outdated", "is not what profile and lock now give", fix)


def _bring_over(profile: Path, *options: str) -> str:
    return f"bring the change into {profile.name}, then: {command(profile, *options, '--force')}"


def _first_difference(path: Path, before: bytes, after: str) -> Place:
    was = before.decode("utf-8", "replace")
    both = zip(was, after, strict=False)
    same = next((at for at, (one, other) in enumerate(both) if one != other), min(len(was), len(after)))
    return Place(str(path), was.count("\n", 0, same) + 1, same - was.rfind("\n", 0, same))
