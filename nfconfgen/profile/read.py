"""Reads a file as text, and refuses what is not a regular file of UTF-8 within a size."""

from __future__ import annotations

import os
from pathlib import Path

from nfconfgen import files
from nfconfgen.errors import UnreadableError

# a profile for 1,000 processes and 20 sites is much smaller
LARGEST_BYTES = 4 * 1024 * 1024


def read_text(path: Path, largest_bytes: int = LARGEST_BYTES, within: Path | str | None = None) -> str:
    """The text of a UTF-8 file, without a byte order mark. UnreadableError if there is none, or if links lead
    out of the folder `within`."""
    return decoded(path, read_bytes(path, largest_bytes, within))


def read_own(path: Path, largest_bytes: int = LARGEST_BYTES) -> str:
    """The same for a file that a repository brings: links must not lead out of that, or else of its folder."""
    folder = os.path.abspath(path.parent)  # noqa: PTH100 - the folder of a link, not of its target
    return read_text(path, largest_bytes, files.repository(folder) or folder)


def decoded(path: Path, data: bytes) -> str:
    """The content of a file as text. UnreadableError if it is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, byte = data.count(b"\n", 0, error.start) + 1, data[error.start]
        raise UnreadableError(f"{path}:{line}: not UTF-8 (byte {byte:#04x}): save the file as UTF-8") from error


def read_bytes(path: Path, largest_bytes: int = LARGEST_BYTES, within: Path | str | None = None) -> bytes:
    """The content of a regular file. UnreadableError if it cannot be read."""
    try:
        return files.read(path, largest_bytes, within=within)
    except IsADirectoryError as error:
        raise UnreadableError(f"{path}: is a directory: name the file in it, as in {path}/profile.yml") from error
    except OSError as error:
        cannot = "" if isinstance(error, files.UnfitError) else "cannot be read: "
        raise UnreadableError(f"{path}: {cannot}{files.reason(error)}") from error
    except ValueError:  # NUL, or half a surrogate pair
        raise UnreadableError(f"{str(path)!r}: cannot be read: no file has such a name") from None
