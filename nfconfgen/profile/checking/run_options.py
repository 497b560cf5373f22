"""Checks of options of container engines, which Nextflow writes into a command of the shell as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nfconfgen.findings import Finding
from nfconfgen.profile.document.task_paths import mapping_at, task_values
from nfconfgen.profile.document.yaml12 import Document, Path

# what a quote protects, and code whose output the shell inserts, as in -u $(id -u)
_WHOLE = re.compile(r"\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|\$\((?:[^()]|\([^()]*\))*\)")
_ENDS = re.compile(r"[;|&<>()'\"`\\]|(?:^|(?<=\s))#")


def check(document: Document) -> Iterator[Finding]:
    """A finding for each text that would not stay one command."""
    for path in _paths(document):
        text = document.data_at(path)
        found = _ENDS.search(_WHOLE.sub("", text)) if isinstance(text, str) else None
        if found is not None:
            message = f"{found[0]} in {path[-1]} would change or break the command that starts each container"
            yield Finding(
                document.place(path), "text", message, "put it in quotes, as in --env 'A=b;c', or remove it"
            )


def _paths(document: Document) -> Iterator[Path]:
    yield from task_values(document, "container_options")
    for site in mapping_at(document, ("sites",)):
        yield "sites", site, "container", "options"
        rules = document.data_at(("sites", site, "queues"))
        for number, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, dict):
                yield "sites", site, "queues", number, "container_options"
