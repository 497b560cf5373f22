"""Reads the facts of a cluster that nobody can query, written by hand as in schemas/cluster.schema.json."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nfconfgen.executors.slurm.facts.cluster import ClusterFacts, NodeGroup, Partition
from nfconfgen.facts import decode
from nfconfgen.findings import Finding, has_errors
from nfconfgen.profile import units
from nfconfgen.profile.document import messages, schema, yaml12
from nfconfgen.profile.document.yaml12 import Document, Path

_KEY = re.compile(r"^nfconfgen_facts\s*:", re.MULTILINE)
_UNLIMITED = "unlimited"


def is_one(text: str) -> bool:
    """Whether a file with this text is meant to be one."""
    return _KEY.search(text) is not None


def read(text: str, file: str) -> tuple[ClusterFacts | None, Sequence[Finding]]:
    """The facts, unless there are errors; findings refer to the text as `file`."""
    document, findings = yaml12.parse(text, file)
    if document is None:
        return None, findings
    rules = schema.schema("cluster")
    document = replace(document, data=schema.unread(document.data))
    departures = schema.departures(document, rules)
    findings += messages.findings(departures, document, rules)
    # the rest is checked in the same run
    sound, _ = schema.sound(*schema.respelt(document, departures, rules), rules)
    facts = _facts(sound, findings) if sound is not None else None
    return (None if has_errors(findings) else facts), findings


def _facts(document: Document, findings: list[Finding]) -> ClusterFacts:
    data = document.data
    partitions: Mapping[str, Any] = data["partitions"]
    groups = {
        group: node for name in partitions for group, node in _groups(name, partitions[name], document, findings)
    }
    findings += _defaults(document)
    return ClusterFacts(
        cluster=data["cluster"],
        time=_time(document, findings),
        partitions={name: _partition(name, partitions[name], document, findings) for name in sorted(partitions)},
        nodes=dict(sorted(groups.items())),
        by_hand=True,
    )


def _time(document: Document, findings: list[Finding]) -> str:
    day = document.data.get("date")
    try:
        return decode.time("date", f"{day}T00:00:00Z") if day else ""
    except ValueError:
        findings.append(Finding(document.place(("date",)), "date", f"there is no {day}", "write it as 2026-11-20"))
        return ""


def _defaults(document: Document) -> Iterator[Finding]:
    partitions = document.data["partitions"]
    for name in [name for name in partitions if partitions[name].get("default")][1:]:
        place = document.place(("partitions", name, "default"))
        yield Finding(place, "duplicate", f"{name} is the second default partition", "a cluster has only one")


def _partition(name: str, data: Mapping[str, Any], document: Document, findings: list[Finding]) -> Partition:
    path: Path = ("partitions", name)

    def mib(key: str) -> int | None:
        return units.size(units.memory_mib, (*path, key), document, findings)

    def time_s(key: str) -> int | None:
        unlimited = data.get(key) == _UNLIMITED
        return None if unlimited else units.size(units.time_s, (*path, key), document, findings)

    nodes = data["nodes"]
    counted = all("count" in kind for kind in nodes)
    return Partition(
        cpus=int(sum(kind["count"] * kind["cpus"] for kind in nodes)) if counted else 0,
        nodes=int(sum(kind["count"] for kind in nodes)) if counted else 0,
        max_time_s=time_s("max_time"),
        default_time_s=time_s("default_time"),
        max_cpus_per_node=int(data["max_cpus_per_node"]) if "max_cpus_per_node" in data else None,
        max_memory_per_node_mib=mib("max_memory_per_node"),
        max_memory_per_cpu_mib=mib("max_memory_per_cpu"),
        exclusive=data.get("whole_nodes", False),
        default=data.get("default", False),
    )


def _groups(
    name: str, data: Mapping[str, Any], document: Document, findings: list[Finding]
) -> Iterator[tuple[str, NodeGroup]]:
    """The kinds of nodes of a partition. Their names are not known, so each kind gets one that is no host's."""
    kinds = data["nodes"]
    for index, kind in enumerate(kinds):
        path: Path = ("partitions", name, "nodes", index, "memory")
        memory_mib = units.size(units.memory_mib, path, document, findings)
        gpu = f"gpu:{kind['gpu_type']}" if "gpu_type" in kind else "gpu"
        gres = {gpu: int(kind["gpus"])} if "gpus" in kind else {}
        shown = f"nodes of {name}" if len(kinds) == 1 else f"nodes {index + 1} of {name}"
        yield shown, NodeGroup(int(kind["cpus"]), memory_mib or 0, (name,), gres=gres)
