"""The standard streams, such that nothing printed is a bug: closed ones, full disks, readers that have gone, and
signs that the terminal's encoding has not."""

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
    """To be called once, before anything is printed or opened."""
    _open_closed_ones()
    sys.stdout = _writer(_Results, 1, sys.stdout)
    sys.stderr = _writer(_Stream, 2, sys.stderr)


def _open_closed_ones() -> None:
    """So that no file gets their numbers. Each is opened the wrong way round: to use it fails, as of a closed one."""
    for number, flags in enumerate((os.O_WRONLY, os.O_RDONLY, os.O_RDONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)  # the lowest number that is free


def _writer(kind: type[_Stream], number: int, stream: TextIO | None) -> TextIO:
    encoding = stream.encoding if stream is not None else "utf-8"
    buffered = io.BufferedWriter(kind(number, "w", closefd=False))
    # a sign that cannot be encoded is shown by its number
    return io.TextIOWrapper(buffered, encoding, "backslashreplace", line_buffering=True)


class _Stream(io.FileIO):
    """Takes what it is given, at once or as soon as the reader has read: who started us may have made it
    non-blocking."""

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
        """Nothing: where stderr cannot be written to, there is nobody to tell."""


class _Results(_Stream):
    """Stdout. What cannot be written ends the program: whoever asked does not get it. Raised once, as Python tries
    again on its way out."""

    _raised = False

    def failed(self, error: OSError) -> None:
        if self._raised:
            return
        self._raised = True
        if isinstance(error, BrokenPipeError):
            raise GoneError from error
        reason = files.reason(error)
        raise OutputError(f"standard output cannot be written to: {reason}") from error
