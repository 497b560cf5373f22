"""Stub processes for one task class each: with names and labels that only its selector matches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from nfconfgen.profile.checking.selectors import matches
from nfconfgen.profile.model import TaskClass
from nfconfgen.verify.model import Skipped, Stub

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(:[A-Za-z_][A-Za-z0-9_]*)*")
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?")
_PLAIN = "NFCONFGEN_TASK"


def stubs(site: str, tasks: Sequence[TaskClass]) -> tuple[list[Stub], list[Skipped]]:
    """A stub process for each class in order, and the classes that cannot have one."""
    found: list[Stub] = []
    skipped: list[Skipped] = []
    for task in tasks:
        stub = _stub(task, tasks, len(found))
        if stub is None:
            why = "every process that it matches is matched by another selector too"
            skipped.append(Skipped(site, task.kind, task.name, why))
        else:
            found.append(stub)
    return found, skipped


def alone(name: str, labels: tuple[str, ...], tasks: Sequence[TaskClass], but: TaskClass | None = None) -> bool:
    """Whether no class except `but` applies to the process."""
    return not any(_applies(task, name, labels) for task in tasks if task is not but)


def _stub(task: TaskClass, tasks: Sequence[TaskClass], number: int) -> Stub | None:
    plain = f"{_PLAIN}_{number}"
    if task.kind == "default":
        return Stub("default", "", plain) if alone(plain, (), tasks, task) else None
    for text in _candidates(task.name, plain):
        name, labels = (text, ()) if task.kind == "process" else (plain, (text,))
        valid = (_NAME if task.kind == "process" else _LABEL).fullmatch(text) is not None
        if valid and _applies(task, name, labels) and alone(name, labels, tasks, task):
            return Stub(task.kind, task.name, name, labels)
    return None


def _candidates(selector: str, plain: str) -> Iterator[str]:
    """Texts that a selector may match: itself and its alternatives, with wildcards replaced."""
    for part in (selector, *selector.split("|")):
        for anything in ("", "X", "0"):
            text = re.sub(r"\.[*+?]?", anything, part)
            yield re.sub(r"\[(\w).*?\]", r"\1", re.sub(r"\\.|[()^$*+?]", "", text))
    yield plain


def _applies(task: TaskClass, name: str, labels: tuple[str, ...]) -> bool:
    """Whether Nextflow matches the class: by a whole label, the qualified name, or the name without workflows."""
    if task.kind == "default":
        return False
    texts = labels if task.kind == "label" else (name, name.rsplit(":", 1)[-1])
    plain = task.name.removeprefix("!")
    matched = any(matches(plain, text) for text in texts)
    return matched is not task.name.startswith("!")
