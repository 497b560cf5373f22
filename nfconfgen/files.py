"""Opens the files of a repository and checks their paths. Every check needs this module, so it imports little.

In a clone, the name of a profile, a lock or an output may be anything: a pipe that never answers, a device, a link to
the user's credentials, a sparse file of 30 GB. So all such files are opened here.
"""

from __future__ import annotations

import errno
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_BYTES = 64 * 1024 * 1024
"""The limit, larger than any lock, output or script."""

LOCK = ".lock.json"
"""The suffix of the name of a lock."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
_ENDINGS = {"aws": (".yml",), "conf": (".config",), "launch": (".sh", ".json"), "launch/job-definitions": (".json",)}


class UnfitError(OSError):
    """The file must not be read, for the reason in strerror."""


def reason(error: OSError) -> str:
    """Why a file cannot be read, as part of a sentence."""
    text = error.strerror or str(error)
    # messages of the system begin with a capital letter
    return text if isinstance(error, UnfitError) else text.lower()


def lock_name(stem: str) -> str:
    """The lock of a profile, whose name without suffix is `stem`."""
    return f"{stem}{LOCK}"


def prices_name(stem: str) -> str:
    """The prices that were asked for a profile."""
    return f"{stem}.prices.json"


def journal_name(stem: str) -> str:
    """The journal of a build of this profile, which exists only while a build is running or was interrupted."""
    return f".{stem}.nfconfgen-journal"


def is_output(name: object) -> bool:
    """Whether a build may generate a file of this name, relative to its output folder."""
    if not isinstance(name, str):
        return False
    folder, _, file = name.rpartition("/")
    # strip leaves nothing of a name that consists of these letters
    return file.endswith(_ENDINGS.get(folder, ())) and file[0] not in ".-" and not file.strip(_LETTERS)


def stays_below(folder: object) -> bool:
    """Whether this may name an output folder: a path relative to the profile's folder and not outside it."""
    return (
        isinstance(folder, str)
        and not folder.startswith(("/", "~"))
        and ".." not in folder.split("/")
        and not any(letter < " " or letter == "\\" or "\ud800" <= letter <= "\udfff" for letter in folder)
    )


def inside(folder: str | os.PathLike[str], path: str | os.PathLike[str]) -> bool:
    """Whether this path, existing or not, is in this folder once all links are followed."""
    around, real = os.path.realpath(folder), os.path.realpath(path)
    return real == around or real.startswith(f"{around.rstrip('/')}/")


def read(
    path: str | os.PathLike[str],
    largest_bytes: int = LARGEST_BYTES,
    *,
    within: str | os.PathLike[str] | None = None,
    follow: bool = True,
    own: bool = False,
) -> bytes:
    """The content of a regular file, or OSError. `within`: the file must be in this folder, also by its links.
    `follow` False: it must be no link. `own`: it must be this user's."""
    if within is not None and not inside(within, path):
        raise UnfitError(errno.ELOOP, f"leads out of {os.fspath(within) or '.'} through a link", os.fspath(path))
    descriptor = opened(path, os.O_RDONLY, largest_bytes, follow=follow, own=own)
    try:
        return content(descriptor, largest_bytes)
    finally:
        os.close(descriptor)


def chunks(path: str | os.PathLike[str], size: int) -> Iterator[bytes]:
    """The content of a regular file of any size, in parts of at most so many bytes, or OSError."""
    descriptor = opened(path, os.O_RDONLY, None)
    try:
        while part := os.read(descriptor, size):
            yield part
    finally:
        os.close(descriptor)


def start(path: str | os.PathLike[str], size: int) -> bytes:
    """The first bytes of a regular file of any size; none if there is no such file."""
    try:
        descriptor = opened(path, os.O_RDONLY, None)
    except (OSError, ValueError):
        return b""
    try:
        return os.read(descriptor, size)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def opened(
    path: str | os.PathLike[str], flags: int, largest_bytes: int | None, *, follow: bool = True, own: bool = False
) -> int:
    """A descriptor of a regular file, without waiting for it, or OSError."""
    flags |= os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    try:
        descriptor = os.open(path, flags, 0o666)
    except OSError as error:
        # the system's messages would mislead: too many levels of links; no such device or address
        if error.errno == errno.ELOOP and not follow:
            raise UnfitError(errno.ELOOP, "is a symbolic link", os.fspath(path)) from error
        if error.errno in (errno.ENXIO, errno.ENODEV):
            raise UnfitError(errno.EINVAL, "is not a regular file", os.fspath(path)) from error
        raise
    status = os.fstat(descriptor)
    if stat.S_ISDIR(status.st_mode):
        os.close(descriptor)
        raise IsADirectoryError(errno.EISDIR, "is a directory", os.fspath(path))
    why = _unfit(status, largest_bytes, own)
    if why:
        os.close(descriptor)
        raise UnfitError(errno.EINVAL, why, os.fspath(path))
    return descriptor


def content(descriptor: int, largest_bytes: int = LARGEST_BYTES) -> bytes:
    """The whole content of an open file. OSError if it grows beyond the limit."""
    parts, left = [], largest_bytes + 1
    while part := os.pread(descriptor, min(left, 1 << 16), largest_bytes + 1 - left):
        parts.append(part)
        left -= len(part)
        if not left:
            raise UnfitError(errno.EFBIG, _too_large(largest_bytes + 1, largest_bytes))
    return b"".join(parts)


def create(path: str | os.PathLike[str], content: bytes, mode: int = 0o666, *, durable: bool = True) -> None:
    """Writes a new file. OSError if the path exists, even as a link, through which it would write elsewhere.
    `durable`: it is on disk when this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        if durable:
            os.fsync(descriptor)


def replace(path: str | os.PathLike[str], content: bytes, mode: int = 0o666, *, durable: bool = True) -> None:
    """Writes a file completely or not at all."""
    folder, name = os.path.split(path)
    draft = os.path.join(folder, f".{name}.{os.getpid()}.nfconfgen-new")
    try:
        create(draft, content, mode, durable=durable)
        os.replace(draft, path)
    except BaseException:
        if os.path.lexists(draft):
            os.remove(draft)
        raise


def sync_folder(folder: str | os.PathLike[str]) -> None:
    """Waits until the names in this folder are on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def repository(folder: str) -> str | None:
    """The top folder of the git repository that this absolute path is in."""
    return next((above for above in upwards(folder) if os.path.lexists(os.path.join(above, ".git"))), None)


def upwards(folder: str, top: str | None = None) -> Iterator[str]:
    """This absolute folder and all its parents, up to `top`."""
    yield folder
    while folder not in (top, os.path.dirname(folder)):
        folder = os.path.dirname(folder)
        yield folder


def _unfit(status: os.stat_result, largest_bytes: int | None, own: bool) -> str:
    """Why this file must not be read; empty if it may."""
    if not stat.S_ISREG(status.st_mode):
        return "is not a regular file"
    if largest_bytes is not None and status.st_size > largest_bytes:
        return _too_large(status.st_size, largest_bytes)
    if own and status.st_uid != os.geteuid():
        return f"belongs to another user (number {status.st_uid})"
    return ""


def _too_large(size: int, largest_bytes: int) -> str:
    return f"is {size / 1e6:.0f} MB large: the limit is {largest_bytes / 1e6:.0f} MB"
