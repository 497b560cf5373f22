"""Parses the output of Slurm's commands in its text form, which every version has. Pure.

A value may contain blanks and anything an administrator typed (Reason=, Comment=), so the first of each key counts,
and the text after those is not read. What cannot be parsed is reported in `doubts`, never by an exception.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nfconfgen.executors.slurm.facts.cluster import Association, Ceilings, ClusterFacts, Partition
from nfconfgen.executors.slurm.facts.nodes import groups_of
from nfconfgen.executors.slurm.facts.values import (
    NO_LIMIT,
    config_of,
    mib_of,
    names_of,
    record_of,
    time_of,
    time_s,
    tres,
)


@dataclass(slots=True)
class Answers:
    """The output of each command (empty if it failed), and what was doubtful in it."""

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


def parse(answers: Answers, now: str) -> ClusterFacts:
    """The facts of a cluster. What is doubtful is left out and reported in `answers.doubts`."""
    config = config_of(answers.config)
    user, default_account, groups = ([*answers.user.split("|"), "", "", ""])[:3]
    group_names = set(groups.split())
    partitions = {}
    for line in answers.partitions.splitlines():
        record = record_of(line)
        if record.get("PartitionName"):
            partitions[record["PartitionName"]] = _partition(record, config, group_names, answers.doubts)
    cluster = config.get("ClusterName", "")
    return ClusterFacts(
        cluster=cluster,
        time=now,
        version=config.get("SLURM_VERSION", ""),
        part_limits=config.get("EnforcePartLimits", "NO").upper() not in ("NO", ""),
        every_part_limits=config.get("EnforcePartLimits", "").upper() in ("ALL", "YES"),
        memory_counts="MEMORY" in config.get("SelectTypeParameters", "MEMORY").upper(),
        enforce=names_of(config.get("AccountingStorageEnforce", "").lower()) or (),
        default_account=default_account.strip(),
        default_memory_per_node_mib=mib_of(config.get("DefMemPerNode", ""), answers.doubts),
        default_memory_per_cpu_mib=mib_of(config.get("DefMemPerCPU", ""), answers.doubts),
        partitions=dict(sorted(partitions.items())),
        nodes=groups_of(answers.nodes, answers.sinfo, partitions, answers.doubts),
        qos=_qos(answers) if answers.accounting else None,
        associations=_associations(answers, cluster, user.strip()) if answers.accounting else None,
    )


def _partition(
    record: Mapping[str, str], config: Mapping[str, str], groups: set[str], doubts: list[str]
) -> Partition:
    def mib(key: str) -> int | None:
        return mib_of(record.get(key, ""), doubts)

    per_node, per_cpu = mib("MaxMemPerNode"), mib("MaxMemPerCPU")
    if per_node is None and per_cpu is None:
        per_node, per_cpu = (mib_of(config.get(key, ""), doubts) for key in ("MaxMemPerNode", "MaxMemPerCPU"))
    allowed_groups = names_of(record.get("AllowGroups", "ALL"))
    in_group = allowed_groups is None or not groups or bool(groups & set(allowed_groups)) or "root" in groups
    return Partition(
        state=record.get("State", "UP"),
        cpus=mib_of(record.get("TotalCPUs", "0"), doubts) or 0,
        nodes=mib_of(record.get("TotalNodes", "0"), doubts) or 0,
        max_time_s=time_of(record.get("MaxTime", ""), doubts),
        max_cpus_per_node=mib("MaxCPUsPerNode"),
        max_memory_per_node_mib=per_node,
        max_memory_per_cpu_mib=per_cpu,
        default_memory_per_node_mib=mib("DefMemPerNode"),
        default_memory_per_cpu_mib=mib("DefMemPerCPU"),
        accounts=names_of(record.get("AllowAccounts", "ALL")),
        denied_accounts=names_of(record.get("DenyAccounts", "ALL")) or (),
        qos_allowed=names_of(record.get("AllowQos", "ALL")),
        denied_qos=names_of(record.get("DenyQos", "ALL")) or (),
        qos="" if record.get("QoS", "N/A") in NO_LIMIT else record["QoS"],
        allowed=in_group and (record.get("RootOnly", "NO") != "YES" or "root" in groups),
        reserved=record.get("ReqResv", "NO") == "YES",
        exclusive=record.get("OverSubscribe", "NO") == "EXCLUSIVE",
        default=record.get("Default", "NO") == "YES",
        default_time_s=time_of(record.get("DefaultTime", ""), doubts),
        hidden=record.get("Hidden", "NO") == "YES",
        min_nodes=mib_of(record.get("MinNodes", ""), doubts) or 1,
    )


def _cells(text: str, columns: int) -> Iterator[Sequence[str]]:
    for line in text.splitlines():
        cells = line.split("|")
        if len(cells) >= columns:
            yield cells


def _qos(answers: Answers) -> dict[str, Ceilings]:
    found = {}
    for name, flags, wall, job, node, user, group, least, *_ in _cells(answers.qos, 8):
        try:
            found[name] = Ceilings(
                time_s(wall), tres(job), tres(node), tres(user), tres(group), tres(least), names_of(flags) or ()
            )
        except ValueError:
            answers.doubts.append(f"the limits of QOS {name[:40]} cannot be read")
    return dict(sorted(found.items()))


def _associations(answers: Answers, cluster: str, queried_user: str) -> tuple[Association, ...]:
    found = []
    for of, account, user, partition, qos, default, job, node, wall, group, *_ in _cells(answers.associations, 10):
        if of != cluster or user not in ("", queried_user):
            continue
        try:
            ceilings = Ceilings(time_s(wall), tres(job), tres(node), {}, tres(group))
        except ValueError:
            answers.doubts.append(f"the limits of account {account[:40]} cannot be read")
            ceilings = Ceilings()
        found.append(Association(account, bool(user), partition, names_of(qos) or (), default, ceilings))
    return tuple(sorted(found, key=lambda a: (a.account, a.user, a.partition)))
