"""The standard streams, such that nothing printed is a bug: closed ones, full disks, readers that have gone, and
signs that the terminal's encoding has not."""

from __future__ import annotations

import io
import os
import sys

from nfconfgen.errors import GoneError, OutputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


def prepare() -> None:
    """To be called once, before anything is printed or opened."""
    _open_closed_ones()
    sys.stdout = _writer(_Results, 1, sys.stdout)
    sys.stderr = _writer(_Words, 2, sys.stderr)


def _open_closed_ones() -> None:
    """So that no file gets their numbers. Each is opened the wrong way round: using it fails, as with a closed one."""
    for number, flags in enumerate((os.O_WRONLY, os.O_RDONLY, os.O_RDONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)  # the lowest number that is free


def _writer(kind: type[_Results] | type[_Words], number: int, stream: TextIO | None) -> TextIO:
    encoding = stream.encoding if stream is not None else "utf-8"
    buffered = io.BufferedWriter(kind(number, "w", closefd=False))
    # what cannot be encoded is shown by its number; JSON reads that as the same sign
    return io.TextIOWrapper(buffered, encoding, "backslashreplace", line_buffering=True)


class _Results(io.FileIO):
    """Stdout. What cannot be written ends the program: whoever asked does not get it. Said once; python itself tries
    again on its way out."""

    _deaf = False

    def write(self, data: object, /) -> int:
        content: memoryview = memoryview(data)  # type: ignore[arg-type]
        if self._deaf:
            return content.nbytes
        try:
            return super().write(content) or 0
        except OSError as error:
            self._deaf = True
            if isinstance(error, BrokenPipeError):
                raise GoneError from error
            reason = (error.strerror or str(error)).lower()
            raise OutputError(f"standard output cannot be written to: {reason}") from error


class _Words(io.FileIO):
    """Stderr. Where it cannot be written to there is nobody to tell."""

    def write(self, data: object, /) -> int:
        content: memoryview = memoryview(data)  # type: ignore[arg-type]
        try:
            return super().write(content) or 0
        except OSError:
            return content.nbytes
