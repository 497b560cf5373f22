"""The cache of this machine: records in the user's cache folder.

Hashes show that outputs match the lock. Only rendering shows that the lock matches what this nfconfgen generates, and
reading a large pipeline takes half a second. So both results are recorded here; not in the lock, which would then
change with every line of nfconfgen's code, and which may come from anyone.

If a record is deleted or cannot be written, the work is done again. A record is read only if it is a regular file of
this user in a folder that only this user can write, as compiled templates are kept here too.
"""

from __future__ import annotations

import json
import os
import stat
import time

from nfconfgen import files
from nfconfgen.fast.checksum import digest
from nfconfgen.fast.fingerprint import code, generator
from nfconfgen.fast.orphans import source_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Literal

    Question = Literal["content", "there", "file", "real", "names", "source"]
    Answers = Mapping[tuple[Question, str], str]

CHECKING = (
    *("commands/pipeline.py", "files.py", "fast/cache.py", "fast/orphans.py"),
    *("pipeline", "expressions", "processes", "conflicts"),
)
"""The code that checks pipelines, in addition to that which generates outputs."""

_RENDERED, _FINDINGS, _TEMPLATE = "rendered", "json", "template"
_NAME_LENGTH = 64
_DAY_S = 24 * 60 * 60
_UNUSED_S = 30 * _DAY_S


def is_rendered(profile: str, lock: bytes) -> bool:
    """Whether the same code called `remember_rendered` for this profile and these bytes of its lock."""
    return _read(_of_lock(profile)) == _rendered(lock)


def remember_rendered(profile: str, lock: bytes) -> None:
    """Records that rendering gives the outputs that this lock lists."""
    _write(_of_lock(profile), _rendered(lock))


def known_findings(profile: str, folder: str) -> list[Any] | None:
    """The recorded findings on this pipeline; None if there are none or anything that they depend on has changed."""
    try:
        known = json.loads(_read(_of_pipeline(profile, folder)) or b"")
        if known["by"] == _by() and all(_holds(*answered) for answered in known["answers"]):
            return [_finding(found) for found in known["findings"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return None


def remember_findings(profile: str, folder: str, answers: Answers, found: Sequence[Any]) -> None:
    """Records these findings (as in JSON), unless one of the answers that they depend on has changed."""
    answered = [[*question, answer] for question, answer in answers.items()]
    if all(_holds(*one) for one in answered):
        content = {"by": _by(), "answers": answered, "findings": found}
        _write(_of_pipeline(profile, folder), json.dumps(content).encode())


def named(folder: str) -> str:
    """The pipeline of a folder that the user names: with notes, in contrast to the pipeline around a profile."""
    return f"--pipeline {os.path.normpath(folder)}"


believes_templates = True
"""False in `check --full`: a compiled template is code that could fake the result. Findings on a pipeline that is
named count no more than that."""


def known_template(*about: str) -> bytes | None:
    """The recorded code of a template. A hash precedes it, as damaged code would still run."""
    if not believes_templates or in_ci():
        return None
    record = _read(_name(_TEMPLATE, generator(), *about)) or b""
    content = record[_NAME_LENGTH:]
    return content if record[:_NAME_LENGTH] == digest(content).encode() else None


def remember_template(code: bytes, *about: str) -> None:
    _write(_name(_TEMPLATE, generator(), *about), digest(code).encode() + code)


def in_ci() -> bool:
    """Whether this is CI, where a pull request may have filled the cache, so that it is not used."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def answer(question: Question, path: str) -> str:
    """The file system's answer to a question about a path of a pipeline. `content`: its hash, or OSError; `there`:
    whether it exists; `file`: whether it is a file; `real`: the path without links; `names`: those in a folder,
    separated by slashes; `source`: what it was generated from."""
    try:
        return _ANSWERS[question](path)
    except ValueError:  # a file name cannot contain NUL or half a surrogate pair
        if question == "content":
            raise FileNotFoundError(path) from None
        return path if question == "real" else ""


def _names(path: str) -> str:
    try:
        return "/".join(sorted(os.listdir(path)))
    except OSError:
        return ""


_ANSWERS: dict[str, Callable[[str], str]] = {
    "content": lambda path: digest(files.read(path)),
    "there": lambda path: "yes" if os.path.exists(path) else "",
    "file": lambda path: "yes" if os.path.isfile(path) else "",
    "real": os.path.realpath,
    "names": _names,
    "source": source_in,
}


def _holds(question: Any, path: Any, recorded: Any) -> bool:
    """Whether this question still has this answer. Python would take a number as path for an open file."""
    try:
        return isinstance(path, str) and bool(answer(question, path) == recorded)
    except OSError:
        return False


def _finding(found: Any) -> list[Any]:
    """The finding as it was recorded. TypeError or ValueError for another structure."""
    (file, line, column), *texts = found
    fits = len(texts) == 4 and texts[3] in ("error", "warning", "note")
    if not fits or [*map(type, (file, line, column, *texts))] != [str, int, int, *[str] * 4]:
        raise TypeError(found)
    return list(found)


def _by() -> str:
    return f"{generator()} {code(CHECKING)}"


def _rendered(lock: bytes) -> bytes:
    return digest(generator().encode() + lock).encode()


def _of_lock(profile: str) -> str:
    return _name(_RENDERED, os.path.abspath(profile))


def _of_pipeline(profile: str, folder: str) -> str:
    """The record's name; it depends on all paths that findings show."""
    return _name(_FINDINGS, os.getcwd(), profile, folder)


def _name(kind: str, *about: str) -> str:
    """The name of a record of this kind, by a hash of these texts."""
    return f"{digest(chr(0).join(about).encode('utf-8', 'surrogateescape'))}.{kind}"


def folder() -> str:
    """The folder of the records. OSError if there is no home directory."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if not os.path.isabs(cache):
        raise FileNotFoundError(cache)
    return os.path.join(cache, "nfconfgen")


def _read(name: str) -> bytes | None:
    """The record, if there is one that may be trusted."""
    try:
        path = os.path.join(_private(folder()), name)
        content = files.read(path, follow=False, own=True)
    except OSError:
        return None
    _keep(path)
    return content


def _keep(path: str) -> None:
    """Marks a record as used, so that it is kept for another month."""
    try:
        if _age_s(os.lstat(path)) > _DAY_S:
            os.utime(path)
    except OSError:
        return


def _write(name: str, content: bytes) -> None:
    """Writes a record; does nothing without a home directory or on a full disk."""
    try:
        os.makedirs(folder(), mode=0o700, exist_ok=True)
        here = _private(folder())
        files.replace(os.path.join(here, name), content, 0o600, durable=False)
        _prune(here)
    except OSError:
        return


def _private(folder: str) -> str:
    """This folder. OSError unless it is this user's and others cannot write to it."""
    status = os.stat(folder)
    if status.st_uid != os.geteuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(folder)
    return folder


def _prune(folder: str) -> None:
    """Deletes records that have not been used for a month, once a day."""
    stamp = os.path.join(folder, "pruned")
    if os.path.lexists(stamp) and abs(_age_s(os.lstat(stamp))) < _DAY_S:
        return
    files.replace(stamp, b"", 0o600, durable=False)
    for entry in os.scandir(folder):
        if _is_record(entry.name):
            _remove_unused(entry)


def _is_record(name: str) -> bool:
    """Whether only this module uses such a name: for a record, or for the rest of an interrupted write."""
    stem, _, kind = name.removeprefix(".").partition(".")
    kinds = (_RENDERED, _FINDINGS, _TEMPLATE)
    return len(stem) == _NAME_LENGTH and not stem.strip("0123456789abcdef") and kind.partition(".")[0] in kinds


def _remove_unused(entry: os.DirEntry[str]) -> None:
    try:
        status = entry.stat(follow_symlinks=False)
        ours = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid()
        if ours and _age_s(status) > _UNUSED_S:
            os.remove(entry.path)
    except OSError:  # another process has just removed it, or it cannot be removed
        return


def _age_s(status: os.stat_result) -> float:
    return time.time() - status.st_mtime
