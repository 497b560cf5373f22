"""What the schema cannot say of a Slurm site: options with a key of their own, keys an engine does not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nfconfgen.executors.slurm import sbatch_options
from nfconfgen.executors.slurm.facts.hostlist import expand, readable
from nfconfgen.findings import Finding
from nfconfgen.profile import containers
from nfconfgen.profile.credentials import shown
from nfconfgen.profile.document.yaml12 import Document, Path


def check(site: str, document: Document) -> Iterator[Finding]:
    """All findings about the meaning of one site on Slurm, in a document that fits the schema."""
    yield from containers.check(("sites", site, "container"), document)
    for rule in (_cluster_options, _memory, _nodes):
        yield from rule(document, ("sites", site), document.data["sites"][site])


def _cluster_options(document: Document, path: Path, site: dict[str, Any]) -> Iterator[Finding]:
    for index, text in enumerate(site.get("cluster_options", ())):
        place = document.place((*path, "cluster_options", index))
        if sbatch_options.unreadable(text):
            yield Finding(place, "text", f"{shown(text)} has a quote that does not end", "close it")
            continue
        for option, advice in sbatch_options.refused(text):
            yield Finding(place, "cluster-option", f"{option} must not stand in cluster_options", advice)


def _nodes(document: Document, path: Path, site: dict[str, Any]) -> Iterator[Finding]:
    """sbatch gives a job all the nodes of --nodelist, not one of them (measured)."""
    known = {key: set(readable(site.get(key, ()))) for key in ("nodelist", "exclude")}
    for key, lists in known.items():
        for index, text in enumerate(site.get(key, ())):
            if text not in lists:
                place = document.place((*path, key, index))
                yield Finding(place, "name", f"{shown(text)} stands for no nodes, or for too many", "as in c[1-4,7]")
    named = sum(len(expand(text)) for text in known["nodelist"])
    if named > 1:
        message = f"each job would get all {named} nodes of nodelist, not one of them"
        advice = "leave out the others by exclude, or say a constraint that these nodes have"
        yield Finding(document.place((*path, "nodelist")), "nodelist", message, advice)


def _memory(document: Document, path: Path, site: dict[str, Any]) -> Iterator[Finding]:
    """Nextflow can be kept from handing on the pipeline's own numbers, but then nothing says what a task gets."""
    if site.get("ask_memory") != "never" or document.data.get("tasks") or site.get("tasks"):
        return
    place = document.place((*path, "ask_memory"))
    message = f"no task of the pipeline asks for memory on {path[-1]}, and no tasks say here what they need"
    advice = "say it under tasks, so that it can be compared with what a job gets"
    yield Finding(place, "ask-memory", message, advice, "warning")
