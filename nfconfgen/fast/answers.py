"""What the file system answers to the questions that a judge of pipelines asks: each answer a short text."""

from __future__ import annotations

import os
from hashlib import sha256

from nfconfgen import files
from nfconfgen.fast.orphans import source_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    Question = Literal["content", "there", "file", "real", "names", "source"]


def answer(question: Question, path: str) -> str:
    """`content`: its hash; `there`: whether anything is; `file`: whether it is a file; `real`: where links lead;
    `names`: what lies in the folder, between slashes; `source`: from what it was generated. OSError where there is no
    content to be read."""
    try:
        return _ANSWERS[question](path)
    except ValueError:  # NUL, or half a surrogate pair, is in no file's name
        if question == "content":
            raise FileNotFoundError(path) from None
        return path if question == "real" else ""


def _content(path: str) -> str:
    return digest(files.read(path))


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _there(path: str) -> str:
    return "yes" if os.path.exists(path) else ""


def _file(path: str) -> str:
    return "yes" if os.path.isfile(path) else ""


def _names(path: str) -> str:
    try:
        return "/".join(sorted(os.listdir(path)))
    except OSError:
        return ""


_ANSWERS: dict[str, Callable[[str], str]] = {
    "content": _content,
    "there": _there,
    "file": _file,
    "real": os.path.realpath,
    "names": _names,
    "source": source_in,
}
