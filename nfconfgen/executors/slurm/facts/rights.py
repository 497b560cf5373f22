"""The limits of QOS and accounts for the jobs of a site in one partition. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nfconfgen.executors.slurm.facts.cluster import Association, Ceilings, ClusterFacts
from nfconfgen.executors.slurm.settings import SlurmSettings
from nfconfgen.facts.model import Bound, Kind, What

_TRES: dict[str, What] = {"cpu": "cpus", "mem": "memory", "gres/gpu": "gpus"}


@dataclass(frozen=True, slots=True)
class Rights:
    """The limits of QOS and associations for the jobs of a site in one partition. The first layer that sets a limit
    decides: the QOS of the partition, that of the job, the association of the user, that of the account
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
        for scope, tres, what, word in _LIMITS:
            found = self._first(scope, tres)
            if found is not None:
                of, name, most = found
                title = f"{word} of {'QOS' if of == 'QOS' else 'account'} {name}"
                reason = _REASONS.get((of, scope), {}).get(what, "")
                yield Bound(what, most, title, kind, reason, least=scope == "least", early=deny)

    def _first(self, scope: str, tres: str) -> tuple[str, str, int] | None:
        """The first layer that sets this limit (QOS or Assoc, its name), and the limit."""
        for of, name, ceilings in self.layers:
            limit = getattr(ceilings, scope)
            most: int | None = limit.get(tres) if tres else limit
            if most is not None:
                return of, name, most
        return None


_SCOPES = {
    "job": "MaxTRESPerJob",
    "node": "MaxTRESPerNode",
    "user": "MaxTRESPerUser",
    "group": "GrpTRES",
    "least": "MinTRES",
}
_LIMITS: tuple[tuple[str, str, What, str], ...] = (
    ("wall_s", "", "time", "MaxWall"),
    *((scope, tres, what, word) for scope, word in _SCOPES.items() for tres, what in _TRES.items()),
)


def _reasons(cpus: str, memory: str, gpus: str) -> dict[What, str]:
    return {"cpus": cpus, "memory": memory, "gpus": gpus}


_REASONS: Mapping[tuple[str, str], Mapping[What, str]] = {
    ("QOS", "wall_s"): {"time": "QOSMaxWallDurationPerJobLimit"},
    ("QOS", "job"): _reasons("QOSMaxCpuPerJobLimit", "QOSMaxMemoryPerJob", "QOSMaxGRESPerJob"),
    ("QOS", "node"): _reasons("QOSMaxCpuPerNode", "QOSMaxMemoryPerNode", "QOSMaxGRESPerNode"),
    ("QOS", "user"): _reasons("QOSMaxCpuPerUserLimit", "QOSMaxMemoryPerUser", "QOSMaxGRESPerUser"),
    ("QOS", "group"): _reasons("QOSGrpCpuLimit", "QOSGrpMemLimit", "QOSGrpGRES"),
    ("QOS", "least"): _reasons("QOSMinCpuNotSatisfied", "QOSMinMemory", "QOSMinGRES"),
    ("Assoc", "wall_s"): {"time": "AssocMaxWallDurationPerJobLimit"},
    ("Assoc", "job"): _reasons("AssocMaxCpuPerJobLimit", "AssocMaxMemPerJob", "AssocMaxGRESPerJob"),
    ("Assoc", "node"): _reasons("AssocMaxCpuPerNode", "AssocMaxMemPerNode", "AssocMaxGRESPerNode"),
    ("Assoc", "group"): _reasons("AssocGrpCpuLimit", "AssocGrpMemLimit", "AssocGrpGRES"),
}
"""The reason in the output of squeue."""


def _account(facts: ClusterFacts, settings: SlurmSettings) -> str:
    """The account of the jobs; empty if only an environment variable sets it."""
    return facts.default_account if settings.account is None else settings.account.name


def association(facts: ClusterFacts, account: str, partition: str) -> Association | None:
    own = [a for a in facts.associations or () if a.user and a.account == account and a.partition in ("", partition)]
    return max(own, key=lambda association: association.partition, default=None)
