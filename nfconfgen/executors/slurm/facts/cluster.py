"""The facts of one Slurm cluster in the form of the lock: nodes, partitions, and the limits of accounting.

Sizes are MiB and seconds; None means no limit. Nodes that are alike are one group, so that a single node in repair
changes nothing here: https://slurm.schedmd.com/scontrol.html.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from nfconfgen.executors.slurm.facts.accounting import Association, Ceilings, Reservation, Tres
from nfconfgen.executors.slurm.facts.hostlist import MOST, compress, expand, readable
from nfconfgen.facts import decode


@dataclass(frozen=True, slots=True)
class NodeGroup:
    """Nodes that are alike. `memory_mib` is available to jobs on each (RealMemory - MemSpecLimit), `gres` as
    `gpu:a100` → 2; `up`: at least one of them is in service. `cpu_step`: jobs get CPUs in multiples of it. `out` and
    `reserved` are those of them that are out of service, or that a reservation keeps, where the profile names
    nodes."""

    cpus: int
    memory_mib: int
    partitions: tuple[str, ...]
    features: tuple[str, ...] = ()
    gres: Tres = field(default_factory=dict)
    up: bool = True
    cpu_step: int = 1
    out: str = ""
    reserved: str = ""


@dataclass(frozen=True, slots=True)
class Partition:
    """`allowed`: whether the groups of the user may use it; accounts and QOS: None = all. `cpus`, `nodes`: in all.
    `elsewhere`: no job may be submitted from the machine that was queried (AllocNodes). `billing`:
    TRESBillingWeights. `empty`: it has no node at all. `preempted`: its jobs may be ended for those of a partition of
    a higher `tier`."""

    state: str = "UP"
    cpus: int = 0
    nodes: int = 0
    max_time_s: int | None = None
    max_cpus_per_node: int | None = None
    max_memory_per_node_mib: int | None = None
    max_memory_per_cpu_mib: int | None = None
    default_memory_per_node_mib: int | None = None
    default_memory_per_cpu_mib: int | None = None
    accounts: tuple[str, ...] | None = None
    denied_accounts: tuple[str, ...] = ()
    qos_allowed: tuple[str, ...] | None = None
    denied_qos: tuple[str, ...] = ()
    qos: str = ""
    allowed: bool = True
    reserved: bool = False
    exclusive: bool = False
    default: bool = False
    default_time_s: int | None = None
    hidden: bool = False
    min_nodes: int = 1
    max_nodes: int | None = None
    elsewhere: bool = False
    billing: str = ""
    tier: int = 1
    preempted: bool = False
    empty: bool = False


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """The facts of a cluster; `time` is when it was queried (ISO 8601, UTC).

    `enforce` is AccountingStorageEnforce, `part_limits` whether EnforcePartLimits refuses at once what otherwise
    pends indefinitely; with `every_part_limits`, if it is beyond the limits of any of several partitions at once.
    `memory_counts`: memory is reserved for jobs. `whole_nodes`: each job has its nodes alone (select/linear).
    `largest_billing`: of the billing weights the largest product counts, not the sum. `job_submit` are plugins that
    may change jobs. `qos` and `associations` are None without accounting, `reservations` None if they are unknown.
    `not_read` are parts of the facts that the cluster does not show. `by_hand`: somebody wrote the facts, `time` is
    then the day (empty: unknown), and all that is not about the size of nodes and partitions is unknown."""

    cluster: str
    time: str
    version: str = ""
    part_limits: bool = False
    every_part_limits: bool = False
    memory_counts: bool = True
    enforce: tuple[str, ...] = ()
    default_account: str = ""
    default_memory_per_node_mib: int | None = None
    default_memory_per_cpu_mib: int | None = None
    partitions: Mapping[str, Partition] = field(default_factory=dict)
    nodes: Mapping[str, NodeGroup] = field(default_factory=dict)
    qos: Mapping[str, Ceilings] | None = None
    associations: tuple[Association, ...] | None = None
    whole_nodes: bool = False
    largest_billing: bool = False
    job_submit: tuple[str, ...] = ()
    reservations: Mapping[str, Reservation] | None = None
    user: str = ""
    not_read: tuple[str, ...] = ()
    by_hand: bool = False

    @property
    def queues(self) -> Mapping[str, tuple[str, ...]]:
        """The node groups of each partition."""
        found: dict[str, list[str]] = {name: [] for name in self.partitions}
        for name, group in self.nodes.items():
            for partition in group.partitions:
                if partition in found:
                    found[partition].append(name)
        return {partition: tuple(names) for partition, names in found.items()}

    @property
    def enforces_limits(self) -> bool:
        """Whether limits of QOS and accounts hold."""
        return bool({"limits", "safe"} & set(self.enforce))

    @property
    def default_partition(self) -> str:
        """The partition of jobs that name none; empty if that is unknown."""
        return next((name for name, partition in self.partitions.items() if partition.default), "")

    def only(
        self,
        partitions: Iterable[str] | None,
        accounts: Iterable[str] | None,
        qos: Iterable[str],
        reservations: Iterable[str] = (),
        *,
        nodes: bool = False,
    ) -> ClusterFacts:
        """The facts about these partitions, accounts (None: all), QOS and reservations; with `nodes` about single
        nodes, too. A lock stays up to date when the rest of the cluster changes."""
        wanted = set(self.partitions if partitions is None else partitions)
        groups: dict[str, NodeGroup] = {}
        for name, group in self.nodes.items():
            kept = tuple(partition for partition in group.partitions if partition in wanted)
            if kept:
                single = {} if nodes else {"out": "", "reserved": ""}
                groups[name] = replace(group, partitions=kept, **single)  # type: ignore[arg-type]
        kept_partitions = {name: partition for name, partition in self.partitions.items() if name in wanted}
        found = replace(self, partitions=kept_partitions, nodes=merged(groups.items()))
        if self.reservations is not None:
            used = {name: self.reservations[name] for name in sorted(set(reservations)) if name in self.reservations}
            found = replace(found, reservations=used, user=self.user if used else "")
        if accounts is None or self.associations is None:
            return found
        return found._of_accounts({name.lower() for name in accounts}, {name.lower() for name in qos})

    def _of_accounts(self, accounts: set[str], qos: set[str]) -> ClusterFacts:
        """The facts about these accounts, those above them, and the QOS that jobs have there."""
        unknown = accounts - {a.account for a in self.associations or () if a.user}
        above = {a.account for account in accounts for a in self.chain(account)}
        kept = tuple(
            a
            for a in self.associations or ()
            if (a.account in above if not a.user else a.account in accounts or unknown)
        )
        used = qos | {*(p.qos.lower() for p in self.partitions.values()), "normal"}
        used |= {name.lower() for a in kept for name in a.defaults}
        limits = {name: ceilings for name, ceilings in (self.qos or {}).items() if name.lower() in used}
        default = self.default_account if self.default_account in accounts else ""
        return replace(self, associations=kept, qos=limits, default_account=default)

    def chain(self, account: str) -> tuple[Association, ...]:
        """The account as a whole, and those above it."""
        by_name = {a.account: a for a in self.associations or () if not a.user}
        found: list[Association] = []
        while account in by_name and by_name[account] not in found:
            found.append(by_name[account])
            account = by_name[account].parent
        return tuple(found)

    def same_but_time(self, other: ClusterFacts) -> bool:
        return replace(self, time="") == replace(other, time="")

    def to_json(self) -> dict[str, Any]:
        """The form in the lock: without the fields that have their default."""
        data: dict[str, Any] = _json(self)
        return data

    @staticmethod
    def from_json(data: Any, at: str = "facts") -> ClusterFacts:
        """The facts that `to_json` wrote. ValueError if it did not write these; `at` is the key they stand under."""
        return decode.read(
            ClusterFacts,
            at,
            data,
            {
                "time": ("time", lambda at, value: decode.time(at, value) if value != "" else ""),
                "partitions": ("partitions", decode.each(decode.record(Partition))),
                "nodes": ("nodes", _groups),
                "qos": ("qos", decode.or_none(decode.each(decode.record(Ceilings)))),
                "associations": ("associations", decode.or_none(decode.several(_association))),
                "reservations": ("reservations", decode.or_none(decode.each(decode.record(Reservation)))),
            },
            required=("partitions", "nodes"),
        )


def merged(nodes: Iterable[tuple[str, NodeGroup]]) -> dict[str, NodeGroup]:
    """Nodes (or groups, by their short form), those that are alike as one group."""
    alike: dict[tuple[object, ...], list[tuple[str, NodeGroup]]] = {}
    for name, node in nodes:
        key = (node.cpus, node.memory_mib, node.partitions, node.features, tuple(node.gres.items()), node.cpu_step)
        alike.setdefault(key, []).append((name, node))
    return dict(
        sorted(
            (
                members[0][0] if len(members) == 1 else compress(n for name, _ in members for n in expand(name)),
                _together([node for _, node in members]),
            )
            for members in alike.values()
        )
    )


def _together(nodes: Sequence[NodeGroup]) -> NodeGroup:
    out, reserved = (
        compress(name for text in texts for name in expand(text)) if any(texts) else ""
        for texts in ([n.out for n in nodes if n.out], [n.reserved for n in nodes if n.reserved])
    )
    return replace(nodes[0], up=any(node.up for node in nodes), out=out, reserved=reserved)


_UNSET = (Partition(), Reservation(), NodeGroup(-1, -1, ("",)), Ceilings(), Association(""), ClusterFacts("", ""))
_DEFAULTS: Mapping[type, object] = {type(unset): unset for unset in _UNSET}
_ALWAYS = {"account", "cluster", "time", "partitions", "nodes"}
"""Keys that are written also with their default."""


def _json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _json(part) for key, part in value.items()}
    if isinstance(value, tuple):
        return [_json(part) for part in value]
    default = _DEFAULTS.get(type(value))
    if default is None:
        return value
    parts = {f.name: getattr(value, f.name) for f in fields(value)}
    return {name: _json(part) for name, part in parts.items() if name in _ALWAYS or part != getattr(default, name)}


def _groups(at: str, data: Any) -> dict[str, NodeGroup]:
    groups = decode.each(decode.record(NodeGroup))(at, data)
    known = set(readable(groups))
    wrong = next((name for name in groups if name not in known), None)
    if wrong is not None:
        raise ValueError(f"{decode.below(at, wrong)} is not a list of nodes, or there are more than {MOST} nodes")
    return groups


def _association(at: str, data: Any) -> Association:
    return decode.read(Association, at, data, {"ceilings": ("ceilings", decode.record(Ceilings))})
