"""Which selector holds for which task, and how strong it is there, as Nextflow decides it.

A selector is a regular expression on the whole name, negated by a leading `!`. From weak to strong: a generic
`process.x`, a directive in the process's body, withLabel, withName by the process's own name, by its alias, by its
whole name; among equals the later (Nextflow's ProcessConfigBuilder and ConfigSelectorResolver).
"""

from __future__ import annotations

import re
from functools import lru_cache

from nfconfgen.pipeline.model import Task

GENERIC, BODY, LABEL, NAME, ALIAS, QUALIFIED = range(6)
_MOST_REPEATS = 4
"""In one alternative: with more, or with a repeated group, matching can take time beyond all measure."""


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    if re.search(r"\)[*+{]", pattern) or any(len(re.findall(r"[*+]", p)) > _MOST_REPEATS for p in pattern.split("|")):
        return None
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None


def usable(selector: str) -> bool:
    """Whether it can be told what this selector matches."""
    return _compiled(selector.removeprefix("!")) is not None


def matches(selector: str, name: str) -> bool:
    """Whether the selector holds for this name."""
    compiled = _compiled(selector.removeprefix("!"))
    if compiled is None:
        return False
    return (compiled.fullmatch(name) is not None) is not selector.startswith("!")


def strength(kind: str, selector: str, task: Task) -> int | None:
    """How strong a `withLabel` or `withName` is for a task; None where it does not hold."""
    if kind == "withLabel":
        return LABEL if _labelled(selector, task) else None
    names = {NAME: task.process.name, ALIAS: task.alias, QUALIFIED: task.qualified}
    # Nextflow looks at alias and whole name only where they differ
    if task.alias == task.process.name:
        del names[ALIAS]
    if task.qualified == task.alias:
        del names[QUALIFIED]
    return max((level for level, name in names.items() if matches(selector, name)), default=None)


def _labelled(selector: str, task: Task) -> bool:
    plain = selector.removeprefix("!")
    # a negated one holds for a task without labels
    return any(matches(plain, label) for label in task.process.labels) is not selector.startswith("!")
