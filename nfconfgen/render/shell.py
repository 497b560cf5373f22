"""The one way a value gets into a shell script."""

from __future__ import annotations

import shlex


def quote(value: object) -> str:
    """A value as one word of bash; true and false as Nextflow reads them on the command line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return shlex.quote(str(value))
