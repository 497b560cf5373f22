"""Writes all of a set of files or none, even if the process is killed halfway.

1. The journal names every file to be changed. It is locked, so that one build runs at a time.
2. Each new text is written next to its target; each old file gets a second name.
3. `commit` is added to the journal: from here on the new set is valid.
4. A separate process in its own session moves all files into place, so that killing the build does not stop it.

A journal found later belongs to an interrupted build. With `commit` in it (the last process was lost too, as in a
power cut) the work is finished, else undone; provided that the journal is this user's own, see journal.py.
"""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from nfconfgen import files
from nfconfgen.errors import WriteError
from nfconfgen.sync import journal as journals
from nfconfgen.sync.staging import Write, as_staged, discard, stage, unchanged


def commit(writes: Sequence[Write], journal: Path, within: Sequence[Path] = ()) -> None:
    """Makes all changes. WriteError if that is impossible or a file has changed; then nothing was written. `within`:
    folders that a journal found here may name besides its own."""
    held = _lock(journal)
    try:
        _recover(held, journal, within)
        _prepare(held, journal, writes)
        failed = _in_own_process(writes, journal)
    finally:
        os.close(held)
    if failed:
        raise WriteError(f"nothing was written: {failed}")


def _prepare(held: int, journal: Path, writes: Sequence[Write]) -> None:
    """All up to the point where the new set is valid."""
    try:
        unchanged(writes)
        _record(held, journal, writes)
        stage(writes)
        os.pwrite(held, journals.COMMIT, os.fstat(held).st_size)
        os.fsync(held)
    except BaseException as error:
        discard(writes)
        journal.unlink()
        if isinstance(error, OSError):
            raise WriteError(f"nothing was written: {error.filename or journal}: {files.reason(error)}") from error
        raise


def recover(journal: Path, within: Sequence[Path] = ()) -> bool:
    """Finishes or undoes an interrupted build. True if there was one; WriteError if its journal must not be
    followed."""
    if not os.path.lexists(journal):
        return False
    held = _lock(journal)
    try:
        _recover(held, journal, within)
        journal.unlink()
    finally:
        os.close(held)
    return True


def _lock(journal: Path) -> int:
    """The journal, opened and locked. WriteError if another build holds it, or it cannot be written."""
    try:
        journal.parent.mkdir(parents=True, exist_ok=True)
        while True:
            held = _opened(journal)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                os.close(held)
                raise WriteError(f"{journal.parent}: another build is writing here: wait until it ends") from error
            with suppress(FileNotFoundError):
                if os.stat(journal, follow_symlinks=False).st_ino == os.fstat(held).st_ino:
                    return held
            os.close(held)  # the build that held it has just ended and deleted the file
    except OSError as error:
        raise WriteError(f"{journal.parent}: cannot be written to: {files.reason(error)}") from error


def _opened(journal: Path) -> int:
    try:
        return files.opened(journal, os.O_RDWR | os.O_CREAT, files.LARGEST_BYTES, follow=False)
    except OSError as error:
        if os.path.lexists(journal):
            raise journals.refused(journal, files.reason(error)) from error
        raise


def _record(held: int, journal: Path, writes: Iterable[Write]) -> None:
    recorded = journals.record(held, journal, [(write.target, write.text is None) for write in writes])
    os.ftruncate(held, 0)
    os.pwrite(held, recorded, 0)
    os.fsync(held)


def _recover(held: int, journal: Path, within: Sequence[Path]) -> None:
    entries, committed = journals.entries(held, journal, within)
    writes = [Write(target, None if delete else "") for target, delete in entries]
    if committed:
        try:
            _apply([write for write in writes if as_staged(write)])
        except OSError as error:
            message = f"{journal}: the interrupted build cannot be finished"
            raise WriteError(f"{message}: {error.filename or journal}: {files.reason(error)}") from error
    discard(writes)


def _in_own_process(writes: Sequence[Write], journal: Path) -> str:
    """Applies the changes in a process that signals to this one do not reach. What went wrong; empty on success."""
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
        discard(writes)
    except OSError as error:
        _undo(writes)
        os.write(writer, f"{error.filename}: {files.reason(error)}".encode())
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
        files.sync_folder(folder)


def _undo(writes: Iterable[Write]) -> None:
    for write in writes:
        with suppress(OSError):
            if os.path.lexists(write.old):
                os.replace(write.old, write.target)
            elif write.text is not None and not os.path.lexists(write.new):
                write.target.unlink()
    discard(writes)
