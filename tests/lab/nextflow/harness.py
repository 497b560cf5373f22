"""The real Nextflow, for tests: what it makes of a generated profiles file.

`require()` first; then `lint`, `config`, `params`, `attempts` and `run`, each one start of 2 to 5 seconds.
"""

from __future__ import annotations

from .attempts import Attempt, Process, Run, attempts, run
from .launch import NextflowError, Parser, Result, available, config, lint, params, require

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
