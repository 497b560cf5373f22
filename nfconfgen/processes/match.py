"""Which selector applies to which task, and with which precedence, as in Nextflow.

A selector is a regular expression that matches a whole name, negated by a leading `!`. From weak to strong: a generic
`process.x`, a directive in the process's body, withLabel, withName by the process's own name, by its alias, by its
qualified name; among equals the later (Nextflow's ProcessConfigBuilder and ConfigSelectorResolver).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from nfconfgen.pipeline.model import Task

GENERIC, BODY, LABEL, NAME, ALIAS, QUALIFIED = range(6)
_MOST_REPEATS = 5
"""The limit for one alternative: with more, or with a repeated group, matching can take unlimited time."""


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    if re.search(r"\)[*+{]", pattern) or any(len(re.findall(r"[*+]", p)) > _MOST_REPEATS for p in pattern.split("|")):
        return None
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None


def usable(selector: str) -> bool:
    """Whether this selector can be matched in limited time."""
    return _compiled(selector.removeprefix("!")) is not None


_PLAIN = re.compile(r"(\.\*:)?[\w:]+")


@lru_cache(maxsize=4096)
def _matcher(selector: str) -> Callable[[str], object]:
    """Whether a name matches a selector. Most are a name, or its end: to compile them would take longer than all else
    that is done with them."""
    plain = _PLAIN.fullmatch(selector)
    if plain is not None:
        end = selector[2:]
        return (lambda name: name.endswith(end)) if plain[1] else selector.__eq__
    compiled = _compiled(selector.removeprefix("!"))
    if compiled is None:
        return lambda name: False
    if selector.startswith("!"):
        return lambda name: compiled.fullmatch(name) is None
    return compiled.fullmatch


def strength(kind: str, selector: str, task: Task) -> int | None:
    """The precedence of a `withLabel` or `withName` for a task; None if it does not apply."""
    if kind == "withLabel":
        matched = any(map(_matcher(selector.removeprefix("!")), task.process.labels))
        # a negated one also applies to a task without labels
        return LABEL if matched is not selector.startswith("!") else None
    matches = _matcher(selector)
    # Nextflow uses alias and qualified name only if they differ
    if task.qualified != task.alias and matches(task.qualified):
        return QUALIFIED
    if task.alias != task.process.name and matches(task.alias):
        return ALIAS
    return NAME if matches(task.process.name) else None
