"""Writes a set of files as one: all of them or none, also when the process is killed half way.

1. The journal names every file to come. It is locked, so that one build runs at a time.
2. Each new text is written beside its target; each old file gets a second name.
3. `commit` in the journal: from here on the new set is what counts.
4. A process of its own, in a session of its own, moves all into place; who kills the build does not hit it.

A journal found later is a build that was cut off: with `commit` in it (and its last process lost as well, as in a
power cut) its work is finished, without it is undone.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nfconfgen.errors import WriteError

_COMMIT = b"\ncommit\n"


@dataclass(frozen=True, slots=True)
class Write:
    """A file to write, None as text: to delete."""

    target: Path
    text: str | None
    executable: bool = False

    @property
    def new(self) -> Path:
        return self.target.with_name(f".{self.target.name}.nfconfgen-new")

    @property
    def old(self) -> Path:
        return self.target.with_name(f".{self.target.name}.nfconfgen-old")


def commit(writes: Sequence[Write], journal: Path) -> None:
    """Makes all the changes. WriteError if that cannot be; then nothing has changed."""
    try:
        held = _lock(journal)
    except OSError as error:
        raise WriteError(f"{journal.parent}: cannot be written to: {_reason(error)}") from error
    try:
        _recover(held, journal)
        _prepare(held, journal, writes)
        failed = _in_own_process(writes, journal)
    finally:
        os.close(held)
    if failed:
        raise WriteError(f"nothing was written: {failed}")


def _prepare(held: int, journal: Path, writes: Sequence[Write]) -> None:
    """Everything up to the point where the new set is what counts."""
    try:
        _record(held, journal, writes)
        _stage(writes)
        os.pwrite(held, _COMMIT, os.fstat(held).st_size)
        os.fsync(held)
    except BaseException as error:
        _discard(writes)
        journal.unlink()
        if isinstance(error, OSError):
            raise WriteError(f"nothing was written: {error.filename or journal}: {_reason(error)}") from error
        raise


def recover(journal: Path) -> bool:
    """Finishes, or undoes, a build that was cut off. True if there was one."""
    if not journal.exists():
        return False
    held = _lock(journal)
    try:
        _recover(held, journal)
        journal.unlink()
    finally:
        os.close(held)
    return True


def pending(journal: Path) -> bool:
    """Whether a build was cut off here."""
    return journal.exists()


def _lock(journal: Path) -> int:
    """The journal, opened and locked. WriteError if another build holds it."""
    journal.parent.mkdir(parents=True, exist_ok=True)
    while True:
        held = os.open(journal, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(held)
            raise WriteError(f"{journal.parent}: another build is writing here: wait for it to end") from error
        with suppress(FileNotFoundError):
            if os.stat(journal).st_ino == os.fstat(held).st_ino:
                return held
        os.close(held)  # the build that held it has just ended, and taken the file with it


def _record(held: int, journal: Path, writes: Iterable[Write]) -> None:
    base = journal.parent
    entries = [[os.path.relpath(write.target, base), write.text is None] for write in writes]
    os.ftruncate(held, 0)
    os.pwrite(held, json.dumps(entries).encode(), 0)
    os.fsync(held)


def _recover(held: int, journal: Path) -> None:
    content = os.pread(held, os.fstat(held).st_size, 0)
    recorded, committed, _ = content.partition(_COMMIT)
    try:
        entries = json.loads(recorded)
    except ValueError:
        return  # cut off before anything was staged
    writes = [Write(journal.parent / target, None if delete else "") for target, delete in entries]
    if committed:
        _apply([write for write in writes if write.text is None or write.new.exists()])
    _discard(writes)


def _stage(writes: Iterable[Write]) -> None:
    for write in writes:
        _discard([write])
        if write.target.exists():
            _second_name(write)
        if write.text is not None:
            write.target.parent.mkdir(parents=True, exist_ok=True)
            _write_new(write, write.text.encode())


def _second_name(write: Write) -> None:
    try:
        os.link(write.target, write.old)
    except OSError:  # a file system without hard links
        shutil.copy2(write.target, write.old)


def _write_new(write: Write, data: bytes) -> None:
    mode = 0o777 if write.executable else 0o666
    descriptor = os.open(write.new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _in_own_process(writes: Sequence[Write], journal: Path) -> str:
    """Applies the changes where no signal to this process reaches; what went wrong, or nothing."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os._exit(_child(writes, journal, writer))
    os.close(writer)
    with open(reader, encoding="utf-8") as pipe:
        message = pipe.read()
    status = 0
    with suppress(ChildProcessError):
        _, status = os.waitpid(child, 0)
    if status and not message:
        return f"the process that moves the files was killed ({status}): build again to finish its work"
    return message


def _child(writes: Sequence[Write], journal: Path, writer: int) -> int:
    failed = 0
    try:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        _apply(writes)
        _discard(writes)
    except OSError as error:
        _undo(writes)
        os.write(writer, f"{error.filename}: {_reason(error)}".encode())
        failed = 1
    journal.unlink()
    return failed


def _apply(writes: Iterable[Write]) -> None:
    for write in writes:
        if write.text is not None:
            os.replace(write.new, write.target)
        else:
            with suppress(FileNotFoundError):
                os.unlink(write.target)
    for folder in {write.target.parent for write in writes if write.target.parent.is_dir()}:
        sync_folder(folder)


def _undo(writes: Iterable[Write]) -> None:
    for write in writes:
        with suppress(OSError):
            if write.old.exists():
                os.replace(write.old, write.target)
            elif write.text is not None and not write.new.exists():
                write.target.unlink()
    _discard(writes)


def _discard(writes: Iterable[Write]) -> None:
    for write in writes:
        for path in (write.new, write.old):
            with suppress(FileNotFoundError, NotADirectoryError):
                path.unlink()


def sync_folder(folder: Path) -> None:
    """Names in this folder are on disk when this returns."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
