"""Compares what a build makes with what is on disk: what would change, and what somebody has edited."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nfconfgen.errors import UnreadableError

if TYPE_CHECKING:
    from nfconfgen.transaction import Write

State = Literal["new", "changed", "removed", "unchanged"]


@dataclass(frozen=True, slots=True)
class Change:
    """What a build does to one file. `before` and `after` are None where there is no file.

    `edited`: what is on disk was not written by a build, so it must not be lost.
    """

    name: str
    path: Path
    before: bytes | None
    after: str | None
    executable: bool
    edited: bool
    mode_differs: bool = False

    @property
    def state(self) -> State:
        if self.after is None:
            return "removed"
        if self.before is None:
            return "new"
        same = self.before == self.after.encode() and not self.mode_differs
        return "unchanged" if same else "changed"

    def write(self) -> Write:
        from nfconfgen.transaction import Write  # who compares only does not write

        return Write(self.path, self.after, self.executable)

    def diff(self) -> list[str]:
        """From what is on disk to what the build makes, as the lines of a unified diff."""
        import difflib

        before = (self.before or b"").decode("utf-8", "replace").split("\n")
        after = (self.after or "").split("\n")
        names = (f"{self.name} (on disk)", f"{self.name} (this build)")
        return list(difflib.unified_diff(before, after, *names, lineterm=""))


def digest(text: str | bytes) -> str:
    """The SHA-256 by which the lock knows a file."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def compare(
    folder: Path, made: Mapping[str, str], written: Mapping[str, str], executables: Iterable[str]
) -> list[Change]:
    """What a build of `made` does in this folder. `written` are the hashes of what the last build wrote."""
    executable = set(executables)
    changes = []
    for name in sorted({*made, *written}):
        path = folder / name
        before = _read(path)
        after = made.get(name)
        if before is None and after is None:
            continue
        ours = before is None or (after is not None and before == after.encode())
        edited = not ours and before is not None and digest(before) != written.get(name)
        mode_differs = name in executable and before is not None and not os.access(path, os.X_OK)
        changes.append(Change(name, path, before, after, name in executable, edited, mode_differs))
    return changes


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnreadableError(
            f"{path}: stands where a file is to be written, and cannot be read: {reason}"
        ) from error
