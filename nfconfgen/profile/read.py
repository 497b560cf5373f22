"""Reads a profile's text, refusing early what can be no profile."""

from __future__ import annotations

import stat
from pathlib import Path

from nfconfgen.errors import UnreadableError

# a profile for 1,000 processes and 20 sites stays well below
LARGEST_BYTES = 4 * 1024 * 1024


def read_text(path: Path, largest_bytes: int = LARGEST_BYTES) -> str:
    """The text of a UTF-8 file (a byte order mark is dropped). UnreadableError says why there is none."""
    return decoded(path, read_bytes(path, largest_bytes))


def decoded(path: Path, data: bytes) -> str:
    """What was read of a file, as text. UnreadableError where it is none."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableError(
            f"{path}:{line}: not UTF-8 (byte {data[error.start]:#04x}): save the file as UTF-8"
        ) from error


def read_bytes(path: Path, largest_bytes: int = LARGEST_BYTES) -> bytes:
    """The content of a regular file. UnreadableError says why there is none."""
    try:
        return _checked(path, largest_bytes)
    except OSError as error:
        raise UnreadableError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from error
    except ValueError:  # NUL, or half a surrogate pair
        raise UnreadableError(f"{str(path)!r}: cannot be read: no file has such a name") from None


def _checked(path: Path, largest_bytes: int) -> bytes:
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise UnreadableError(f"{path}: is a directory: name the file in it, as in {path}/profile.yml")
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableError(f"{path}: is not a regular file")
    if status.st_size > largest_bytes:
        raise UnreadableError(
            f"{path}: is {status.st_size / 1e6:.0f} MB large: more than {largest_bytes / 1e6:.0f} MB is not read"
        )
    return path.read_bytes()
