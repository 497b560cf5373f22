"""`queues` of a site: names in the order of preference, or rules that say which task goes where."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from nfconfgen.findings import Finding
from nfconfgen.profile import units
from nfconfgen.profile.document.yaml12 import Document, Path
from nfconfgen.profile.queue_model import Located, Options, QueueBound, QueueOperator, QueueRule, QueueValue
from nfconfgen.profile.references import Text, known

_OPERATORS: Mapping[str, QueueOperator] = {"": "<=", "under": "<", "over": ">", "from": ">="}
_WHAT: Mapping[str, QueueValue] = {
    "memory": "memory",
    "memory_per_cpu": "memory_per_cpu",
    "time": "time",
    "cpus": "cpus",
    "attempt": "attempt",
    "accelerator": "gpus",
}


def read(
    site: str, document: Document, known: Collection[str], findings: list[Finding]
) -> tuple[tuple[Located[str], ...], tuple[QueueRule, ...]]:
    """The queues that a site names, each once, and its rules (none if no item has `when` or options). `known` are the
    options that its jobs may have: other keys of an item are not about jobs. A size that cannot be read becomes a
    finding."""
    path: Path = ("sites", site, "queues")
    listed = document.data_at(path)
    if isinstance(listed, Text):
        return (at_once(path, document),), ()
    if not isinstance(listed, list):  # auto, or an executor without queues
        return (), ()
    rules = [_rule(item, (*path, index), document, known, findings) for index, item in enumerate(listed)]
    named = {rule.queue.value: rule.queue for rule in reversed(rules) if rule.queue is not None}
    queues = tuple(sorted(named.values(), key=lambda queue: (queue.place.line, queue.place.column)))
    return queues, tuple(rules) if any(rule.when or rule.options for rule in rules) else ()


def _rule(
    item: str | list[str] | dict[str, Any],
    path: Path,
    document: Document,
    known: Collection[str],
    findings: list[Finding],
) -> QueueRule:
    if not isinstance(item, dict):
        return QueueRule(at_once(path, document))
    bounds = tuple(_bounds((*path, "when"), document, findings))
    queue = at_once((*path, "queue"), document) if "queue" in item else None
    return QueueRule(queue, bounds, options({key: item[key] for key in item if key in known}))


def at_once(path: Path, document: Document) -> Located[str]:
    """The queue at this path of a site; several at once are joined by commas, as for sbatch."""
    value = document.data_at(path)
    if isinstance(value, Text):
        params = {**(document.data_at(("params",)) or {}), **(document.data_at((*path[:2], "params")) or {})}
        return Located(known(value, params) or str(value), document.place(path), value)
    return Located(value if isinstance(value, str) else ",".join(value), document.place(path))


def options(data: Mapping[str, Any]) -> Options:
    """These keys of a rule or a task."""
    return tuple(sorted((key, tuple(value) if isinstance(value, list) else value) for key, value in data.items()))


def _bounds(path: Path, document: Document, findings: list[Finding]) -> Iterator[QueueBound]:
    """A value is the most, inclusive; below `under`, `over` and `from` it is the bound of that name."""
    for key in document.data_at(path) or {}:
        for below in document.data_at((*path, key)) if key in _OPERATORS else [""]:
            at: Path = (*path, key, below) if below else (*path, key)
            value = _value(str(at[-1]), at, document, findings)
            if value is not None:
                what, operator = _WHAT[str(at[-1])], _OPERATORS[str(key) if below else ""]
                # true: any number of GPUs; false: none
                of_any = document.data_at(at) is True
                yield QueueBound(what, ">" if of_any else operator, value)


def _value(key: str, path: Path, document: Document, findings: list[Finding]) -> int | None:
    readers = {"memory": units.bound_mib, "memory_per_cpu": units.memory_mib, "time": units.time_s}
    if key in readers:
        return units.size(readers[key], path, document, findings)
    value = document.data_at(path)
    return 0 if isinstance(value, bool) else int(value)
