"""Whether a profile is up to date, by hashes alone: without reading YAML, planning or rendering.

The checksum shows that the lock is as a build left it; the lock has the hashes of profile and outputs; the cache
shows that this nfconfgen generates the same. If all match, a build would give the same bytes; otherwise sync/drift.py
compares the files.
"""

from __future__ import annotations

import json
import os

from nfconfgen import files
from nfconfgen.fast.cache import is_rendered
from nfconfgen.fast.checksum import digest, fits
from nfconfgen.fast.orphans import strays

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def up_to_date(profile: str) -> bool:
    """Whether all files are as the last build left them, and this nfconfgen would build the same."""
    folder, source = os.path.split(profile)
    stem = os.path.splitext(source)[0]
    try:
        content = files.read(os.path.join(folder, files.lock_name(stem)), follow=False)
        lock = json.loads(content)
        if not fits(content, lock["seal"]) or _hash(profile) != lock["profile"] or not is_rendered(profile, content):
            return False
        if not files.stays_below(lock["output"]):
            return False
        out = os.path.join(folder, lock["output"])
        journal = files.journal_name(stem)
        if os.path.lexists(os.path.join(folder, journal)) or os.path.lexists(os.path.join(out, journal)):
            return False
        outputs = lock["outputs"]
        if not all(map(files.is_output, outputs)) or _linked(folder, lock["output"], outputs):
            return False
        return all(_as_written(out, name, outputs[name]) for name in outputs) and not strays(out, source, outputs)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def executable(name: str) -> bool:
    """Whether this output is a script."""
    return name.endswith(".sh")


def _linked(folder: str, output: str, names: Iterable[str]) -> bool:
    """Whether a folder in the path of an output is a link: then drift checks where it leads."""
    ways = {f"{output}/{name.rpartition('/')[0]}" for name in names}
    parts = {way[:at] for way in ways for at in range(1, len(way) + 1) if way[at : at + 1] in ("", "/")}
    return any(os.path.islink(os.path.join(folder, part)) for part in parts)


def _as_written(out: str, name: str, written: Any) -> bool:
    path = os.path.join(out, name)
    return bool(_hash(path) == written) and (not executable(name) or os.access(path, os.X_OK))


def _hash(path: str) -> str:
    return digest(files.read(path, follow=False))
