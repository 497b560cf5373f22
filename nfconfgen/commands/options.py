"""What the command line asks for, as values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nfconfgen.report.reporter import Format


@dataclass(frozen=True, slots=True)
class Common:
    """`strict`: warnings stop a build as errors do."""

    format: Format = "text"
    strict: bool = False
    verbose: bool = False


@dataclass(frozen=True, slots=True)
class Build:
    """`out` replaces the profile's own output folder. `exit_code`: a build that changes a file ends in 1. `collected`
    are files of `facts --collect`."""

    profile: Path
    common: Common
    out: Path | None = None
    offline: bool = False
    refresh: bool = False
    force: bool = False
    dry_run: bool = False
    exit_code: bool = False
    collected: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """`refresh` asks anew, forgets what was remembered of what runs, and writes the lock; `collected` are files of
    `facts --collect`."""

    profile: Path
    common: Common
    offline: bool = False
    refresh: bool = False
    collected: tuple[Path, ...] = ()
