"""Writes each file next to its target first, so that only moving it is left to do."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nfconfgen import files
from nfconfgen.errors import WriteError

_ANYTHING = object()


@dataclass(frozen=True, slots=True)
class Write:
    """A file to write, or to delete if `text` is None. `before`: its content when that was decided, None for no
    file."""

    target: Path
    text: str | None
    executable: bool = False
    before: object = _ANYTHING

    @property
    def new(self) -> Path:
        return self.target.parent / f".{self.target.name}.nfconfgen-new"

    @property
    def old(self) -> Path:
        return self.target.parent / f".{self.target.name}.nfconfgen-old"


def unchanged(writes: Iterable[Write]) -> None:
    """WriteError if another process, such as a second build, has written in the meantime."""
    for write in writes:
        now = _now(write.target) if write.before is not _ANYTHING else write.before
        if now != write.before and now != (None if write.text is None else write.text.encode()):
            raise WriteError(f"nothing was written: {write.target} has changed since it was read: build again")


def _now(target: Path) -> bytes | None:
    try:
        return files.read(target)
    except (FileNotFoundError, NotADirectoryError):
        return None


def stage(writes: Iterable[Write]) -> None:
    for write in writes:
        discard([write])
        for left in filter(os.path.lexists, (write.new, write.old)):  # a folder, say
            raise FileExistsError(errno.EEXIST, "is in the way", str(left))
        if os.path.lexists(write.target):
            _second_name(write)
        if write.text is not None:
            write.target.parent.mkdir(parents=True, exist_ok=True)
            files.create(write.new, write.text.encode(), 0o777 if write.executable else 0o666)


def _second_name(write: Write) -> None:
    try:
        os.link(write.target, write.old, follow_symlinks=False)
    except OSError:  # a file system without hard links
        shutil.copy2(write.target, write.old, follow_symlinks=False)


def as_staged(write: Write) -> bool:
    """Whether this is still to be done, and the file has not changed since it was staged."""
    if write.text is not None and not os.path.lexists(write.new):
        return False
    with suppress(OSError):
        return not os.path.lexists(write.target) or files.read(write.target) == files.read(write.old)
    return False


def discard(writes: Iterable[Write]) -> None:
    for write in writes:
        for path in (write.new, write.old):
            with suppress(OSError):
                path.unlink()
