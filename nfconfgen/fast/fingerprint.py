"""A hash of all files of nfconfgen that determine outputs, by which the cache is valid (fast/cache.py).

The version number does not suffice: a checkout keeps it while its code changes. No committed file contains the hash.
"""

from __future__ import annotations

import os
from functools import cache

from nfconfgen.fast.checksum import digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# All other code queries, reports or measures; tests/fast/test_fingerprint.py checks that a build needs none of it.
CODE = ("executors", "facts", "plan", "profile", "render")
_NO_OUTPUTS = ("doctor", "probe")
MODULES = (
    "_data.py",
    "assess.py",
    "errors.py",
    "fast/checksum.py",
    "findings.py",
    "jsontext.py",
    "own_options.py",
    "parallel.py",
    "suggest.py",
    "sync/changes.py",
    "terminal/visible.py",
    "wording.py",
)
SCHEMA = "profile.schema.json"


@cache
def generator() -> str:
    """SHA-256 of name and content of every such file."""
    return _digest(files())


@cache
def code(parts: tuple[str, ...]) -> str:
    """The same for other modules and folders."""
    found: dict[str, str] = {}
    for part in parts:
        path = os.path.join(_PACKAGE, part)
        found |= {part: path} if part.endswith(".py") else _below(path, part, ".py")
    return _digest(found)


def _digest(files: Mapping[str, str]) -> str:
    parts = []
    for name, path in sorted(files.items()):
        with open(path, "rb") as file:
            content = file.read()
        parts.append(b"%s %d\n%s" % (name.encode(), len(content), content))
    return digest(b"".join(parts))


def files() -> dict[str, str]:
    """The path of each file, by a name that is the same in a checkout and in a wheel."""
    found = {name: os.path.join(_PACKAGE, name) for name in MODULES}
    for folder in CODE:
        found |= _below(os.path.join(_PACKAGE, folder), folder, ".py")
    found |= _below(_data("templates"), "templates", (".j2", ".sh"))
    found[f"schemas/{SCHEMA}"] = os.path.join(_data("schemas"), SCHEMA)
    return found


def _below(folder: str, shown: str, ending: str | tuple[str, ...]) -> dict[str, str]:
    found = {}
    for entry in os.scandir(folder):
        if entry.name.endswith(ending):
            found[f"{shown}/{entry.name}"] = entry.path
        elif entry.is_dir() and entry.name not in ("__pycache__", *_NO_OUTPUTS):
            found |= _below(entry.path, f"{shown}/{entry.name}", ending)
    return found


def _data(kind: str) -> str:
    # as _data.folder, whose import of pathlib takes as long as a whole check
    packaged = os.path.join(_PACKAGE, kind)
    return packaged if os.path.isdir(packaged) else os.path.join(os.path.dirname(_PACKAGE), kind)
