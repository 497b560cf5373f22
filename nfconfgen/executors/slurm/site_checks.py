"""Checks of a Slurm site that the schema cannot express, and of task classes that fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from nfconfgen.executors.slurm import sbatch_options
from nfconfgen.executors.slurm.facts.hostlist import expand, readable
from nfconfgen.executors.slurm.pools.job_options import JobOptions
from nfconfgen.facts.model import Pool, SitePools
from nfconfgen.findings import Finding
from nfconfgen.plan.model import Attempt
from nfconfgen.profile import containers
from nfconfgen.profile.credentials import shown
from nfconfgen.profile.document.task_paths import class_paths
from nfconfgen.profile.document.yaml12 import Document, Path
from nfconfgen.profile.model import Site, TaskClass
from nfconfgen.profile.units import cpus_text
from nfconfgen.wording import listed


def check(site: str, document: Document) -> Iterator[Finding]:
    """The findings about one site, in a document that conforms to the schema."""
    yield from containers.check(("sites", site, "container"), document)
    for rule in (_cluster_options, _memory, _nodes):
        yield from rule(document, ("sites", site), document.data["sites"][site])


def _homes(document: Document, path: Path, site: dict[str, Any]) -> Iterator[Path]:
    """The paths where options of sbatch may be set: of the site, of a rule, of a task class."""
    yield path
    queues = site.get("queues")
    for index, item in enumerate(queues if isinstance(queues, list) else ()):
        if isinstance(item, dict):
            yield (*path, "queues", index)
    yield from class_paths(document, (*path, "tasks"))


def _cluster_options(document: Document, path: Path, site: dict[str, Any]) -> Iterator[Finding]:
    for home in _homes(document, path, site):
        yield from _refused(document, (*home, "cluster_options"))


def _refused(document: Document, path: Path) -> Iterator[Finding]:
    for index, text in enumerate(document.data_at(path) or ()):
        place = document.place((*path, index))
        if sbatch_options.unreadable(text):
            yield Finding(place, "text", f"{shown(text)} has a quote that is not closed", "close it")
            continue
        for option, advice in sbatch_options.refused(text):
            yield Finding(place, "cluster-option", f"{option} must not be set in cluster_options", advice)


def _nodes(document: Document, path: Path, site: dict[str, Any]) -> Iterator[Finding]:
    """sbatch gives a job all the nodes of --nodelist, not one of them (measured)."""
    known = {key: set(readable(site.get(key, ()))) for key in ("nodelist", "exclude")}
    for key, lists in known.items():
        for index, text in enumerate(site.get(key, ())):
            if text not in lists:
                place = document.place((*path, key, index))
                yield Finding(
                    place, "name", f"{shown(text)} names no nodes, or too many", "write a list such as c[1-4,7]"
                )
    named = sum(len(expand(text)) for text in known["nodelist"])
    if named > 1:
        message = f"each job would get all {named} nodes of nodelist, not one of them"
        advice = "exclude the other nodes, or set a constraint that only these nodes meet"
        yield Finding(document.place((*path, "nodelist")), "nodelist", message, advice)


def _memory(document: Document, path: Path, site: dict[str, Any]) -> Iterator[Finding]:
    """A warning if no memory is requested and no task class sets it: then nothing is known about what tasks need."""
    if site.get("ask_memory") != "never" or document.data.get("tasks") or site.get("tasks"):
        return
    place = document.place((*path, "ask_memory"))
    message = f"no task of the pipeline asks for memory on {path[-1]}, and the profile does not set what tasks need"
    advice = "set it under tasks, so that it can be compared with what a job gets"
    yield Finding(place, "ask-memory", message, advice, "warning")


def raised_cpus(task: TaskClass, attempts: Sequence[Attempt], pools: SitePools) -> Iterator[Finding]:
    """A warning if Slurm raises the CPUs: they are charged, and not available to other jobs."""
    raised = next((a for a in attempts if a.granted_cpus > a.pool(pools).in_cores(a.request.cpus)), None)
    if raised is not None and task.memory_mib is not None:
        pool = raised.pool(pools)
        message = (
            f"attempt {raised.number} of {task.title} asks for {cpus_text(raised.request.cpus)} and gets "
            f"{raised.granted_cpus}: {pool.own_name} gives {pool.memory_per_cpu_mib} MB per CPU (MaxMemPerCPU)"
        )
        advice = "ask for that many, as the task can use them; or for less memory"
        yield Finding(task.memory_mib.place, "cpus-raised", message, advice, "warning")


def unknown_choice(site: Site, pools: Sequence[Pool]) -> Iterator[Finding]:
    """A finding for several partitions of which nothing says which one holds a task."""
    if site.choice != "first" or len(pools) < 2 or all(pool.known for pool in pools):
        return
    names = [pool.name for pool in pools]
    message = (
        f"which of {' and '.join(names)} holds a task is unknown without facts about their nodes: "
        f"every task would go to {names[0]}, so {site.name} is left out"
    )
    advice = (
        "build with facts collected on a login node (nfconfgen facts --collect-script); or write which task goes "
        f"where, as in queues: [{{queue: {names[0]}, when: {{memory: 60 GB, time: 4h}}}}, {{queue: {names[-1]}}}]"
    )
    yield Finding(site.queues_place, "queue-choice", message, advice)


def late(site: Site) -> Iterator[Finding]:
    """Notes on what is known only when Nextflow starts."""
    found = dict(item for seen in site.seen for item in JobOptions.of(seen).late.items())
    unknown = [key for key, compared in found.items() if not compared]
    defaults = [f"{key} (as {compared})" for key, compared in found.items() if compared]
    if unknown:
        message = f"read when Nextflow starts, so its limits on {site.name} are not compared: {listed(unknown)}"
        yield Finding(site.place, "read-at-start", message, "", "note")
    if defaults:
        message = f"read when Nextflow starts, and planned on {site.name} by its default: {listed(defaults)}"
        yield Finding(site.place, "read-at-start", message, "", "note")
    for queue in site.queues:
        if queue.text is not None:
            what = (
                f"tasks are planned for {queue.value}" if not queue.unknown else "its nodes and limits are not known"
            )
            message = f"the partition of {site.name} ({queue.text}) is read when Nextflow starts: {what}"
            yield Finding(queue.place, "read-at-start", message, "", "note")


def unproven(site: Site, pools: Sequence[Pool]) -> Iterator[Finding]:
    """Warnings for what the plan does not compare on this cluster, and for partitions that give several nodes."""
    for rule, message, advice in dict.fromkeys(each for pool in pools for each in pool.unproven):
        yield Finding(site.place, rule, message, advice, "warning")
    for pool in {pool.own_name: pool for pool in pools if pool.nodes > 1}.values():
        message = f"{pool.own_name} gives each job {pool.nodes} nodes (MinNodes): a task runs on one, all are charged"
        yield Finding(site.queue_place(pool.name), "several-nodes", message, "name another partition", "warning")
