"""The real Nextflow, for tests: what it makes of a generated profiles file.

`require()` first; then `lint`, `config`, `params`, `attempts` and `run`, all but the first in one JVM.
"""

from __future__ import annotations

from .attempts import Attempt, Process, Run, attempts, run
from .launch import NextflowError, Parser, Result, available, lint, require
from .resolved import config, params

__all__ = [
    "Attempt",
    "NextflowError",
    "Parser",
    "Process",
    "Result",
    "Run",
    "attempts",
    "available",
    "config",
    "lint",
    "params",
    "require",
    "run",
]
