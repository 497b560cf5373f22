"""Processes that stand for one task class each: names and labels that its selector matches, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from nfconfgen.profile.model import TaskClass
from nfconfgen.verify.model import Probe, Skipped

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(:[A-Za-z_][A-Za-z0-9_]*)*")
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?")
_PLAIN = "NFCONFGEN_TASK"


def probes(site: str, tasks: Sequence[TaskClass]) -> tuple[list[Probe], list[Skipped]]:
    """A probe for each class that one can stand for, in their order; the others with the reason."""
    found: list[Probe] = []
    skipped: list[Skipped] = []
    for task in tasks:
        probe = _probe(task, tasks, len(found))
        if probe is None:
            why = "every process that it holds for falls under another selector, too"
            skipped.append(Skipped(site, task.kind, task.name, why))
        else:
            found.append(probe)
    return found, skipped


def alone(name: str, labels: tuple[str, ...], tasks: Sequence[TaskClass], but: TaskClass | None = None) -> bool:
    """Whether no class but this one decides over the process."""
    others = [task for task in tasks if task is not but]
    return not any(_holds(task, name, labels) for task in others)


def _probe(task: TaskClass, tasks: Sequence[TaskClass], number: int) -> Probe | None:
    plain = f"{_PLAIN}_{number}"
    if task.kind == "default":
        return Probe("default", "", plain) if alone(plain, (), tasks, task) else None
    for text in _candidates(task.name, plain):
        name, labels = (text, ()) if task.kind == "process" else (plain, (text,))
        sound = (_NAME if task.kind == "process" else _LABEL).fullmatch(text) is not None
        if sound and _holds(task, name, labels) and alone(name, labels, tasks, task):
            return Probe(task.kind, task.name, name, labels)
    return None


def _candidates(selector: str, plain: str) -> Iterator[str]:
    """Texts that a selector may match: itself, its alternatives, and these with something in place of wildcards."""
    for part in (selector, *selector.split("|")):
        for anything in ("", "X", "0"):
            text = re.sub(r"\.[*+?]?", anything, part)
            yield re.sub(r"\[(\w).*?\]", r"\1", re.sub(r"\\.|[()^$*+?]", "", text))
    yield plain


def _holds(task: TaskClass, name: str, labels: tuple[str, ...]) -> bool:
    """As Nextflow matches: the whole label, the whole name, or the name without the workflows before it."""
    if task.kind == "default":
        return False
    if task.kind == "label":
        texts, negated = labels, task.name.startswith("!")
    else:
        texts, negated = tuple({name, name.rsplit(":", 1)[-1]}), task.name.startswith("!")
    pattern = re.compile(task.name.removeprefix("!"))
    matched = any(pattern.fullmatch(text) for text in texts)
    return matched is not negated
