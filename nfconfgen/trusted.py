"""State that lies in a repository: whoever made the commit may have made it, too.

A journal is obeyed: files are moved, AWS is changed. So it must be a file that this user wrote on this machine, which
nothing can be that a clone, a pull request or an archive has brought along.
"""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path

from nfconfgen.errors import NfconfgenError

LARGEST_BYTES = 1024 * 1024


class UntrustedError(NfconfgenError):
    """A state file that is not obeyed."""


def read_state(path: Path) -> bytes:
    """The content of a state file of this user. UntrustedError says why it is not one."""
    try:
        # neither follows a link nor waits for whoever writes into a FIFO
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        why = "is a link" if path.is_symlink() else f"cannot be read: {(error.strerror or str(error)).lower()}"
        raise _refused(path, why) from error
    try:
        why = _why_of_file(os.fstat(descriptor)) or _why_of_git(path)
        if why:
            raise _refused(path, why)
        return os.read(descriptor, LARGEST_BYTES)
    finally:
        os.close(descriptor)


def origin() -> str:
    """This machine and user, as a journal says who wrote it; a hash, which tells nothing of either."""
    machine = os.uname().nodename
    for name in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        with suppress(OSError):
            machine = Path(name).read_text(encoding="ascii", errors="replace").strip() or machine
            break
    return hashlib.sha256(f"nfconfgen\0{machine}\0{os.geteuid()}".encode()).hexdigest()


def _why_of_file(status: os.stat_result) -> str:
    if not stat.S_ISREG(status.st_mode):
        return "is not a regular file"
    if status.st_uid != os.geteuid():
        return "belongs to another user"
    return f"is larger than {LARGEST_BYTES} bytes" if status.st_size > LARGEST_BYTES else ""


def _why_of_git(path: Path) -> str:
    """Why git speaks against this file; nothing where it lies in no repository, or is not tracked."""
    folder = path.parent.resolve()
    if not any(os.path.lexists(above / ".git") for above in (folder, *folder.parents)):
        return ""
    import subprocess  # takes a while to import, and is needed only here

    # a hook has GIT_DIR of its own, and what the repository's own config could run must not run
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    command = ["git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "ls-files", "--error-unmatch"]
    try:
        asked = subprocess.run(
            [*command, "--", f":(literal,icase){path.name}"],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError:
        return "lies in a git repository, and there is no git to ask whether git tracks it"
    if asked.returncode == 0:
        return "came with the repository: git tracks it"
    return "" if asked.returncode == 1 else "lies in a git repository that does not tell whether git tracks it"


def _refused(path: Path, why: str) -> UntrustedError:
    return UntrustedError(f"{path}: {why}: not obeyed; look at what it says, and delete it if it is not yours")
