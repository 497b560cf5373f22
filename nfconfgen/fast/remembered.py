"""What was found of the pipeline that a profile lies in, for as long as nothing that was looked at has changed.

Playing a large pipeline through takes half a second, on every commit. What came of it is kept in the user's cache
folder, with all that was read: file by file its hash, and what was there and what not. It is nobody's source; without
it, or where it cannot be written, the pipeline is judged anew.
"""

from __future__ import annotations

import json
import os

from nfconfgen import files
from nfconfgen.fast import cache
from nfconfgen.fast.answers import answer
from nfconfgen.fast.fingerprint import code, generator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from nfconfgen.fast.answers import Question

    Said = Mapping[tuple[Question, str], str]

JUDGES = ("commands/pipeline.py", "files.py", "pipeline", "fast/answers.py", "fast/orphans.py")
"""The code that judges, beside that which makes outputs."""


def recall(profile: str, folder: str) -> list[Any] | None:
    """What `remember` was given, if all that it stands on is as it was; else None."""
    try:
        known = json.loads(files.read(_path(profile, folder), follow=False, own=True))
        if known["by"] == _by() and all(_is_so(*said) for said in known["said"]):
            return [_finding(found) for found in known["findings"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return None


def remember(profile: str, folder: str, said: Said, findings: Sequence[Any]) -> None:
    """Keeps these findings (as JSON has it), unless one of the answers they stand on is another one by now."""
    content = {"by": _by(), "said": [[*asked, answered] for asked, answered in said.items()], "findings": findings}
    try:
        if all(answer(*asked) == answered for asked, answered in said.items()):
            cache.write(_path(profile, folder), json.dumps(content))
    except OSError:
        return  # no home, a full disk: the next check judges again


def _is_so(asked: Any, path: Any, said: Any) -> bool:
    """Whether this question is still answered so. A number for a path would be an open file to Python."""
    return isinstance(path, str) and bool(answer(asked, path) == said)


def _finding(found: Any) -> list[Any]:
    """As `remember` was given it. TypeError or ValueError where it has another shape."""
    (file, line, column), *texts = found
    fits = len(texts) == 4 and texts[3] in ("error", "warning", "note")
    if not fits or [*map(type, (file, line, column, *texts))] != [str, int, int, *[str] * 4]:
        raise TypeError(found)
    return list(found)


def _by() -> str:
    return f"{generator()} {code(JUDGES)}"


def _path(profile: str, folder: str) -> str:
    """Named by all that findings show of where they are. OSError where there is no home."""
    return cache.path(".json", os.getcwd(), profile, folder)
