"""State that lies in a repository: whoever made the commit may have made it, too.

A journal is obeyed: files are moved, AWS is changed. So it must be a file that this user wrote on this machine, which
nothing can be that a clone, a pull request or an archive has brought along.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from nfconfgen import files
from nfconfgen.errors import NfconfgenError
from nfconfgen.fast.checksum import digest

LARGEST_BYTES = 1024 * 1024


class UntrustedError(NfconfgenError):
    """A state file that is not obeyed."""


def read_state(path: Path) -> bytes:
    """The content of a state file of this user. UntrustedError says why it is not one."""
    try:
        content = files.read(path, LARGEST_BYTES, follow=False, own=True)
    except OSError as error:
        raise _refused(path, files.reason(error)) from error
    known = tracked(path)
    if known:
        raise _refused(path, "came with the repository: git tracks it")
    if known is None:
        raise _refused(path, "lies in a git repository, which does not tell whether git tracks it")
    return content


def origin() -> str:
    """This machine and user, as a journal says who wrote it; a hash, which tells nothing of either."""
    machine = os.uname().nodename
    for name in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        with suppress(OSError):
            machine = files.read(name, LARGEST_BYTES).decode("ascii", "replace").strip() or machine
            break
    return digest(f"nfconfgen\0{machine}\0{os.geteuid()}")


def tracked(path: Path) -> bool | None:
    """Whether git tracks this file; None where it lies in a repository and git does not tell."""
    folder = path.parent.resolve()
    if files.repository(str(folder)) is None:
        return False
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
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return {0: True, 1: False}.get(asked.returncode)


def _refused(path: Path, why: str) -> UntrustedError:
    return UntrustedError(f"{path}: {why}: not obeyed; look at what it says, and delete it if it is not yours")
