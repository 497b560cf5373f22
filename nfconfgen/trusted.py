"""Reads state files in a repository only if this user wrote them on this machine.

A journal has effects: files are moved, AWS is changed. So it must not come with a clone, a pull request or an
archive.
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
    """A state file must not be used."""


def read_state(path: Path) -> bytes:
    """The content of a state file of this user. UntrustedError if it may be of others."""
    try:
        content = files.read(path, LARGEST_BYTES, follow=False, own=True)
    except OSError as error:
        raise _refused(path, files.reason(error)) from error
    known = tracked(path)
    if known:
        raise _refused(path, "came with the repository: git tracks it")
    if known is None:
        raise _refused(path, "is in a git repository, and git does not report whether it tracks the file")
    return content


def origin() -> str:
    """A hash that identifies this machine and user in a journal, without revealing either."""
    machine = os.uname().nodename
    for name in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        with suppress(OSError):
            machine = files.read(name, LARGEST_BYTES).decode("ascii", "replace").strip() or machine
            break
    return digest(f"nfconfgen\0{machine}\0{os.geteuid()}")


def tracked(path: Path) -> bool | None:
    """Whether git tracks this file; None if it is in a repository and git gives no answer."""
    folder = path.parent.resolve()
    if files.repository(str(folder)) is None:
        return False
    import subprocess  # its import is slow, and only needed here

    # a hook sets its own GIT_DIR; programs in the repository's config must not run
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
    return UntrustedError(f"{path}: {why}, so it is not used: read it, and delete it if it is not yours")
