"""Which pipeline a profile lies in. Looks at names alone, and loads nothing: every check asks it."""

from __future__ import annotations

import os

from nfconfgen import files

SIGNS = ("nextflow.config", "main.nf")


def is_pipeline(folder: str | os.PathLike[str]) -> bool:
    return any(os.path.isfile(os.path.join(folder, sign)) for sign in SIGNS)


def around(profile: str | os.PathLike[str]) -> str | None:
    """The nearest pipeline: the profile's own folder or, in a git repository, one above it."""
    folder = os.path.dirname(profile) or "."
    if is_pipeline(folder):
        return folder
    here = os.path.abspath(folder)
    # without a repository, what lies above has nothing to do with the profile
    found = next(filter(is_pipeline, files.upwards(here, files.repository(here) or here)), None)
    return found if found is None or os.path.isabs(folder) else os.path.relpath(found)
