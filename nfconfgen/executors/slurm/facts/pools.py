"""A partition as a pool of the plan: its nodes as shapes, and every limit that may stop a request. Pure.

What Slurm does with a request beyond a limit was measured, see docs/slurm.md. Beyond the limits of a partition it
pends indefinitely, unless EnforcePartLimits refuses it at once; beyond those of QOS and association it pends, unless
the QOS has the flag DenyOnLimit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from nfconfgen.executors.slurm.facts.cluster import ClusterFacts, NodeGroup, Partition
from nfconfgen.executors.slurm.facts.hostlist import compress, expand
from nfconfgen.executors.slurm.facts.rights import Rights, association
from nfconfgen.executors.slurm.settings import Sbatch, SlurmSettings, configured, settings_of
from nfconfgen.facts.model import Bound, Fault, Kind, Pool, Shape
from nfconfgen.plan import route
from nfconfgen.profile.model import Options, Site

_ACCESS = ("AccountNotAllowed", "QOSNotAllowed")
"""Reasons of the faults that EnforcePartLimits turns into a refusal."""
_GPU = re.compile(r"gpu(?::(?P<type>[^:]+))?")


def pools(facts: ClusterFacts, site: Site) -> tuple[Pool, ...]:
    """The partitions that the site names, in its order, or those that nfconfgen may choose, or the default one."""
    groups = facts.queues
    if site.choice == "auto":
        without = dict(left_out(facts, site))
        found = [pool(facts, name, groups[name], site) for name in sorted({*facts.partitions} - {*without})]
        return tuple(sorted(found, key=route.smallest_first))
    ways = [(name or facts.default_partition, options) for name, options in site.ways or (("", ()),)]
    return tuple(made for name, options in ways for made in _way(facts, name, groups, options, site))


def _way(
    facts: ClusterFacts, name: str, groups: Mapping[str, Sequence[str]], options: Options, site: Site
) -> list[Pool]:
    """The partitions of this name, joined by commas, for jobs with these options."""
    seen = replace(site, settings=configured(site.settings, options))
    parts = [pool(facts, part, groups[part], seen) for part in name.split(",") if part in facts.partitions]
    if len(parts) > 1 and facts.every_part_limits:
        parts = [_with_limits_of(parts, each) for each in parts]
    given = [part.given_per_cpu_mib for part in parts if part.given_per_cpu_mib is not None]
    if len(given) > 1:
        # it starts in any of them, so there must be CPUs enough for the least memory
        parts = [replace(part, given_per_cpu_mib=min(given)) for part in parts]
    several = "," in name
    return [replace(each, name=name, options=options, part=each.name if several else "") for each in parts]


def _with_limits_of(parts: Sequence[Pool], one: Pool) -> Pool:
    """The partition as one of several, if Slurm refuses a job at once that is beyond the limits of any of them.
    Partitions that are not up do not count (measured)."""
    others = [p for p in parts if p is not one and all(fault.reason in _ACCESS for fault in p.closed)]
    bounds = [b for part in others for b in part.bounds if b.early and b.kind == "refused"]
    closed = [fault for part in others for fault in part.closed if fault.reason in _ACCESS]
    return replace(one, bounds=(*one.bounds, *bounds), closed=(*one.closed, *closed))


def left_out(facts: ClusterFacts, site: Site) -> Iterator[tuple[str, str]]:
    """The partitions to which no task should go if the profile does not name them, each with the reason."""
    groups = facts.queues
    for name, part in sorted(facts.partitions.items()):
        excepted = name in settings_of(site).excepted
        why = "the profile leaves it out" if excepted else _unsuitable(part, pool(facts, name, groups[name], site))
        if why:
            yield name, why


def _unsuitable(part: Partition, found: Pool) -> str:
    """Why no task should go there; empty: it may."""
    if found.closed:
        return found.closed[0].why
    if not found.shapes:
        return "no node in service"
    if part.hidden:
        return "hidden"
    return f"at least {part.min_nodes} nodes a job" if part.min_nodes > 1 else ""


def pool(facts: ClusterFacts, partition: str, groups: Sequence[str], site: Site) -> Pool:
    """The pool of a partition for the jobs of a site; `groups` are its nodes."""
    settings = settings_of(site)
    part = facts.partitions[partition]
    usable = list(_usable([(name, facts.nodes[name]) for name in groups], settings.sbatch))
    rights = Rights.of(facts, partition, settings)
    timeless = "PartitionTimeLimit" in rights.qos_flags
    given = part.default_memory_per_cpu_mib
    if given is None and part.default_memory_per_node_mib is None:
        given = facts.default_memory_per_cpu_mib
    return Pool(
        partition,
        shapes=_shapes(facts, part, [(name, node) for name, node in usable if node.up]),
        limits=site.limits,
        down=_shapes(facts, part, [(name, node) for name, node in usable if not node.up]),
        bounds=(
            *(b for b in _partition_bounds(part, partition, facts.part_limits) if b.what != "time" or not timeless),
            *rights.bounds(),
        ),
        closed=tuple(_closed(facts, partition, settings, rights)),
        memory_per_cpu_mib=part.max_memory_per_cpu_mib,
        whole_nodes=part.exclusive or settings.sbatch.exclusive,
        by_cpu=settings.ask_memory == "per-cpu",
        given_per_cpu_mib=given if settings.ask_memory == "never" else None,
        rules_known=True,
        configured=True,
        default_time_s=part.default_time_s,
        default=part.default,
    )


def _usable(groups: Sequence[tuple[str, NodeGroup]], sbatch: Sbatch) -> Iterator[tuple[str, NodeGroup]]:
    """The nodes of a partition that meet the constraint, nodelist and exclude of the site."""
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
    """Whether the features meet the constraint: names joined by all & or all |."""
    if "|" in constraint:
        return bool(set(constraint.split("|")) & set(features))
    return not constraint or set(constraint.split("&")) <= set(features)


def _shapes(facts: ClusterFacts, part: Partition, nodes: Sequence[tuple[str, NodeGroup]]) -> tuple[Shape, ...]:
    """One shape for all nodes with the same CPUs, memory and GPUs."""
    # this runs for twenty partitions of ten thousand nodes: do only what each of them needs
    alike: dict[tuple[int, int, tuple[tuple[str, int], ...]], list[str]] = {}
    for name, node in nodes:
        gpus = tuple(_gpus(node.gres)) if node.gres else ()
        alike.setdefault((node.cpus, node.memory_mib, gpus), []).append(name)
    most, per_cpu = part.max_cpus_per_node, part.max_memory_per_cpu_mib
    shapes = [
        Shape(
            names[0] if len(names) == 1 else compress(node for name in names for node in expand(name)),
            cpus if most is None else min(cpus, most),
            # more memory costs CPUs, up to those of the node: MaxCPUsPerNode does not apply there (measured)
            memory_mib if per_cpu is None else min(memory_mib, per_cpu * cpus),
            "configured",
            facts.time,
            gpus=dict(gpus),
            machine_mib=memory_mib,
        )
        for (cpus, memory_mib, gpus), names in alike.items()
    ]
    # nodes without GPUs first, to keep other tasks away from GPUs
    return tuple(sorted(shapes, key=lambda shape: (bool(shape.gpus), shape.size)))


def _gpus(gres: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    for name, count in gres.items():
        matched = _GPU.fullmatch(name)
        if matched:
            yield matched["type"] or "", count


def _partition_bounds(part: Partition, name: str, at_once: bool) -> Iterator[Bound]:
    kind: Kind = "refused" if at_once else "pends"
    if part.max_time_s is not None:
        yield Bound("time", part.max_time_s, f"MaxTime of {name}", kind, "PartitionTimeLimit", early=True)
    if part.max_memory_per_node_mib is not None:
        most = part.max_memory_per_node_mib
        yield Bound("memory", most, f"MaxMemPerNode of {name}", kind, "MaxMemPerLimit", early=True)
    if part.cpus:
        every = part.cpus
        if part.max_cpus_per_node is not None and part.nodes:
            every = min(every, part.max_cpus_per_node * part.nodes)
        yield Bound("cpus", every, f"all CPUs of {name}", kind, "PartitionConfig", early=True, as_asked=True)


def _closed(facts: ClusterFacts, partition: str, settings: SlurmSettings, rights: Rights) -> Iterator[Fault]:
    """Why the partition accepts no job of this site, whatever its size; problems of the account come first."""
    part = facts.partitions[partition]
    limit: Kind = "refused" if facts.part_limits else "pends"
    yield from _no_right(facts, partition, settings, rights)
    if part.state in ("DRAIN", "INACTIVE"):
        yield Fault("site", f"partition {partition} is {part.state}", "refused", "Required partition not available")
    if not part.allowed:
        yield Fault("site", f"your groups may not use partition {partition}", "refused", "User's group not permitted")
    if part.reserved and not settings.sbatch.reservation:
        yield Fault("site", f"partition {partition} accepts only jobs with a reservation", "refused", "reservation")
    account = rights.account
    if account and ((part.accounts is not None and account not in part.accounts) or account in part.denied_accounts):
        yield Fault("site", f"account {account} may not use partition {partition}", limit, "AccountNotAllowed")
    qos = rights.qos
    if qos and ((part.qos_allowed is not None and qos not in part.qos_allowed) or qos in part.denied_qos):
        yield Fault("site", f"QOS {qos} may not be used in partition {partition}", limit, "QOSNotAllowed")
    if part.state == "DOWN":
        yield Fault("site", f"partition {partition} is DOWN", "pends", "PartitionDown", temporary=True)


def _no_right(facts: ClusterFacts, partition: str, settings: SlurmSettings, rights: Rights) -> Iterator[Fault]:
    if facts.associations is None or "associations" not in facts.enforce:
        return
    account, own = rights.account, association(facts, rights.account, partition)
    if account and own is None:
        usable = sorted({a.account for a in facts.associations if a.user})
        which = f" (there are {', '.join(usable)})" if usable else ""
        yield Fault("site", f"account {account} is not one of yours{which}", "refused", "Invalid account")
    qos = settings.sbatch.qos
    if qos and "qos" in facts.enforce and (qos not in (facts.qos or {}) or (own is not None and qos not in own.qos)):
        which = f" (there are {', '.join(own.qos)})" if own is not None and own.qos else ""
        of = f" for account {account}" if account else ""
        yield Fault("site", f"QOS {qos} is not available{of}{which}", "refused", "Invalid qos specification")
