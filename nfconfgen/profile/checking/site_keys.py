"""Checks of what rules and task classes of a site set for its scheduler."""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.executors.interface import Executor
from nfconfgen.findings import Finding
from nfconfgen.profile.document.task_paths import class_paths
from nfconfgen.profile.document.yaml12 import Document, Path
from nfconfgen.profile.tasks import OPTIONS

MOST_WITHOUT_QUEUE = 4
"""Each rule that only sets options doubles what has to be planned for the rules after it."""


def check(site: str, document: Document, executor: Executor) -> Iterator[Finding]:
    """The findings about one site, in a document that fits the schema."""
    yield from _of_tasks(site, document, executor)
    queues = document.data["sites"][site].get("queues")
    if isinstance(queues, list):
        yield from _of_rules(queues, ("sites", site, "queues"), document, executor)


def _of_tasks(site: str, document: Document, executor: Executor) -> Iterator[Finding]:
    """Keys that this executor does not have."""
    unknown = [*(key for key in OPTIONS if key not in executor.options), *([] if executor.has_queues else ["queue"])]
    for path in (
        (*home, key) for home in class_paths(document, ("sites", site, "tasks")) for key in ("queue", *OPTIONS)
    ):
        key, value = str(path[-1]), document.data_at(path)
        if value is None:
            continue
        if key in unknown:
            message = f"tasks have no {key} on {site}, as its executor is {executor.name}"
            yield Finding(document.key_place(path), "unknown-key", message, "remove it")
        elif key == "queue" and isinstance(value, list) and not executor.several_at_once:
            message = f"a job of {executor.words.scheduler} goes to one queue, not to several"
            yield Finding(document.place(path), "wrong-type", message, "name one")


def _of_rules(queues: list[object], path: Path, document: Document, executor: Executor) -> Iterator[Finding]:
    """Rules that set nothing, or that no task comes to."""
    rules = [(item, document.place((*path, index))) for index, item in enumerate(queues)]
    if not any(isinstance(item, dict) and item.keys() & {"when", *executor.options} for item, _ in rules):
        return
    only_options = [place for item, place in rules if isinstance(item, dict) and "queue" not in item]
    if len(only_options) > MOST_WITHOUT_QUEUE:
        message = f"more than {MOST_WITHOUT_QUEUE} rules name no queue"
        yield Finding(
            only_options[MOST_WITHOUT_QUEUE], "queue-rule", message, "set the options of each queue in its rule"
        )
    takes_all = None
    for item, place in rules:
        if takes_all is not None:
            message = f"no task comes to this rule: line {takes_all.line} takes all that are left"
            yield Finding(place, "queue-rule", message, "write it above, or give that one a `when`", "warning")
            return
        if isinstance(item, dict) and not item.keys() - {"when"}:
            message = "this rule names no queue and sets no option"
            yield Finding(place, "queue-rule", message, "name its queue, as in {queue: short, when: {time: 4h}}")
        if not isinstance(item, dict) or ("queue" in item and "when" not in item):
            takes_all = place
