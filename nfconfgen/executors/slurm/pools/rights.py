"""The limits of QOS and accounts for the jobs of a site in one partition. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nfconfgen.executors.slurm.facts.accounting import Association, Ceilings
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
from nfconfgen.executors.slurm.pools.job_options import JobOptions
from nfconfgen.executors.slurm.pools.limit_names import COUNTS, LIMITS, OF_GROUPS, Of, owner, reason
from nfconfgen.facts.model import Fault

_SCOPES = ("wall_s", *LIMITS)


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that holds for a job: `scope` is a field of `Ceilings`, `tres` the resource (empty for times)."""

    of: Of
    name: str
    scope: str
    tres: str
    most: int

    @property
    def title(self) -> str:
        """`MaxTRESPerJob of QOS short`."""
        word = "MaxWall" if self.scope == "wall_s" else LIMITS[self.scope]
        return f"{word} of {owner(self.of, self.name)}"

    @property
    def reason(self) -> str:
        return reason(self.of, self.scope, self.tres)

    @property
    def least(self) -> bool:
        """Whether it is a minimum."""
        return self.scope == "least"


@dataclass(frozen=True, slots=True)
class Rights:
    """The QOS and associations of the jobs of a site in one partition. A limit that a QOS sets is not compared with
    that of an association: first the QOS of the partition, then that of the job, then the association of the user;
    what holds for a group also with each account above (https://slurm.schedmd.com/resource_limits.html)."""

    qos_layers: tuple[tuple[str, Ceilings], ...]
    own: Association | None
    above: tuple[Association, ...]
    qos: str
    account: str
    qos_flags: tuple[str, ...] = ()

    @classmethod
    def of(cls, facts: ClusterFacts, partition: str, options: JobOptions) -> Rights:
        account = account_of(facts, options)
        own = association(facts, account, partition)
        qos, known = qos_of(facts, own, options), facts.qos or {}
        if not facts.enforces_limits:
            return cls((), None, (), qos, account, known[qos].flags if qos in known else ())
        names = [name for name in (facts.partitions[partition].qos, qos) if name in known]
        if len(names) == 2 and "OverPartQOS" in known[names[1]].flags:
            names.reverse()
        layers = tuple((name, known[name]) for name in dict.fromkeys(names))
        return cls(layers, own, facts.chain(account), qos, account, known[qos].flags if qos in known else ())

    @property
    def associations(self) -> tuple[Association, ...]:
        """That of the user, that of the account, and those above it."""
        return self.above if self.own is None else (self.own, *self.above)

    @property
    def denies(self) -> bool:
        """Whether a request beyond a limit is refused."""
        return any("DenyOnLimit" in ceilings.flags for _, ceilings in self.qos_layers)

    def limits(self) -> Iterator[Limit]:
        """Every limit on the size of one job that holds."""
        of_qos: set[tuple[str, str]] = set()
        for name, ceilings in self.qos_layers:
            for scope, tres, most in _amounts(ceilings, _SCOPES):
                if (scope, tres) not in of_qos:
                    of_qos.add((scope, tres))
                    yield Limit("QOS", name, scope, tres, most)
        for each in self.associations:
            scopes = _SCOPES if each is self.own or self.own is None else OF_GROUPS
            for scope, tres, most in _amounts(each.ceilings, scopes):
                if (scope, tres) not in of_qos:
                    yield Limit("Assoc", each.account, scope, tres, most)

    def closed(self) -> Iterator[Fault]:
        """Why no job may start, whatever its size: limits of zero jobs, and what is used up."""
        # a limit on jobs of a QOS replaces that of a later one, and of an association
        of_qos: list[str] = []
        for of, name, ceilings in self.layers():
            whose = owner(of, name)
            yield from _used_up(of, whose, ceilings.spent)
            for key, most in ceilings.counts.items():
                replaced = key in of_qos if of == "QOS" else any(own.startswith(key) for own in of_qos)
                if most == 0 and not replaced:
                    yield _no_jobs(of, whose, key)
            of_qos += ceilings.counts if of == "QOS" else ()

    def layers(self) -> Iterator[tuple[Of, str, Ceilings]]:
        """All that may set a limit, in the order in which Slurm compares them."""
        for name, ceilings in self.qos_layers:
            yield "QOS", name, ceilings
        for each in self.associations:
            yield "Assoc", each.account, each.ceilings


def _used_up(of: Of, whose: str, spent: tuple[str, ...]) -> Iterator[Fault]:
    for tres in spent:
        limit = "GrpWall" if tres == "wall" else f"GrpTRESMins of {tres}"
        yield Fault("site", f"{limit} of {whose} is used up", "pends", reason(of, "minutes", tres), late=True)


def _no_jobs(of: Of, whose: str, key: str) -> Fault:
    word, waits = COUNTS[key]
    if waits:
        return Fault("site", f"{word} of {whose} is 0", "pends", waits.format(of=of))
    return Fault("site", f"{word} of {whose} is 0", "refused", "Job violates accounting/QOS policy")


def _amounts(ceilings: Ceilings, scopes: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    for scope in scopes:
        found = getattr(ceilings, scope)
        if isinstance(found, int):
            yield scope, "", found
        elif found is not None:
            yield from ((scope, tres, most) for tres, most in found.items())


def account_of(facts: ClusterFacts, options: JobOptions) -> str:
    """The account of the jobs; empty if only an environment variable sets it. Slurm ignores its case."""
    return facts.default_account if options.account is None else options.account.lower()


def association(facts: ClusterFacts, account: str, partition: str) -> Association | None:
    own = [a for a in facts.associations or () if a.user and a.account == account and a.partition in ("", partition)]
    return max(own, key=lambda association: association.partition, default=None)


def qos_of(facts: ClusterFacts, own: Association | None, options: JobOptions) -> str:
    """The QOS of the jobs, as accounting spells it (Slurm ignores its case); empty if it is unknown."""
    if options.qos_unknown:
        return ""
    if options.qos:
        wanted = options.qos.lower()
        return next((name for name in facts.qos or {} if name.lower() == wanted), options.qos)
    return next(iter(own.defaults if own is not None else ()), "normal" if facts.qos else "")
