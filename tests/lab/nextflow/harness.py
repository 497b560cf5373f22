"""The real Nextflow, for tests: what it says of a generated profiles file.

`require()` first; then `lint`, `config`, `params` and `ladder`, each one start of 2 to 5 seconds.
"""

from __future__ import annotations

from .ladder import Attempt, Process, ladder
from .launch import NextflowError, Parser, Result, available, config, lint, params, require

__all__ = [
    "Attempt",
    "NextflowError",
    "Parser",
    "Process",
    "Result",
    "available",
    "config",
    "ladder",
    "lint",
    "params",
    "require",
]
