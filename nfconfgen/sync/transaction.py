"""Writes a set of files as one: all of them or none, also when the process is killed half way.

1. The journal names every file to come. It is locked, so that one build runs at a time.
2. Each new text is written beside its target; each old file gets a second name.
3. `commit` in the journal: from here on the new set is what counts.
4. A process of its own, in a session of its own, moves all into place; who kills the build does not hit it.

A journal found later is a build that was cut off: with `commit` in it (and its last process lost as well, as in a
power cut) its work is finished, without it is undone; if it is this user's own, see journal.py.
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
    """Makes all the changes. WriteError if that cannot be, or a file is not what it was; then nothing has changed.
    `within`: folders that a journal found here may name besides its own."""
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
    """Everything up to the point where the new set is what counts."""
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
    """Finishes, or undoes, a build that was cut off. True if there was one; WriteError if its journal is not to be
    followed."""
    if not pending(journal):
        return False
    held = _lock(journal)
    try:
        _recover(held, journal, within)
        journal.unlink()
    finally:
        os.close(held)
    return True


def pending(journal: Path) -> bool:
    """Whether a build was cut off here, or is at work."""
    return os.path.lexists(journal)


def _lock(journal: Path) -> int:
    """The journal, opened and locked. WriteError if another build holds it, or no journal can be there."""
    try:
        journal.parent.mkdir(parents=True, exist_ok=True)
        while True:
            held = _opened(journal)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                os.close(held)
                raise WriteError(f"{journal.parent}: another build is writing here: wait for it to end") from error
            with suppress(FileNotFoundError):
                if os.stat(journal, follow_symlinks=False).st_ino == os.fstat(held).st_ino:
                    return held
            os.close(held)  # the build that held it has just ended, and taken the file with it
    except OSError as error:
        raise WriteError(f"{journal.parent}: cannot be written to: {files.reason(error)}") from error


def _opened(journal: Path) -> int:
    try:
        return files.opened(journal, os.O_RDWR | os.O_CREAT, files.LARGEST_BYTES, follow=False)
    except OSError as error:
        if pending(journal):
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
            message = f"{journal}: the build that was cut off here cannot be finished"
            raise WriteError(f"{message}: {error.filename or journal}: {files.reason(error)}") from error
    discard(writes)


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
