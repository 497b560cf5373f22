"""The container engines of this machine."""

from __future__ import annotations

import shutil
from collections.abc import Mapping

_SHARED = ("apptainer", "singularity", "podman")
_ALONE = ("docker", *_SHARED)


def engines(*, containers: bool) -> Mapping[str, str]:
    """The engine by executor, for a pipeline whose tasks run in `containers`; the usual one if none is installed
    here, as this may not be the machine where they run."""
    if not containers:
        return {}
    return {"slurm": _first(_SHARED) or "singularity", "local": _first(_ALONE) or "docker"}


def _first(names: tuple[str, ...]) -> str:
    return next((name for name in names if shutil.which(name) is not None), "")
