"""Records in the user's cache folder. They are nobody's source: deleting them costs time, and nothing else."""

from __future__ import annotations

import os
from hashlib import sha256


def folder() -> str:
    """OSError where there is no home."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if not os.path.isabs(cache):
        raise FileNotFoundError(cache)
    return os.path.join(cache, "nfconfgen")


def path(ending: str, *about: str) -> str:
    """The record of this kind about what these texts name. OSError where there is no home."""
    name = sha256("\0".join(about).encode("utf-8", "surrogateescape")).hexdigest()
    return os.path.join(folder(), f"{name}{ending}")


def write(path: str, text: str) -> None:
    """Whole or not at all."""
    part = f"{path}.{os.getpid()}"
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    try:
        with open(part, "x", encoding="utf-8") as file:
            file.write(text)
        os.replace(part, path)
    except OSError:
        os.remove(part)
        raise
