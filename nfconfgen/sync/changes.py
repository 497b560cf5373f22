"""Compares what a build generates with what is on disk: what would change, and what was edited."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nfconfgen import files
from nfconfgen.errors import UnreadableError
from nfconfgen.fast.checksum import digest
from nfconfgen.fast.orphans import marked
from nfconfgen.fast.unchanged import executable

if TYPE_CHECKING:
    from nfconfgen.sync.staging import Write

State = Literal["new", "changed", "removed", "unchanged"]


@dataclass(frozen=True, slots=True)
class Change:
    """What a build does to one file. `before` and `after` are None where there is no file.

    `edited`: no build wrote the present content, so it must not be lost. `foreign`: no build ever wrote the file, so
    it is not replaced even with --force. `ours`: it bears the mark of a build, so its content may be shown.
    """

    name: str
    path: Path
    before: bytes | None
    after: str | None
    edited: bool
    mode_differs: bool = False
    foreign: bool = False
    ours: bool = True

    @property
    def state(self) -> State:
        if self.after is None:
            return "removed"
        if self.before is None:
            return "new"
        same = self.before == self.after.encode() and not self.mode_differs
        return "unchanged" if same else "changed"

    def write(self) -> Write:
        from nfconfgen.sync.staging import Write  # a comparison does not need it

        return Write(self.path, self.after, executable(self.name), self.before)

    def diff(self) -> list[str]:
        """The lines of a unified diff from disk to build; none for a file that is not ours."""
        if not self.ours:
            return []
        import difflib

        before = (self.before or b"").decode("utf-8", "replace").split("\n")
        after = (self.after or "").split("\n")
        names = (f"{self.name} (on disk)", f"{self.name} (this build)")
        return list(difflib.unified_diff(before, after, *names, lineterm=""))


def compare(
    folder: Path,
    made: Mapping[str, str],
    written: Mapping[str, str],
    within: Path,
) -> list[Change]:
    """What a build of `made` does in this folder. `written`: hashes of what the last build wrote. `within`: the
    folder that no link may lead out of."""
    changes = []
    for name in sorted({*made, *written}):
        path = folder / name
        before = _read(path, within)
        after = made.get(name)
        if before is None:
            if after is not None:
                changes.append(Change(name, path, before, after, edited=False))
            continue
        same = after is not None and before == after.encode()
        edited = not same and digest(before) != written.get(name)
        ours = marked(name, before)
        if after is None and not ours and (edited or not name.endswith(".json")):
            continue  # the user has taken it over, or the lock is wrong: all but params files bear a mark
        mode_differs = executable(name) and not os.access(path, os.X_OK)
        foreign = edited and not ours and name not in written
        changes.append(Change(name, path, before, after, edited, mode_differs, foreign, ours))
    return changes


def _read(path: Path, within: Path) -> bytes | None:
    try:
        if not files.inside(within, path.parent):
            raise files.UnfitError(errno.ELOOP, f"leads out of {within} through a link")
        return files.read(path, within=within)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = files.reason(error)
        raise UnreadableError(f"{path}: is in the way of a generated file, and cannot be read: {reason}") from error
