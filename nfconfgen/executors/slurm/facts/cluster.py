"""What is known of one Slurm cluster: nodes, partitions, and what its accounting allows. As the lock keeps it.

Sizes are MiB and seconds; None is no limit. Nodes that are alike are kept as one group, so that one node more or less
in repair changes nothing here: https://slurm.schedmd.com/scontrol.html.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from nfconfgen.executors.slurm.facts.hostlist import MOST, compress, expand, readable
from nfconfgen.facts import decode

Tres = Mapping[str, int]
"""By resource: cpu, mem (MiB), node, gres/gpu …"""


@dataclass(frozen=True, slots=True)
class NodeGroup:
    """Nodes that are alike. `memory_mib` is what jobs can have of each (RealMemory - MemSpecLimit), `gres` as
    `gpu:a100` → 2; `up`: at least one of them takes jobs."""

    cpus: int
    memory_mib: int
    partitions: tuple[str, ...]
    features: tuple[str, ...] = ()
    gres: Tres = field(default_factory=dict)
    up: bool = True


@dataclass(frozen=True, slots=True)
class Partition:
    """`allowed`: whether the user's groups let them in; accounts and QOS: None = all. `cpus` and `nodes` in all."""

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


@dataclass(frozen=True, slots=True)
class Ceilings:
    """What a QOS or an association allows one job (`job`, `node`, `wall_s`), all jobs of a user or of the group."""

    wall_s: int | None = None
    job: Tres = field(default_factory=dict)
    node: Tres = field(default_factory=dict)
    user: Tres = field(default_factory=dict)
    group: Tres = field(default_factory=dict)
    least: Tres = field(default_factory=dict)
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Association:
    """What a user may do under an account (`user` False: what the account as a whole may); `partition` empty: all."""

    account: str
    user: bool = True
    partition: str = ""
    qos: tuple[str, ...] = ()
    default_qos: str = ""
    ceilings: Ceilings = field(default_factory=Ceilings)


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """Everything known of a cluster; `time` is when it was asked (ISO 8601, UTC).

    `enforce` is AccountingStorageEnforce, `part_limits` whether EnforcePartLimits refuses at once what otherwise
    waits for ever. `qos` and `associations` are None where there is no accounting.
    """

    cluster: str
    time: str
    version: str = ""
    part_limits: bool = False
    memory_counts: bool = True
    enforce: tuple[str, ...] = ()
    default_account: str = ""
    default_memory_per_node_mib: int | None = None
    default_memory_per_cpu_mib: int | None = None
    partitions: Mapping[str, Partition] = field(default_factory=dict)
    nodes: Mapping[str, NodeGroup] = field(default_factory=dict)
    qos: Mapping[str, Ceilings] | None = None
    associations: tuple[Association, ...] | None = None

    @property
    def queues(self) -> Mapping[str, tuple[str, ...]]:
        """The node groups of each partition."""
        found: dict[str, list[str]] = {name: [] for name in self.partitions}
        for name, group in self.nodes.items():
            for partition in group.partitions:
                if partition in found:
                    found[partition].append(name)
        return {partition: tuple(names) for partition, names in found.items()}

    def only(
        self, partitions: Iterable[str] | None, accounts: Iterable[str] | None, qos: Iterable[str]
    ) -> ClusterFacts:
        """What concerns these partitions, accounts (None: all of them) and QOS: the rest of the cluster may change
        without a lock being out of date."""
        wanted = set(self.partitions if partitions is None else partitions)
        groups: dict[str, NodeGroup] = {}
        for name, group in self.nodes.items():
            kept = tuple(partition for partition in group.partitions if partition in wanted)
            if kept:
                groups[name] = replace(group, partitions=kept)
        kept_partitions = {name: partition for name, partition in self.partitions.items() if name in wanted}
        found = replace(self, partitions=kept_partitions, nodes=merged(groups.items()))
        if accounts is None or self.associations is None:
            return found
        named = set(accounts)
        own = tuple(a for a in self.associations if a.account in named or (a.user and named - self._accounts))
        used = {*qos, *(a.default_qos for a in own), *(p.qos for p in kept_partitions.values()), "normal"}
        limits = {name: ceilings for name, ceilings in (self.qos or {}).items() if name in used}
        default = self.default_account if self.default_account in named else ""
        return replace(found, associations=own, qos=limits, default_account=default)

    @property
    def _accounts(self) -> set[str]:
        return {a.account for a in self.associations or () if a.user}

    def same_but_time(self, other: ClusterFacts) -> bool:
        return replace(self, time="") == replace(other, time="")

    def to_json(self) -> dict[str, Any]:
        """As the lock keeps it: what is not said is left out."""
        return _sparse(
            {
                **{f.name: getattr(self, f.name) for f in fields(self)},
                "partitions": {name: _said(partition, Partition()) for name, partition in self.partitions.items()},
                "nodes": {name: _said(group, NodeGroup(-1, -1, ("",))) for name, group in self.nodes.items()},
                "qos": None if self.qos is None else {n: _said(c, Ceilings()) for n, c in self.qos.items()},
                "associations": None if self.associations is None else [_as_said(a) for a in self.associations],
            }
        )

    @staticmethod
    def from_json(data: Any, at: str = "facts") -> ClusterFacts:
        """ValueError where this is not what `to_json` gives; `at` is how the message names the place."""
        return decode.read(
            ClusterFacts,
            at,
            data,
            {
                "time": ("time", decode.time),
                "partitions": ("partitions", decode.each(decode.record(Partition))),
                "nodes": ("nodes", _groups),
                "qos": ("qos", decode.or_none(decode.each(decode.record(Ceilings)))),
                "associations": ("associations", decode.or_none(decode.several(_association))),
            },
            required=("partitions", "nodes"),
        )


def merged(nodes: Iterable[tuple[str, NodeGroup]]) -> dict[str, NodeGroup]:
    """Nodes (or groups, by their short form) that are alike as one group."""
    alike: dict[tuple[object, ...], list[tuple[str, NodeGroup]]] = {}
    for name, node in nodes:
        key = (node.cpus, node.memory_mib, node.partitions, node.features, tuple(node.gres.items()))
        alike.setdefault(key, []).append((name, node))
    return dict(
        sorted(
            (
                members[0][0] if len(members) == 1 else compress(n for name, _ in members for n in expand(name)),
                replace(members[0][1], up=any(node.up for _, node in members)),
            )
            for members in alike.values()
        )
    )


def _as_said(association: Association) -> dict[str, Any]:
    ceilings = _said(association.ceilings, Ceilings())
    said = {key: value for key, value in _said(association, Association("")).items() if key != "ceilings"}
    said["account"] = association.account  # as damaged rows name none
    return {**said, "ceilings": ceilings} if ceilings else said


def _said(value: Any, nothing: Any) -> dict[str, Any]:
    return {key: said for key, said in asdict(value).items() if said != getattr(nothing, key)}


def _sparse(data: Mapping[str, Any]) -> dict[str, Any]:
    nothing = ClusterFacts("", "")
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in data.items()
        if key in ("cluster", "time", "partitions", "nodes") or value != getattr(nothing, key)
    }


def _groups(at: str, data: Any) -> dict[str, NodeGroup]:
    groups = decode.each(decode.record(NodeGroup))(at, data)
    known = set(readable(groups))
    wrong = next((name for name in groups if name not in known), None)
    if wrong is not None:
        raise ValueError(f"{decode.below(at, wrong)} is no list of nodes, or there are more than {MOST} nodes")
    return groups


def _association(at: str, data: Any) -> Association:
    return decode.read(Association, at, data, {"ceilings": ("ceilings", decode.record(Ceilings))})
