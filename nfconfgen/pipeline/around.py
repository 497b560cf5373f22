"""Which pipeline a profile lies in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

SIGNS = ("nextflow.config", "main.nf")


def is_pipeline(folder: Path) -> bool:
    return any((folder / sign).is_file() for sign in SIGNS)


def around(profile: Path) -> Path | None:
    """The nearest pipeline: the profile's own folder or, in a git repository, one above it."""
    return next(filter(is_pipeline, _upwards(profile.parent)), None)


def _upwards(folder: Path) -> Iterator[Path]:
    """Named as the folder is named, up to the top of the repository."""
    yield folder
    above = folder.absolute()
    if not any((one / ".git").exists() for one in (above, *above.parents)):
        return
    while not (above / ".git").exists():
        above = above.parent
        yield above if folder.is_absolute() else Path(os.path.relpath(above))
