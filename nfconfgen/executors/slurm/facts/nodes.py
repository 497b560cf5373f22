"""Parses the nodes of a cluster from the output of Slurm's commands. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from nfconfgen.executors.slurm.facts.cluster import NodeGroup, merged
from nfconfgen.executors.slurm.facts.hostlist import MOST
from nfconfgen.executors.slurm.facts.values import gres_of, mib_of, names_of, record_of, states_of

_NAME = re.compile(r"[^\[\],\s]{1,255}")
_UNFIT = re.compile(r"DOWN|DRAIN(ED|ING)?|FAIL(ING)?|FUTURE|ERROR|INVAL(ID_REG)?|UNKNOWN|MAINT(ENANCE)?")
_SPAN = re.compile(r"([0-9]{1,6})(?:-([0-9]{1,6}))?")


def groups_of(
    nodes: str, sinfo: str, partitions: Collection[str], select: str, doubts: list[str]
) -> dict[str, NodeGroup]:
    """The nodes of these partitions, those that are alike as one group: from `scontrol -o show node`, which alone
    knows what the system keeps, else from sinfo. `select` are SelectTypeParameters. Doubtful nodes are left out and
    reported in `doubts`."""
    lines = nodes.splitlines()
    whole = any(line.startswith("NodeName=") for line in lines)
    parsed = _from_scontrol(lines, select, doubts) if whole else _from_sinfo(sinfo.splitlines(), doubts)
    found: dict[str, NodeGroup] = {}
    for name, node in parsed:
        if name in found:
            doubts.append(f"node {name[:40]} is listed twice, the last entry counts")
        elif len(found) == MOST:
            doubts.append(f"nodes after the first {MOST} are ignored")
            break
        found[name] = replace(node, partitions=tuple(part for part in node.partitions if part in partitions))
    return merged((name, node) for name, node in found.items() if node.partitions)


def _is_name(name: str, doubts: list[str]) -> bool:
    """Whether it is the name of one node, which a list of nodes may contain; otherwise it is reported in `doubts`."""
    if _NAME.fullmatch(name):
        return True
    doubts.append(f"{name[:40]!r} is not the name of a node")
    return False


def _from_scontrol(lines: Iterable[str], select: str, doubts: list[str]) -> Iterator[tuple[str, NodeGroup]]:
    for line in lines:
        record = record_of(line)
        name, states = record.get("NodeName", ""), states_of(record.get("State", ""))
        if not name or "FUTURE" in states or not _is_name(name, doubts):
            continue
        cpus = mib_of(record.get("CPUEfctv") or record.get("CPUTot", ""), doubts)
        if cpus and not record.get("CPUEfctv"):
            cpus -= _kept_cpus(record)
        memory_mib = mib_of(record.get("RealMemory", ""), doubts)
        kept_mib = mib_of(record.get("MemSpecLimit", ""), doubts) or 0
        if not cpus or cpus < 0 or memory_mib is None or memory_mib <= kept_mib:
            doubts.append(f"the size of node {name[:40]} cannot be read")
            continue
        up = _in_service(states)
        yield (
            name,
            NodeGroup(
                cpus,
                memory_mib - kept_mib,
                names_of(record.get("Partitions", "")),
                names_of(record.get("ActiveFeatures", "")),
                gres_of(record.get("Gres", "")),
                up and "RESERVED" not in states,
                _step(record, select),
                "" if up else name,
                name if "RESERVED" in states else "",
            ),
        )


def _number(record: Mapping[str, str], key: str) -> int:
    return int(record[key]) if record.get(key, "").isdecimal() and len(record[key]) < 7 else 0


def _kept_cpus(record: Mapping[str, str]) -> int:
    """The CPUs that the system keeps, which Slurm before 22.05 does not subtract itself."""
    spans = [_SPAN.fullmatch(span) for span in record.get("CPUSpecList", "").split(",")]
    listed = sum(int(span[2] or span[1]) - int(span[1]) + 1 for span in spans if span is not None)
    return listed or _number(record, "CoreSpecCount") * max(_number(record, "ThreadsPerCore"), 1)


def _step(record: Mapping[str, str], select: str) -> int:
    """The CPUs that are given at once: those of a core, or of a socket. A node may count cores alone as its CPUs."""
    sockets, cores = _number(record, "Sockets"), _number(record, "CoresPerSocket")
    units = sockets * cores if "CORE" in select else sockets if "SOCKET" in select else 0
    return max(_number(record, "CPUTot") // units, 1) if units else 1


def _from_sinfo(lines: Iterable[str], doubts: list[str]) -> Iterator[tuple[str, NodeGroup]]:
    """Parses `%N|%P|%c|%m|%l|%f|%G|%a|%T`: one line for each node and partition."""
    found: dict[str, NodeGroup] = {}
    for line in lines:
        cells = line.split("|")
        if len(cells) != 9 or not _is_name(cells[0], doubts):
            continue
        name, partition, cpus, memory, _, features, gres, _, state = cells
        count, memory_mib = mib_of(cpus, doubts), mib_of(memory, doubts)
        if not count or not memory_mib:
            doubts.append(f"the size of node {name[:40]} cannot be read")
            continue
        partitions = (*(found[name].partitions if name in found else ()), partition.rstrip("*"))
        up = _in_service(states_of(state))
        found[name] = NodeGroup(
            count,
            memory_mib,
            tuple(sorted(partitions)),
            names_of(features),
            gres_of(gres),
            up,
            out="" if up else name,
        )
    yield from found.items()


def _in_service(states: Iterable[str]) -> bool:
    return not any(map(_UNFIT.fullmatch, states))
