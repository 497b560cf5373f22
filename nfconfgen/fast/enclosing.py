"""Which pipeline a profile lies in. Looks at names alone, and loads nothing: every check asks it."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNS = ("nextflow.config", "main.nf")


def is_pipeline(folder: str | os.PathLike[str]) -> bool:
    return any(os.path.isfile(os.path.join(folder, sign)) for sign in SIGNS)


def around(profile: str | os.PathLike[str]) -> str | None:
    """The nearest pipeline: the profile's own folder or, in a git repository, one above it."""
    folder = os.path.dirname(profile) or "."
    return next(filter(is_pipeline, _upwards(folder)), None)


def _upwards(folder: str) -> Iterator[str]:
    """Named as the folder is named, up to the top of the repository."""
    yield folder
    above = os.path.abspath(folder)
    within = []
    while not os.path.exists(os.path.join(above, ".git")):
        if above == (above := os.path.dirname(above)):
            return  # no repository, so what lies above has nothing to do with it
        within.append(above)
    yield from (one if os.path.isabs(folder) else os.path.relpath(one) for one in within)
