"""The command that mends what is out of step."""

from __future__ import annotations

import shlex
from pathlib import Path


def command(profile: Path, *options: str) -> str:
    """`nfconfgen build PROFILE OPTIONS`, to be pasted into a shell."""
    return " ".join(["nfconfgen build", shlex.quote(str(profile)), *filter(None, options)])
