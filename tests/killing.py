"""Lets a process of nfconfgen die by SIGKILL at its n-th touch of the file system.

An audit hook counts: every open for writing, rename, removal, link, new folder and fork, in any part of the
program.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TypeAlias

_TOUCHES = {"os.rename", "os.remove", "os.link", "os.mkdir", "os.fork", "os.truncate"}

# at which touch, and which process: `build`, or `mover`, the one that moves the files into place
Deadly: TypeAlias = "tuple[int, str] | None"


def arm(at: int, who: str) -> None:
    """From now on this process and those that it forks are counted; with 0 none is killed."""
    own = os.getpid()
    count = 0

    def touched(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal count
        writing = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if event not in _TOUCHES and not writing:
            return
        if (os.getpid() == own) is (who == "build"):
            count += 1
            if count == at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(touched)
