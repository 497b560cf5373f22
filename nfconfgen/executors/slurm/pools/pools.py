"""A partition as a pool of the plan: its nodes as shapes, and every limit that may stop a request. Pure.

The limits are in bounds.py, who may use it at all in access.py, which of them `auto` may choose in auto.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from nfconfgen.executors.slurm.facts.cluster import ClusterFacts, NodeGroup, Partition
from nfconfgen.executors.slurm.facts.hostlist import compress, expand
from nfconfgen.executors.slurm.pools import access, auto, bounds, selection
from nfconfgen.executors.slurm.pools.job_options import JobOptions
from nfconfgen.executors.slurm.pools.rights import Rights
from nfconfgen.executors.slurm.settings import configured, settings_of
from nfconfgen.facts.model import Bound, Pool, Shape
from nfconfgen.plan import route
from nfconfgen.profile.model import Site
from nfconfgen.profile.queue_model import Options


def pools(facts: ClusterFacts, site: Site) -> tuple[Pool, ...]:
    """The partitions that the site names, in its order, or those that nfconfgen may choose, or the default one."""
    if site.choice == "auto":
        found = [made for _, made, why in _judged(facts, site) if not why]
        return tuple(sorted(found, key=route.smallest_first))
    groups = facts.queues
    ways = [(name or facts.default_partition, options) for name, options in site.ways or (("", ()),)]
    return tuple(made for name, options in ways for made in _way(facts, name, groups, options, site))


def _way(
    facts: ClusterFacts, name: str, groups: Mapping[str, Sequence[str]], options: Options, site: Site
) -> list[Pool]:
    """The partitions of this name, joined by commas, for jobs with these options."""
    seen = replace(site, settings=configured(site.settings, options))
    if name in seen.unknown_queues:
        return [Pool(name, limits=site.most, options=options)]
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
    others = [p for p in parts if p is not one and all(fault.reason in access.OF_SEVERAL for fault in p.closed)]
    bounds = [b for part in others for b in part.bounds if b.early and b.kind == "refused"]
    closed = [fault for part in others for fault in part.closed if fault.reason in access.OF_SEVERAL]
    return replace(one, bounds=(*one.bounds, *bounds), closed=(*one.closed, *closed))


def left_out(facts: ClusterFacts, site: Site) -> Iterator[tuple[str, str]]:
    """The partitions to which no task should go if the profile does not name them, each with the reason."""
    return ((name, why) for name, _, why in _judged(facts, site) if why)


def _judged(facts: ClusterFacts, site: Site) -> Iterator[tuple[str, Pool, str]]:
    """Each partition by name, and why no task should go there; empty: it may."""
    groups = facts.queues
    for name, part in sorted(facts.partitions.items()):
        made = pool(facts, name, groups[name], site)
        excepted = name in settings_of(site).excepted
        yield name, made, "the profile leaves it out" if excepted else auto.unsuitable(name, part, made, facts, site)


def pool(facts: ClusterFacts, partition: str, groups: Sequence[str], site: Site) -> Pool:
    """The pool of a partition for the jobs of a site; `groups` are its nodes."""
    options = JobOptions.of(site)
    part = facts.partitions[partition]
    every = [(name, facts.nodes[name]) for name in groups]
    # nothing but the size of nodes is written by hand
    usable = list(selection.usable(facts, every, JobOptions() if facts.by_hand else options))
    alone = part.exclusive or options.exclusive or facts.whole_nodes
    if alone and part.max_cpus_per_node is not None:
        # refused, as a job would get all CPUs of its node (measured)
        usable = [(name, node) for name, node in usable if node.cpus <= (part.max_cpus_per_node or 0)]
    in_service = [node for _, node in usable if node.up] or [node for _, node in usable]
    charging = bounds.Charging.of(
        part, in_service, alone=alone, counts_memory=facts.memory_counts, largest=facts.largest_billing
    )
    rights = Rights.of(facts, partition, options)
    of_accounting, shut = bounds.of_accounting(rights, charging)
    memory = selection.memory(facts, options)
    timeless = "PartitionTimeLimit" in rights.qos_flags
    given = part.default_memory_per_cpu_mib
    if given is None and part.default_memory_per_node_mib is None:
        given = facts.default_memory_per_cpu_mib
    return Pool(
        partition,
        shapes=_shapes(facts, part, [(name, node) for name, node in usable if node.up]),
        limits=site.most,
        down=_shapes(facts, part, [(name, node) for name, node in usable if not node.up]),
        bounds=tuple(
            _not_sure(bound) if facts.by_hand else bound
            for bound in (*bounds.of_partition(part, partition, facts.part_limits, timeless=timeless), *of_accounting)
            if bound.what != "memory" or memory != "ignored"
        ),
        closed=(*access.closed(facts, partition, groups, options, rights), *shut),
        memory_per_cpu_mib=part.max_memory_per_cpu_mib,
        whole_nodes=alone,
        cpu_step=charging.step,
        nodes=charging.nodes,
        memory=memory,
        by_cpu=options.by_cpu,
        given_per_cpu_mib=given if not options.asks_memory and facts.memory_counts else None,
        selection=None if usable or not every else selection.unmet(every, options, site.place),
        unproven=tuple(selection.unproven(facts, options)),
        rules_known=True,
        configured=True,
        default_time_s=part.default_time_s,
        default=part.default,
    )


def _not_sure(bound: Bound) -> Bound:
    """A limit of a cluster whose EnforcePartLimits is not known."""
    return replace(bound, reason=f"{bound.reason}, unless Slurm refuses it at once")


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
            "written" if facts.by_hand else "configured",
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
        matched = bounds.GPU.fullmatch(name)
        if matched:
            yield matched["type"] or "", count
