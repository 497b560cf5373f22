"""Parses the output of Slurm's commands in its text form, which every version has. Pure.

A value may contain blanks and anything an administrator typed (Reason=, Comment=), so the first of each key counts,
and the text after those is not read. What cannot be parsed is reported in `doubts`, never by an exception.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from nfconfgen.executors.slurm.facts.accounting import Reservation
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts, NodeGroup, Partition
from nfconfgen.executors.slurm.facts.hostlist import expand, readable
from nfconfgen.executors.slurm.facts.nodes import groups_of
from nfconfgen.executors.slurm.facts.parse_accounting import associations_of, qos_of, used_up_of
from nfconfgen.executors.slurm.facts.values import (
    allowed_of,
    config_of,
    mib_of,
    names_of,
    record_of,
    time_of,
)

_UNLIMITED_PER_CPU = str(2**63 - 1)


@dataclass(slots=True)
class Answers:
    """The output of each command (empty if it failed), and what was doubtful in it. `user` is his name, default
    account and groups, `host` the machine that was queried. `reservations`: None if the command failed."""

    config: str = ""
    partitions: str = ""
    nodes: str = ""
    sinfo: str = ""
    qos: str = ""
    associations: str = ""
    user: str = ""
    accounting: bool = True
    usage: str = ""
    reservations: str | None = None
    host: str = ""
    not_read: tuple[str, ...] = ()
    doubts: list[str] = field(default_factory=list)


def parse(answers: Answers, now: str) -> ClusterFacts:
    """The facts of a cluster. What is doubtful is left out and reported in `answers.doubts`."""
    config = config_of(answers.config)
    user, default_account, groups = ([*answers.user.split("|"), "", "", ""])[:3]
    user, asking = user.strip(), _Asking(frozenset(groups.split()), answers.host)
    partitions = {}
    for line in answers.partitions.splitlines():
        record = record_of(line)
        if record.get("PartitionName"):
            partitions[record["PartitionName"]] = _partition(record, config, asking, answers.doubts)
    cluster, used_up = config.get("ClusterName", ""), tuple(used_up_of(answers.usage))
    select = config.get("SelectTypeParameters", "MEMORY").upper()
    nodes = groups_of(answers.nodes, answers.sinfo, partitions, select, answers.doubts)
    by_partition = config.get("PreemptType") == "preempt/partition_prio"
    partitions = _with_preemption(partitions, nodes if by_partition else {})
    associations = associations_of(answers.associations, used_up, cluster, user, answers.doubts)
    return ClusterFacts(
        cluster=cluster,
        time=now,
        version=config.get("SLURM_VERSION", ""),
        part_limits=config.get("EnforcePartLimits", "NO").upper() not in ("NO", ""),
        every_part_limits=config.get("EnforcePartLimits", "").upper() in ("ALL", "YES"),
        memory_counts="MEMORY" in select,
        enforce=names_of(config.get("AccountingStorageEnforce", "").lower()),
        default_account=default_account.strip(),
        default_memory_per_node_mib=mib_of(config.get("DefMemPerNode", ""), answers.doubts),
        default_memory_per_cpu_mib=mib_of(config.get("DefMemPerCPU", ""), answers.doubts),
        partitions=dict(sorted(partitions.items())),
        nodes=nodes,
        qos=qos_of(answers.qos, used_up, answers.doubts) if answers.accounting else None,
        associations=associations if answers.accounting else None,
        whole_nodes=config.get("SelectType") == "select/linear",
        largest_billing="MAX_TRES" in config.get("PriorityFlags", "").upper().split(","),
        job_submit=names_of(config.get("JobSubmitPlugins", "")),
        reservations=None if answers.reservations is None else dict(_reservations(answers.reservations)),
        user=user,
        not_read=answers.not_read,
    )


@dataclass(frozen=True, slots=True)
class _Asking:
    """The groups of the user, and the machine."""

    groups: frozenset[str]
    host: str


def _partition(record: Mapping[str, str], config: Mapping[str, str], asking: _Asking, doubts: list[str]) -> Partition:
    def mib(key: str) -> int | None:
        return mib_of(record.get(key, ""), doubts)

    # a partition that sets no limit of its own has that of the cluster; one that sets UNLIMITED prints this
    unlimited = record.get("MaxMemPerCPU") == _UNLIMITED_PER_CPU
    per_node, per_cpu = mib("MaxMemPerNode"), None if unlimited else mib("MaxMemPerCPU")
    if per_node is None and per_cpu is None and not unlimited:
        per_node, per_cpu = (mib_of(config.get(key, ""), doubts) for key in ("MaxMemPerNode", "MaxMemPerCPU"))
    groups, allowed_groups = asking.groups, allowed_of(record.get("AllowGroups", "ALL"))
    in_group = allowed_groups is None or not groups or bool(groups & set(allowed_groups)) or "root" in groups
    from_hosts = _hosts(record.get("AllocNodes", "ALL"))
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
        accounts=allowed_of(record.get("AllowAccounts", "ALL")),
        denied_accounts=names_of(record.get("DenyAccounts", "")),
        qos_allowed=allowed_of(record.get("AllowQos", "ALL")),
        denied_qos=names_of(record.get("DenyQos", "")),
        qos=_named(record.get("QoS", "")),
        allowed=in_group and (record.get("RootOnly", "NO") != "YES" or "root" in groups),
        reserved=record.get("ReqResv", "NO") == "YES",
        exclusive=record.get("OverSubscribe", "NO") == "EXCLUSIVE",
        default=record.get("Default", "NO") == "YES",
        default_time_s=time_of(record.get("DefaultTime", ""), doubts),
        hidden=record.get("Hidden", "NO") == "YES",
        min_nodes=mib_of(record.get("MinNodes", ""), doubts) or 1,
        max_nodes=mib("MaxNodes"),
        empty=record.get("TotalNodes") == "0",
        elsewhere=bool(asking.host) and from_hosts is not None and asking.host not in from_hosts,
        billing="" if record.get("TRESBillingWeights") == "(null)" else record.get("TRESBillingWeights", ""),
        tier=mib("PriorityTier") or 1,
        preempted=record.get("PreemptMode", "OFF").upper() not in ("OFF", "GANG"),
    )


def _hosts(text: str) -> set[str] | None:
    """The machines of AllocNodes; None for all of them, or if they cannot be read."""
    known = readable([text]) if text != "ALL" else ()
    return {name for part in known for name in expand(part)} or None


def _with_preemption(partitions: Mapping[str, Partition], nodes: Mapping[str, NodeGroup]) -> dict[str, Partition]:
    """A partition of a higher tier takes nodes that both have."""
    highest: dict[str, int] = {}
    for group in nodes.values():
        most = max(partitions[name].tier for name in group.partitions)
        for name in group.partitions:
            highest[name] = max(highest.get(name, 0), most)
    return {
        name: replace(part, preempted=part.preempted and highest.get(name, 0) > part.tier)
        for name, part in partitions.items()
    }


def _reservations(text: str) -> Iterator[tuple[str, Reservation]]:
    for line in text.splitlines():
        record = record_of(line)
        if record.get("ReservationName"):
            yield (
                record["ReservationName"],
                Reservation(
                    nodes=record.get("Nodes", "").replace("(null)", ""),
                    users=names_of(record.get("Users", "")),
                    accounts=names_of(record.get("Accounts", "")),
                    active=record.get("State", "ACTIVE") == "ACTIVE",
                ),
            )


def _named(text: str) -> str:
    """A name, which may be any word but those that Slurm writes for none."""
    return "" if text in ("N/A", "(null)") else text
