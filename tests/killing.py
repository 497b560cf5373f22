"""Runs nfconfgen in a process that dies by SIGKILL at its n-th touch of the file system.

An audit hook counts: every open for writing, rename, removal, link, new folder and fork, whoever in the program
makes it. Run as a script: killing.py N WHO COMMAND…, WHO being the process to kill, `build` or `mover` (the one
that moves the files into place). With N = 0 nothing is killed, and the number of touches is printed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_TOUCHES = {"os.rename", "os.remove", "os.link", "os.mkdir", "os.fork", "os.truncate"}


def run(arguments: Sequence[str], at: int = 0, who: str = "build") -> subprocess.CompletedProcess[str]:
    """The command line in a process that is killed at its `at`-th touch."""
    command = [sys.executable, __file__, str(at), who, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def _arm(at: int, who: str) -> None:
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


if __name__ == "__main__":
    from nfconfgen.cli import app  # loaded before counting begins

    _arm(int(sys.argv[1]), sys.argv[2])
    app(sys.argv[3:])
