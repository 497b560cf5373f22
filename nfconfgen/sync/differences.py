"""Findings on outputs that are not up to date, one for each file, and the command that fixes them."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from nfconfgen import files
from nfconfgen.conflicts.file_clash import clash
from nfconfgen.facts.lock import Lock
from nfconfgen.fast.checksum import digest
from nfconfgen.fast.orphans import strays
from nfconfgen.fast.unchanged import executable
from nfconfgen.findings import Finding, Place
from nfconfgen.sync.changes import Change

_LEFT_OVER = "is left over: a build no longer generates it"


def command(profile: Path, *options: str) -> str:
    """`nfconfgen build PROFILE OPTIONS`, quoted for a shell."""
    return " ".join(["nfconfgen build", shlex.quote(str(profile)), *filter(None, options)])


def from_build(profile: Path, changes: Sequence[Change], output: Place) -> Iterator[Finding]:
    """A finding for each file that a build would change; `output` is where the profile names the folder."""
    for change in changes:
        if change.foreign:
            yield clash(output, str(change.path))
        elif change.state != "unchanged":
            yield _finding(change, profile)


def from_record(profile: Path, lock: Lock) -> Iterator[Finding]:
    """A finding for each file that differs from what the last build wrote. Used while the profile has errors."""
    fix, folder = command(profile), profile.parent / lock.output
    for name, known in sorted(lock.outputs.items()):
        place = Place(str(folder / name))
        try:
            if digest(files.read(place.file, within=profile.parent)) != known:
                yield _edited(place, name, profile)
            elif executable(name) and not os.access(place.file, os.X_OK):
                yield Finding(place, "not-executable", f"{name} is not executable", fix)
        except (FileNotFoundError, NotADirectoryError):
            yield Finding(place, "missing", f"{name} is missing", fix)
        except OSError as error:
            yield Finding(place, "unreadable", f"{name} cannot be read", files.reason(error))
    for name in strays(str(folder), profile.name, lock.outputs):
        message = f"{name} {_LEFT_OVER}"
        yield Finding(Place(str(folder / name)), "left-over", message, command(profile, "--force"))


def in_the_way(changes: Sequence[Change], lock: Lock | None, output: Place, *, force: bool) -> list[Finding]:
    """A finding for each file that a build must not replace: foreign and, without `force`, edited ones."""
    found = []
    for change in changes:
        if change.foreign:
            found.append(clash(output, str(change.path)))
        elif change.edited and not force:
            known = lock is not None and change.name in lock.outputs
            message = "was edited since the last build" if known else "is from another build: no lock lists it"
            if change.after is None:
                message = "is left over and was edited"
            advice = "move the change into the profile, then build with --force to replace the file"
            found.append(Finding(Place(str(change.path)), "edited", f"{change.name} {message}", advice))
    return found


def _finding(change: Change, profile: Path) -> Finding:
    fix = command(profile, "--offline")
    name, whole = change.name, Place(str(change.path))
    if change.before is None:
        return Finding(whole, "missing", f"{name} is missing", fix)
    if change.after is None:
        # an edited file is deleted with --force only, as its content exists nowhere else
        fix = command(profile, "--offline", "--force" if change.edited else "")
        return Finding(whole, "left-over", f"{name} {_LEFT_OVER}", fix)
    if change.before == change.after.encode():
        return Finding(whole, "not-executable", f"{name} is not executable", fix)
    place = _first_difference(change.path, change.before, change.after)
    if change.edited:
        return _edited(place, name, profile, "--offline")
    return Finding(place, "outdated", f"{name} differs from what profile and lock give now", fix)


def _edited(place: Place, name: str, profile: Path, *options: str) -> Finding:
    advice = f"move the change into {profile.name}, then run: {command(profile, *options, '--force')}"
    return Finding(place, "edited", f"{name} was edited since the last build", advice)


def _first_difference(path: Path, before: bytes, after: str) -> Place:
    was = before.decode("utf-8", "replace")
    both = zip(was, after, strict=False)
    same = next((at for at, (one, other) in enumerate(both) if one != other), min(len(was), len(after)))
    return Place(str(path), was.count("\n", 0, same) + 1, same - was.rfind("\n", 0, same))
