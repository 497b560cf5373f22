"""The real Nextflow, for tests: what it makes of a generated profiles file.

`require()` first; then `lint`, `config`, `params`, `attempts` and `run`, all in one JVM.
"""

from __future__ import annotations

from .attempts import Attempt, Process, attempts, run
from .launch import NextflowError, Parser, available, require
from .resolved import config, lint, params

__all__ = [
    "Attempt",
    "NextflowError",
    "Parser",
    "Process",
    "attempts",
    "available",
    "config",
    "lint",
    "params",
    "require",
    "run",
]
