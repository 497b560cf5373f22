"""The one way a value gets into a shell script."""

from __future__ import annotations

import shlex
from decimal import Decimal


def quote(value: object) -> str:
    """A value as one word of bash; true and false as Nextflow reads them on the command line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # 1e-05 would be a text for Nextflow
        return format(Decimal(repr(value)), "f")
    return shlex.quote(str(value))
