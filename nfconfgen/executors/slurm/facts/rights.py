"""What QOS and accounts allow the jobs of a site in one partition. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nfconfgen.executors.slurm.facts.cluster import Association, Ceilings, ClusterFacts
from nfconfgen.executors.slurm.settings import SlurmSettings
from nfconfgen.facts.model import Bound, Kind, What

_TRES: dict[str, What] = {"cpu": "cpus", "mem": "memory", "gres/gpu": "gpus"}


@dataclass(frozen=True, slots=True)
class Rights:
    """What QOS and associations allow the jobs of a site in one partition, the first to say a limit first:
    the partition's QOS, the job's, the user's association, the account's
    (https://slurm.schedmd.com/resource_limits.html)."""

    layers: Sequence[tuple[str, str, Ceilings]]
    qos: str
    account: str
    qos_flags: tuple[str, ...] = ()

    @classmethod
    def of(cls, facts: ClusterFacts, partition: str, settings: SlurmSettings) -> Rights:
        account = _account(facts, settings)
        own = association(facts, account, partition)
        qos = settings.sbatch.qos or (own.default_qos if own else "") or ("normal" if facts.qos else "")
        known = facts.qos or {}
        layers: list[tuple[str, str, Ceilings]] = []
        if "limits" in facts.enforce or "safe" in facts.enforce:
            names = [name for name in (facts.partitions[partition].qos, qos) if name in known]
            if len(names) == 2 and "OverPartQOS" in known[names[1]].flags:
                names.reverse()
            layers = [("QOS", name, known[name]) for name in dict.fromkeys(names)]
            accounts = [a for a in facts.associations or () if a.account == account and not a.user]
            if own is not None:
                layers.append(("Assoc", account, own.ceilings))
            layers += [("Assoc", account, association.ceilings) for association in accounts]
        return cls(layers, qos, account, known[qos].flags if qos in known else ())

    def bounds(self) -> Iterator[Bound]:
        deny = any("DenyOnLimit" in ceilings.flags for kind, _, ceilings in self.layers if kind == "QOS")
        kind: Kind = "refused" if deny else "pends"
        wall = next(((of, name, c.wall_s) for of, name, c in self.layers if c.wall_s is not None), None)
        if wall is not None:
            of, name, most = wall
            assert most is not None
            yield Bound(
                "time", most, f"MaxWall of {_who(of, name)}", kind, f"{of}MaxWallDurationPerJobLimit", early=deny
            )
        for scope, word in _SCOPES.items():
            for tres, what in _TRES.items():
                found = next(
                    ((of, n, getattr(c, scope)[tres]) for of, n, c in self.layers if tres in getattr(c, scope)), None
                )
                if found is not None:
                    of, name, most = found
                    reason = _reason(of, scope, what)
                    yield Bound(
                        what, most, f"{word} of {_who(of, name)}", kind, reason, least=scope == "least", early=deny
                    )


_SCOPES = {
    "job": "MaxTRESPerJob",
    "node": "MaxTRESPerNode",
    "user": "MaxTRESPerUser",
    "group": "GrpTRES",
    "least": "MinTRES",
}
_REASONS = {
    ("QOS", "job"): ("QOSMaxCpuPerJobLimit", "QOSMaxMemoryPerJob", "QOSMaxGRESPerJob"),
    ("QOS", "node"): ("QOSMaxCpuPerNode", "QOSMaxMemoryPerNode", "QOSMaxGRESPerNode"),
    ("QOS", "user"): ("QOSMaxCpuPerUserLimit", "QOSMaxMemoryPerUser", "QOSMaxGRESPerUser"),
    ("QOS", "group"): ("QOSGrpCpuLimit", "QOSGrpMemLimit", "QOSGrpGRES"),
    ("QOS", "least"): ("QOSMinCpuNotSatisfied", "QOSMinMemory", "QOSMinGRES"),
    ("Assoc", "job"): ("AssocMaxCpuPerJobLimit", "AssocMaxMemPerJob", "AssocMaxGRESPerJob"),
    ("Assoc", "node"): ("AssocMaxCpuPerNode", "AssocMaxMemPerNode", "AssocMaxGRESPerNode"),
    ("Assoc", "group"): ("AssocGrpCpuLimit", "AssocGrpMemLimit", "AssocGrpGRES"),
}
"""What squeue calls it, for CPUs, memory and GPUs."""


def _reason(of: str, scope: str, what: What) -> str:
    names = _REASONS.get((of, scope))
    return names[("cpus", "memory", "gpus").index(what)] if names else ""


def _who(of: str, name: str) -> str:
    return f"QOS {name}" if of == "QOS" else f"account {name}"


def _account(facts: ClusterFacts, settings: SlurmSettings) -> str:
    """The account of the jobs; empty where only a variable of the environment says it."""
    said = settings.account
    if said is None:
        return facts.default_account
    return said.name


def association(facts: ClusterFacts, account: str, partition: str) -> Association | None:
    own = [a for a in facts.associations or () if a.user and a.account == account and a.partition in ("", partition)]
    return max(own, key=lambda association: association.partition, default=None)
