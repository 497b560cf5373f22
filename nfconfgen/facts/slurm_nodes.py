"""The nodes of a cluster, as Slurm's commands print them. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from nfconfgen.facts.cluster import NodeGroup, merged
from nfconfgen.facts.slurm_words import gres_of, mib_of, names_of, record_of, states_of

_NAME = re.compile(r"[^\[\],\s]+")
_UNFIT = {
    "DOWN",
    "DRAIN",
    "DRAINED",
    "DRAINING",
    "FAIL",
    "FAILING",
    "FUTURE",
    "ERROR",
    "INVAL",
    "INVALID_REG",
    "UNKNOWN",
}


def groups_of(nodes: str, sinfo: str, partitions: Collection[str], doubts: list[str]) -> dict[str, NodeGroup]:
    """The nodes of these partitions, those that are alike as one group: from what `scontrol -o show node` printed,
    which alone knows MemSpecLimit, else from sinfo. Doubtful nodes are left out and said in `doubts`."""
    lines = nodes.splitlines()
    whole = any(line.startswith("NodeName=") for line in lines)
    told = _from_scontrol(lines, doubts) if whole else _from_sinfo(sinfo.splitlines(), doubts)
    known = ((name, _within(node, partitions)) for name, node in told)
    return merged((name, node) for name, node in known if node.partitions)


def _within(node: NodeGroup, partitions: Collection[str]) -> NodeGroup:
    return replace(node, partitions=tuple(partition for partition in node.partitions if partition in partitions))


def _from_scontrol(lines: Iterable[str], doubts: list[str]) -> Iterator[tuple[str, NodeGroup]]:
    for line in lines:
        record = record_of(line)
        name, states = record.get("NodeName", ""), states_of(record.get("State", ""))
        if not _NAME.fullmatch(name) or "FUTURE" in states:
            continue
        cpus = mib_of(record.get("CPUEfctv") or record.get("CPUTot", ""), doubts)
        memory_mib = mib_of(record.get("RealMemory", ""), doubts)
        if cpus is None or memory_mib is None:
            doubts.append(f"the size of node {name[:40]} cannot be read")
            continue
        kept_mib = mib_of(record.get("MemSpecLimit", ""), doubts) or 0
        yield (
            name,
            NodeGroup(
                cpus,
                memory_mib - kept_mib,
                names_of(record.get("Partitions", "")) or (),
                names_of(record.get("ActiveFeatures", "")) or (),
                gres_of(record.get("Gres", "")),
                not states & _UNFIT,
            ),
        )


def _from_sinfo(lines: Iterable[str], doubts: list[str]) -> Iterator[tuple[str, NodeGroup]]:
    """`%N|%P|%c|%m|%l|%f|%G|%a|%T`: a line for each node and partition."""
    found: dict[str, NodeGroup] = {}
    for line in lines:
        cells = line.split("|")
        if len(cells) != 9 or not _NAME.fullmatch(cells[0]):
            continue
        name, partition, cpus, memory, _, features, gres, _, state = cells
        count, memory_mib = mib_of(cpus, doubts), mib_of(memory, doubts)
        if count is None or memory_mib is None:
            doubts.append(f"the size of node {name[:40]} cannot be read")
            continue
        partitions = (*(found[name].partitions if name in found else ()), partition.rstrip("*"))
        up = not states_of(state) & _UNFIT
        found[name] = NodeGroup(
            count, memory_mib, tuple(sorted(partitions)), names_of(features) or (), gres_of(gres), up
        )
    yield from found.items()
