"""What Slurm's commands print, read: the text forms, which every version has. Pure.

A value may hold blanks and anything an administrator typed (Reason=, Comment=), so of each key the first counts, and
what stands behind Reason= is not read at all. What cannot be read becomes a word in `doubts`, never an exception.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nfconfgen.facts.cluster import Association, Ceilings, ClusterFacts, NodeGroup, Partition, merged

_NO_LIMIT = {"", "UNLIMITED", "INFINITE", "NONE", "N/A", "(null)", "-1"}
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
_UNITS_MIB = {"K": 1 / 1024, "M": 1, "G": 1024, "T": 1024**2, "P": 1024**3}
_GRES_NOTE = re.compile(r"\([^)]*\)")
_DURATION = re.compile(r"(?:([0-9]+)-)?([0-9]+(?::[0-9]+){0,2})")


@dataclass(slots=True)
class Told:
    """The text of each command (empty where it failed), and what was doubtful in it."""

    config: str = ""
    partitions: str = ""
    nodes: str = ""
    sinfo: str = ""
    qos: str = ""
    associations: str = ""
    user: str = ""
    accounting: bool = True
    doubts: list[str] = field(default_factory=list)


QOS_FORMAT = "name,flags,maxwall,maxtres,maxtrespernode,maxtresperuser,grptres,mintres"
ASSOC_FORMAT = "cluster,account,user,partition,qos,defaultqos,maxtres,maxtrespernode,maxwall,grptres"


def parse(told: Told, now: str) -> ClusterFacts:
    """The facts of a cluster. What is doubtful is left out and said in `told.doubts`."""
    config = _config(told.config)
    user, default_account, groups = ([*told.user.split("|"), "", "", ""])[:3]
    group_names = set(groups.split())
    partitions = {}
    for line in told.partitions.splitlines():
        record = _record(line)
        if record.get("PartitionName"):
            partitions[record["PartitionName"]] = _partition(record, config, group_names, told.doubts)
    nodes = _groups(_nodes(told), partitions)
    cluster = config.get("ClusterName", "")
    return ClusterFacts(
        cluster=cluster,
        time=now,
        version=config.get("SLURM_VERSION", ""),
        part_limits=config.get("EnforcePartLimits", "NO").upper() not in ("NO", ""),
        memory_counts="MEMORY" in config.get("SelectTypeParameters", "MEMORY").upper(),
        enforce=_names(config.get("AccountingStorageEnforce", "").lower()) or (),
        default_account=default_account.strip(),
        default_memory_per_node_mib=_mib(config.get("DefMemPerNode", ""), told.doubts),
        default_memory_per_cpu_mib=_mib(config.get("DefMemPerCPU", ""), told.doubts),
        partitions=dict(sorted(partitions.items())),
        nodes=nodes,
        qos=_qos(told) if told.accounting else None,
        associations=_associations(told, cluster, user.strip()) if told.accounting else None,
    )


def time_s(text: str) -> int | None:
    """`1-00:00:00`, `04:00:00`, `30:00`, `60` (minutes); None for no limit. ValueError for anything else."""
    if text.strip() in _NO_LIMIT:
        return None
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"no time: {text!r}")
    days = int(found[1] or 0)
    parts = [int(part) for part in found[2].split(":")]
    if found[1]:
        hours, minutes, seconds = [*parts, 0, 0][:3]
    else:
        # without days: minutes, minutes:seconds, or hours:minutes:seconds
        hours, minutes, seconds = (0, *parts, 0)[:3] if len(parts) < 3 else parts
    return days * 86400 + hours * 3600 + minutes * 60 + seconds


def tres(text: str) -> dict[str, int]:
    """`cpu=24,mem=100G,gres/gpu=2`; memory in MiB. ValueError where a number cannot be read."""
    found = {}
    for part in filter(None, text.strip().split(",")):
        name, _, amount = part.partition("=")
        found[name.strip().lower()] = _memory_mib(amount) if name.strip().lower() == "mem" else int(amount)
    return found


def _memory_mib(text: str) -> int:
    if text and text[-1].upper() in _UNITS_MIB:
        return int(float(text[:-1]) * _UNITS_MIB[text[-1].upper()])
    return int(text)


def _record(line: str) -> dict[str, str]:
    """The keys of a line of `scontrol -o`; of each the first, up to its first blank."""
    # last to first, so that the first is what stays
    words = line.split(" Reason=", 1)[0].split()
    return dict([word.split("=", 1) for word in reversed(words) if "=" in word])


def _config(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals:
            found.setdefault(key.strip(), value.strip())
    return {key: "" if value == "(null)" else value for key, value in found.items()}


def _partition(
    record: Mapping[str, str], config: Mapping[str, str], groups: set[str], doubts: list[str]
) -> Partition:
    def mib(key: str) -> int | None:
        return _mib(record.get(key, ""), doubts)

    per_node, per_cpu = mib("MaxMemPerNode"), mib("MaxMemPerCPU")
    if per_node is None and per_cpu is None:
        per_node, per_cpu = (
            _mib(config.get("MaxMemPerNode", ""), doubts),
            _mib(config.get("MaxMemPerCPU", ""), doubts),
        )
    allowed_groups = _names(record.get("AllowGroups", "ALL"))
    let_in = allowed_groups is None or not groups or bool(groups & set(allowed_groups)) or "root" in groups
    return Partition(
        state=record.get("State", "UP"),
        cpus=_mib(record.get("TotalCPUs", "0"), doubts) or 0,
        nodes=_mib(record.get("TotalNodes", "0"), doubts) or 0,
        max_time_s=_time(record.get("MaxTime", ""), doubts),
        max_cpus_per_node=mib("MaxCPUsPerNode"),
        max_memory_per_node_mib=per_node,
        max_memory_per_cpu_mib=per_cpu,
        default_memory_per_node_mib=mib("DefMemPerNode"),
        default_memory_per_cpu_mib=mib("DefMemPerCPU"),
        accounts=_names(record.get("AllowAccounts", "ALL")),
        denied_accounts=_names(record.get("DenyAccounts", "ALL")) or (),
        qos_allowed=_names(record.get("AllowQos", "ALL")),
        denied_qos=_names(record.get("DenyQos", "ALL")) or (),
        qos="" if record.get("QoS", "N/A") in _NO_LIMIT else record["QoS"],
        allowed=let_in and (record.get("RootOnly", "NO") != "YES" or "root" in groups),
        reserved=record.get("ReqResv", "NO") == "YES",
        exclusive=record.get("OverSubscribe", "NO") == "EXCLUSIVE",
    )


def _names(text: str) -> tuple[str, ...] | None:
    """A list of names; None for ALL."""
    return None if text.upper() == "ALL" else tuple(sorted(n for n in text.split(",") if n and n not in _NO_LIMIT))


def _mib(text: str, doubts: list[str]) -> int | None:
    if text.strip() in _NO_LIMIT:
        return None
    try:
        # sinfo prints the least of unlike nodes as 64000+
        return int(text.strip().rstrip("+"))
    except ValueError:
        doubts.append(f"{text[:40]!r} is no number")
        return None


def _time(text: str, doubts: list[str]) -> int | None:
    try:
        return time_s(text)
    except ValueError as error:
        doubts.append(str(error)[:80])
        return None


def _nodes(told: Told) -> Iterator[tuple[str, NodeGroup]]:
    """Each node by itself: from scontrol, which alone knows MemSpecLimit, else from sinfo."""
    lines = told.nodes.splitlines()
    if not any(line.startswith("NodeName=") for line in lines):
        yield from _from_sinfo(told)
        return
    for line in lines:
        record = _record(line)
        name, states = record.get("NodeName", ""), _states(record.get("State", ""))
        if not name or "FUTURE" in states:
            continue
        cpus = _mib(record.get("CPUEfctv") or record.get("CPUTot", ""), told.doubts)
        memory_mib = _mib(record.get("RealMemory", ""), told.doubts)
        if cpus is None or memory_mib is None:
            told.doubts.append(f"the size of node {name[:40]} cannot be read")
            continue
        kept_mib = _mib(record.get("MemSpecLimit", ""), told.doubts) or 0
        yield (
            name,
            NodeGroup(
                cpus,
                memory_mib - kept_mib,
                _names(record.get("Partitions", "")) or (),
                _names(record.get("ActiveFeatures", "")) or (),
                _gres(record.get("Gres", "")),
                not states & _UNFIT,
            ),
        )


def _from_sinfo(told: Told) -> Iterator[tuple[str, NodeGroup]]:
    """`%N|%P|%c|%m|%l|%f|%G|%a|%T`: a line for each node and partition."""
    found: dict[str, NodeGroup] = {}
    for line in told.sinfo.splitlines():
        cells = line.split("|")
        if len(cells) != 9:
            continue
        name, partition, cpus, memory, _, features, gres, _, state = cells
        count, memory_mib = _mib(cpus, told.doubts), _mib(memory, told.doubts)
        if count is None or memory_mib is None:
            told.doubts.append(f"the size of node {name[:40]} cannot be read")
            continue
        partitions = (*(found[name].partitions if name in found else ()), partition.rstrip("*"))
        up = not _states(state) & _UNFIT
        found[name] = NodeGroup(count, memory_mib, tuple(sorted(partitions)), _names(features) or (), _gres(gres), up)
    yield from found.items()


def _states(text: str) -> set[str]:
    return {state.rstrip("*~#!%$@^-") for state in text.upper().split("+")}


def _gres(text: str) -> dict[str, int]:
    """`gpu:a100:2(S:0-1),tmp:100G` → gpu:a100 → 2."""
    found: dict[str, int] = {}
    for part in _GRES_NOTE.sub("", text).split(","):
        name, _, count = part.rpartition(":")
        if name and count.isdigit():
            found[name] = found.get(name, 0) + int(count)
        elif part and part not in _NO_LIMIT and ":" not in part:
            found[part] = found.get(part, 0) + 1
    return dict(sorted(found.items()))


def _groups(nodes: Iterator[tuple[str, NodeGroup]], partitions: Mapping[str, Partition]) -> dict[str, NodeGroup]:
    """Those of the nodes that are in one of these partitions, grouped."""
    known = ((name, replace(node, partitions=_known(node, partitions))) for name, node in nodes)
    return merged((name, node) for name, node in known if node.partitions)


def _known(node: NodeGroup, partitions: Mapping[str, Partition]) -> tuple[str, ...]:
    return tuple(partition for partition in node.partitions if partition in partitions)


def _cells(text: str, columns: int) -> Iterator[Sequence[str]]:
    for line in text.splitlines():
        cells = line.split("|")
        if len(cells) >= columns:
            yield cells


def _qos(told: Told) -> dict[str, Ceilings]:
    found = {}
    for name, flags, wall, job, node, user, group, least, *_ in _cells(told.qos, 8):
        try:
            found[name] = Ceilings(
                time_s(wall), tres(job), tres(node), tres(user), tres(group), tres(least), _names(flags) or ()
            )
        except ValueError:
            told.doubts.append(f"the limits of QOS {name[:40]} cannot be read")
    return dict(sorted(found.items()))


def _associations(told: Told, cluster: str, asked: str) -> tuple[Association, ...]:
    found = []
    for of, account, user, partition, qos, default, job, node, wall, group, *_ in _cells(told.associations, 10):
        if of != cluster or user not in ("", asked):
            continue
        try:
            ceilings = Ceilings(time_s(wall), tres(job), tres(node), {}, tres(group))
        except ValueError:
            told.doubts.append(f"the limits of account {account[:40]} cannot be read")
            ceilings = Ceilings()
        found.append(Association(account, bool(user), partition, _names(qos) or (), default, ceilings))
    return tuple(sorted(found, key=lambda a: (a.account, a.user, a.partition)))
