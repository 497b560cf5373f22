"""A partition as the plan reads it: its nodes as shapes, and every limit that could stop a request. Pure.

What Slurm does with a request beyond a limit was measured, see docs/slurm.md: a partition's own limits leave it
pending for ever, unless EnforcePartLimits refuses it at once; those of QOS and association leave it pending, unless
the QOS says DenyOnLimit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from nfconfgen.executors.slurm.facts.cluster import ClusterFacts, NodeGroup, Partition
from nfconfgen.executors.slurm.facts.hostlist import compress, expand
from nfconfgen.executors.slurm.facts.rights import Rights, association
from nfconfgen.executors.slurm.settings import Sbatch, SlurmSettings, settings_of
from nfconfgen.facts.model import Bound, Fault, Kind, Pool, Shape
from nfconfgen.profile.model import Site

_GPU = re.compile(r"gpu(?::(?P<type>[^:]+))?")


def pools(facts: ClusterFacts, site: Site) -> tuple[Pool, ...]:
    """The partitions that the site names, or all that take its jobs; the shortest time limit first, then those of
    small nodes. Partitions of GPUs only come last: who needs none should not stand there."""
    named = [queue.value for queue in site.queues] or sorted(facts.partitions)
    groups = facts.queues
    found = [pool(facts, name, groups[name], site) for name in named if name in facts.partitions]
    if settings_of(site).auto:
        found = [pool for pool in found if pool.shapes and not pool.closed]
    return tuple(sorted(found, key=_order))


def _order(found: Pool) -> tuple[bool, float, int]:
    largest = found.largest
    for_gpus = bool(found.shapes) and all(shape.gpus for shape in found.shapes)
    time_s = found.time_s
    return for_gpus, float("inf") if time_s is None else time_s, largest.memory_mib if largest else 0


def pool(facts: ClusterFacts, partition: str, groups: Sequence[str], site: Site) -> Pool:
    """What this partition offers the jobs of a site; `groups` are its nodes."""
    settings = settings_of(site)
    said = facts.partitions[partition]
    usable = list(_usable([(name, facts.nodes[name]) for name in groups], settings.sbatch))
    rights = Rights.of(facts, partition, settings)
    timeless = "PartitionTimeLimit" in rights.qos_flags
    given = said.default_memory_per_cpu_mib
    if given is None and said.default_memory_per_node_mib is None:
        given = facts.default_memory_per_cpu_mib
    return Pool(
        partition,
        shapes=_shapes(facts, said, [(name, node) for name, node in usable if node.up]),
        limits=site.limits,
        down=_shapes(facts, said, [(name, node) for name, node in usable if not node.up]),
        bounds=(
            *(b for b in _partition_bounds(said, partition, facts.part_limits) if b.what != "time" or not timeless),
            *rights.bounds(),
        ),
        closed=tuple(_closed(facts, partition, settings, rights)),
        memory_per_cpu_mib=said.max_memory_per_cpu_mib,
        whole_nodes=said.exclusive or settings.sbatch.exclusive,
        by_cpu=settings.ask_memory == "per-cpu",
        given_per_cpu_mib=given if settings.ask_memory == "never" else None,
        rules_known=True,
        by_size=True,
        configured=True,
    )


def _usable(groups: Sequence[tuple[str, NodeGroup]], sbatch: Sbatch) -> Iterator[tuple[str, NodeGroup]]:
    """Those of a partition's nodes that the site's constraint, nodelist and exclude leave."""
    only, without = _nodes(sbatch.nodelist), _nodes(sbatch.exclude)
    for name, group in groups:
        if not _has_features(group.features, sbatch.constraint):
            continue
        members = expand(name) if only or without else []
        if (not only or only & set(members)) and (not without or set(members) - without):
            yield name, group


def _nodes(lists: Sequence[str]) -> set[str]:
    return {node for text in lists for node in expand(text)}


def _has_features(features: Sequence[str], constraint: str) -> bool:
    """The constraint is names joined by all & or all |."""
    if "|" in constraint:
        return bool(set(constraint.split("|")) & set(features))
    return not constraint or set(constraint.split("&")) <= set(features)


def _shapes(facts: ClusterFacts, said: Partition, nodes: Sequence[tuple[str, NodeGroup]]) -> tuple[Shape, ...]:
    """One shape for all nodes of a partition that are alike to it."""
    # twenty partitions of ten thousand nodes pass through here: only what must be done for each of them
    alike: dict[tuple[int, int, tuple[tuple[str, int], ...]], list[str]] = {}
    for name, node in nodes:
        gpus = tuple(_gpus(node.gres)) if node.gres else ()
        alike.setdefault((node.cpus, node.memory_mib, gpus), []).append(name)
    most, per_cpu = said.max_cpus_per_node, said.max_memory_per_cpu_mib
    shapes = [
        Shape(
            names[0] if len(names) == 1 else compress(node for name in names for node in expand(name)),
            cpus if most is None else min(cpus, most),
            # more memory is paid in CPUs, as many as the node has: MaxCPUsPerNode does not count there (measured)
            memory_mib if per_cpu is None else min(memory_mib, per_cpu * cpus),
            "configured",
            facts.time,
            gpus=dict(gpus),
        )
        for (cpus, memory_mib, gpus), names in alike.items()
    ]
    # nodes without GPUs first: who needs none should not stand in the way of those who do
    return tuple(sorted(shapes, key=lambda shape: (bool(shape.gpus), shape.size)))


def _gpus(gres: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    for name, count in gres.items():
        matched = _GPU.fullmatch(name)
        if matched:
            yield matched["type"] or "", count


def _partition_bounds(said: Partition, name: str, at_once: bool) -> Iterator[Bound]:
    kind: Kind = "refused" if at_once else "pends"
    if said.max_time_s is not None:
        yield Bound("time", said.max_time_s, f"MaxTime of {name}", kind, "PartitionTimeLimit", early=True)
    if said.max_memory_per_node_mib is not None:
        most = said.max_memory_per_node_mib
        yield Bound("memory", most, f"MaxMemPerNode of {name}", kind, "MaxMemPerLimit", early=True)
    if said.cpus:
        every = said.cpus
        if said.max_cpus_per_node is not None and said.nodes:
            every = min(every, said.max_cpus_per_node * said.nodes)
        yield Bound("cpus", every, f"all CPUs of {name}", kind, "PartitionConfig", early=True, as_asked=True)


def _closed(facts: ClusterFacts, partition: str, settings: SlurmSettings, rights: Rights) -> Iterator[Fault]:
    """Why it takes no job of this site at all, whatever its size. What is wrong with the account is told first."""
    said = facts.partitions[partition]
    limit: Kind = "refused" if facts.part_limits else "pends"
    yield from _no_right(facts, partition, settings, rights)
    if said.state in ("DRAIN", "INACTIVE"):
        yield Fault("site", f"partition {partition} is {said.state}", "refused", "Required partition not available")
    if not said.allowed:
        yield Fault("site", f"your groups may not use partition {partition}", "refused", "User's group not permitted")
    if said.reserved and not settings.sbatch.reservation:
        yield Fault("site", f"partition {partition} takes only jobs with a reservation", "refused", "reservation")
    account = rights.account
    if account and ((said.accounts is not None and account not in said.accounts) or account in said.denied_accounts):
        yield Fault("site", f"account {account} may not use partition {partition}", limit, "AccountNotAllowed")
    qos = rights.qos
    if qos and ((said.qos_allowed is not None and qos not in said.qos_allowed) or qos in said.denied_qos):
        yield Fault("site", f"QOS {qos} may not be used in partition {partition}", limit, "QOSNotAllowed")
    if said.state == "DOWN":
        yield Fault("site", f"partition {partition} is DOWN", "pends", "PartitionDown", temporary=True)


def _no_right(facts: ClusterFacts, partition: str, settings: SlurmSettings, rights: Rights) -> Iterator[Fault]:
    if facts.associations is None or "associations" not in facts.enforce:
        return
    account, own = rights.account, association(facts, rights.account, partition)
    if account and own is None:
        usable = sorted({a.account for a in facts.associations if a.user})
        which = f" (there are {', '.join(usable)})" if usable else ""
        yield Fault("site", f"account {account} is none of yours{which}", "refused", "Invalid account")
    qos = settings.sbatch.qos
    if qos and "qos" in facts.enforce and (qos not in (facts.qos or {}) or (own is not None and qos not in own.qos)):
        which = f" (there are {', '.join(own.qos)})" if own is not None and own.qos else ""
        of = f" of account {account}" if account else ""
        yield Fault("site", f"QOS {qos} is none{of}{which}", "refused", "Invalid qos specification")
