"""The one way a value gets into a shell script."""

from __future__ import annotations

import shlex


def quote(value: object) -> str:
    """A value as one word of bash."""
    return shlex.quote(str(value))
