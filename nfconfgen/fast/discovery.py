"""Finds profiles (of a repository, of a folder, those that given files belong to) and the pipeline around a profile.

Files are taken by what they look like, not checked, so that a damaged profile is reported and not skipped.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache

from nfconfgen import files
from nfconfgen.errors import UsageError
from nfconfgen.fast.orphans import bears, generated_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

NAMES = ("profile.yml", "profile.yaml", "nfconfgen.yml")
SIGNS = ("nextflow.config", "main.nf")
_KEY = re.compile(rb"""^(\xef\xbb\xbf)?(\{\s*)?["']?nfconfgen["']?\s*:""", re.MULTILINE)


def of_repository() -> list[str]:
    """All profiles below the top of the git repository, or below the working directory where there is none."""
    here = os.getcwd()
    found = [os.path.relpath(profile) for profile in below(files.repository(here) or here)]
    if not found:
        raise UsageError("there is no profile here or below: name one, as in `nfconfgen check profiles/salmon.yml`")
    return found


def of_arguments(arguments: Sequence[str]) -> list[str]:
    """The profiles that these files are, or are the locks or outputs of, each once. Files of no profile are skipped,
    so that a hook may pass every changed file. UsageError if all are skipped."""
    _all.cache_clear()
    _lock.cache_clear()
    found: dict[str, str] = {}
    for argument in arguments:
        for profile in _of_argument(argument):
            found.setdefault(os.path.abspath(profile), profile)
    if not found:
        raise UsageError(_of_none(arguments))
    return list(found.values())


def below(folder: str) -> list[str]:
    """The sorted paths of all profiles in this folder and its subfolders, each beginning with this folder."""
    found: list[str] = []
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        found += _in_folder(here)
        waiting += _folders(here)
    return sorted(map(os.path.normpath, found))


def is_pipeline(folder: str | os.PathLike[str]) -> bool:
    return any(os.path.isfile(os.path.join(folder, sign)) for sign in SIGNS)


def pipeline_around(profile: str | os.PathLike[str]) -> str | None:
    """The nearest pipeline: the profile's own folder or, in a git repository, one above it."""
    folder = os.path.dirname(profile) or "."
    if is_pipeline(folder):
        return folder
    here = os.path.abspath(folder)
    # without a repository, the folders above have nothing to do with the profile
    found = next(filter(is_pipeline, files.upwards(here, files.repository(here) or here)), None)
    return found if found is None or os.path.isabs(folder) else os.path.relpath(found)


def _of_argument(argument: str) -> list[str]:
    if os.path.isdir(argument):
        return below(argument)
    folder, name = os.path.split(argument)
    if name.endswith(files.LOCK):
        return _of_lock(folder, name.removesuffix(files.LOCK))
    if name.endswith((".yml", ".yaml")):
        lock = files.lock_name(os.path.splitext(argument)[0])
        if (os.path.exists(argument) and (_looks_like_one(argument) or name == NAMES[2])) or _is_lock(lock):
            return [argument]
    elif owner := _owner(os.path.abspath(argument)):
        return [owner if os.path.isabs(argument) else os.path.relpath(owner)]
    if not os.path.exists(argument):
        raise UsageError(f"{argument} does not exist")
    return []


def _of_none(arguments: Sequence[str]) -> str:
    """Why these files belong to no profile."""
    for argument in arguments:
        why = _read(argument)[1]
        if why:
            return f"{argument}: {why}"
    return f"{', '.join(arguments[:3])}: is neither a profile nor the lock or an output of one"


def _in_folder(folder: str) -> Iterator[str]:
    """The profiles in this folder itself, including a deleted one whose lock is left."""
    names = {name for name in _names(folder) if name.endswith((".yml", ".yaml", files.LOCK))}
    stems = {name.removesuffix(files.LOCK) for name in names if name.endswith(files.LOCK)}
    for stem in stems:
        yield from _of_lock(folder, stem)
    for name in names.intersection(NAMES):
        if os.path.splitext(name)[0] not in stems and (
            name == NAMES[2] or _looks_like_one(os.path.join(folder, name))
        ):
            yield os.path.join(folder, name)


def _of_lock(folder: str, stem: str) -> list[str]:
    """The profile of NAME.lock.json, if either looks like ours. If both NAME.yml and NAME.yaml exist, those that
    look like profiles."""
    paths = [os.path.join(folder, f"{stem}{end}") for end in (".yml", ".yaml")]
    found = list(filter(os.path.exists, paths)) or paths[:1]
    likely = list(filter(_looks_like_one, found))
    return likely or (found if _is_lock(os.path.join(folder, files.lock_name(stem))) else [])


def _folders(folder: str) -> Iterator[str]:
    """The subfolders to search: no hidden ones, no other repositories, no task folders of Nextflow."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    tasks = os.path.basename(folder) == "work"
    for entry in entries:
        name = entry.name
        if name.startswith(".") or name in ("node_modules", "__pycache__") or (tasks and len(name) == 2):
            continue
        if entry.is_dir(follow_symlinks=False) and not os.path.lexists(os.path.join(entry.path, ".git")):
            yield entry.path


def _owner(path: str) -> str | None:
    """The profile that this file is an output of, usually in a folder above it."""
    top = files.repository(os.path.dirname(path)) or os.getcwd()
    near = (profile for folder in files.upwards(os.path.dirname(path), top) for profile in _in_folder(folder))
    return _first_owner(near, path) or _first_owner(_all(top), path)


def _first_owner(profiles: Iterable[str], path: str) -> str | None:
    return next((profile for profile in profiles if _owns(profile, path)), None)


@cache
def _all(top: str) -> list[str]:
    return [os.path.abspath(profile) for profile in below(top)]


def _owns(profile: str, path: str) -> bool:
    source = os.path.basename(profile)
    lock = _lock(files.lock_name(os.path.splitext(profile)[0]))
    if lock is None:
        return generated_from(path, source)
    name = os.path.relpath(path, os.path.join(os.path.dirname(profile), lock["output"]))
    return name in lock["outputs"] or (name.startswith(("conf/", "launch/")) and bears(path, name, source))


@cache
def _lock(path: str) -> Any:
    try:
        lock = json.loads(files.read(path))
        return lock if isinstance(lock["output"], str) and isinstance(lock["outputs"], dict) else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _is_lock(path: str) -> bool:
    """Whether this is a lock of ours; even a damaged one contains the name."""
    return b"nfconfgen" in _read(path)[0]


def _looks_like_one(path: str) -> bool:
    """Decided by its content, or by its name where it cannot be read, which the check then reports."""
    content, why = _read(path)
    return _KEY.search(content) is not None or (why != "" and os.path.basename(path) in NAMES)


def _read(path: str) -> tuple[bytes, str]:
    """The content of a file, and the reason if it cannot be read; both are empty for a folder or a missing file."""
    try:
        return files.read(path), ""
    except (FileNotFoundError, IsADirectoryError):
        return b"", ""
    except OSError as error:
        return b"", files.reason(error)


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
