"""The journal of a build: the files it is about to change, on disk before it changes the first of them.

A clone may contain a file of this name that somebody else wrote. So a journal records its own inode, machine and
user. It is followed only if these match, git does not track it, and a build here may write every file it names.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nfconfgen import files
from nfconfgen.errors import WriteError
from nfconfgen.trusted import tracked

COMMIT = b"\ncommit\n"
_FORMAT = 1

Entry = tuple[Path, bool]
"""A file to write, or to delete (True)."""


def record(descriptor: int, journal: Path, entries: Sequence[Entry]) -> bytes:
    """The content of the journal that is open here, for these files."""
    listed = [[os.path.relpath(target, journal.parent), delete] for target, delete in entries]
    return json.dumps({**_here(descriptor), "writes": listed}).encode()


def entries(descriptor: int, journal: Path, within: Sequence[Path]) -> tuple[list[Entry], bool]:
    """The entries of a journal that was left behind, and whether all files were ready to be moved into place. None if
    the build was interrupted before it changed anything. `within`: folders that it may name besides its own.

    WriteError if it must not be followed."""
    try:
        content = files.content(descriptor)
    except OSError as error:
        raise refused(journal, files.reason(error)) from error
    if not content:
        return [], False
    why = _foreign(descriptor, journal)
    if why:
        raise refused(journal, why)
    text, committed, _ = content.partition(COMMIT)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        if committed:
            raise refused(journal, "is no journal of a build") from error
        return [], False  # it was only partly written, so nothing else was written
    return _listed(data, _here(descriptor), journal, within), bool(committed)


def refusal(journal: Path) -> str:
    """Why a build would not follow this journal; empty if it would."""
    try:
        descriptor = files.opened(journal, os.O_RDONLY, files.LARGEST_BYTES, follow=False)
    except OSError as error:
        return str(refused(journal, files.reason(error)))
    try:
        entries(descriptor, journal, ())
    except WriteError as error:
        return str(error)
    finally:
        os.close(descriptor)
    return ""


def refused(journal: Path, why: str) -> WriteError:
    advice = "if no build of yours was interrupted here, it is not yours: delete it, and build again"
    return WriteError(f"{journal}: {why}, so it is not followed: {advice}")


def _listed(data: Any, here: dict[str, Any], journal: Path, within: Sequence[Path]) -> list[Entry]:
    try:
        same_machine = data["host"] == here["host"] or data["boot"] == here["boot"] != ""
        same = same_machine and all(data[key] == here[key] for key in ("format", "user", "file"))
        writes = [(str(name), bool(delete)) for name, delete in data["writes"]]
    except (TypeError, KeyError, ValueError) as error:
        raise refused(journal, "is no journal of a build") from error
    if not same:
        raise refused(journal, "was not written here by this user on this machine")
    listed = []
    for name, delete in writes:
        target = Path(os.path.normpath(journal.parent / name))
        if not _may_be_written(target, journal, within):
            raise refused(journal, f"names {name[:200]!a}, which no build of this profile into its own folder writes")
        listed.append((target, delete))
    return listed


def _may_be_written(target: Path, journal: Path, within: Sequence[Path]) -> bool:
    """Whether this is the lock, or an output somewhere below one of these folders and not through a link."""
    if target == Path(os.path.normpath(journal.parent)) / lock_name(journal):
        return True
    for folder in (journal.parent, *within):
        below = os.path.relpath(target, folder) if "\0" not in str(target) else ""
        parts = below.split("/")
        ends = ("/".join(parts[-length:]) for length in (2, 3))
        if files.stays_below(below) and any(map(files.is_output, ends)) and files.inside(folder, target.parent):
            return True
    return False


def lock_name(journal: Path) -> str:
    """The lock that a build with this journal writes."""
    return files.lock_name(journal.name.removeprefix(".").rpartition(".")[0])


def _foreign(descriptor: int, journal: Path) -> str:
    """Why this file does not belong to a build of this user; empty if it may."""
    owner = os.fstat(descriptor).st_uid
    if owner != os.geteuid():
        return f"belongs to another user (number {owner})"
    # if git gives no answer, the other checks have to suffice
    return "is tracked by git, as no build's journal is" if tracked(journal) else ""


def _here(descriptor: int) -> dict[str, Any]:
    """Identifies user, machine (also after a restart) and this file; a copy or a checkout has another inode."""
    return {
        "format": _FORMAT,
        "host": os.uname().nodename,
        "boot": _boot(),
        "user": os.geteuid(),
        "file": os.fstat(descriptor).st_ino,
    }


def _boot() -> str:
    return files.start("/proc/sys/kernel/random/boot_id", 64).decode("ascii", "replace").strip()
