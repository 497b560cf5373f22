"""Standard streams on which printing never fails as a bug: if they are closed, the disk is full, the reader is gone,
or the terminal's encoding lacks a character."""

from __future__ import annotations

import io
import os
import sys

from nfconfgen import files
from nfconfgen.errors import GoneError, OutputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


def prepare() -> None:
    """Replaces the streams. To be called once, before anything is printed or opened."""
    _open_closed_ones()
    sys.stdout = _writer(_Results, 1, sys.stdout)
    sys.stderr = _writer(_Stream, 2, sys.stderr)


def _open_closed_ones() -> None:
    """Opens closed streams, so that no file gets their numbers; in the wrong mode, so that using them still fails."""
    for number, flags in enumerate((os.O_WRONLY, os.O_RDONLY, os.O_RDONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)  # the lowest number that is free


def _writer(kind: type[_Stream], number: int, stream: TextIO | None) -> TextIO:
    encoding = stream.encoding if stream is not None else "utf-8"
    buffered = io.BufferedWriter(kind(number, "w", closefd=False))
    # a character that cannot be encoded is printed as its number
    return io.TextIOWrapper(buffered, encoding, "backslashreplace", line_buffering=True)


class _Stream(io.FileIO):
    """Waits until the reader has read: the calling program may have made the stream non-blocking."""

    def write(self, data: object, /) -> int:
        content: memoryview = memoryview(data)  # type: ignore[arg-type]
        try:
            while (written := super().write(content)) is None:
                import select

                select.select([], [self], [])
        except OSError as error:
            self.failed(error)
            return content.nbytes
        return written

    def failed(self, error: OSError) -> None:
        """Ignores it: if stderr cannot be written to, it cannot be reported."""


class _Results(_Stream):
    """Stdout. An error ends the program, as its result is lost. Raised once, as Python tries to write again at
    exit."""

    _raised = False

    def failed(self, error: OSError) -> None:
        if self._raised:
            return
        self._raised = True
        if isinstance(error, BrokenPipeError):
            raise GoneError from error
        reason = files.reason(error)
        raise OutputError(f"standard output cannot be written to: {reason}") from error
