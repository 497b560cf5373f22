"""The limits of a partition, of QOS and of accounts as bounds of a pool. Pure.

What Slurm does with a request beyond each was measured, see docs/slurm.md. Beyond the limits of a partition it pends
indefinitely, unless EnforcePartLimits refuses it at once; beyond those of QOS and association it pends, unless the
QOS has the flag DenyOnLimit, which compares what is requested, not what the job gets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from nfconfgen.executors.slurm.facts.cluster import NodeGroup, Partition
from nfconfgen.executors.slurm.facts.values import UNITS_MIB
from nfconfgen.executors.slurm.pools.rights import Limit, Rights
from nfconfgen.facts.model import Bound, Fault, Kind, Measure, What

_ONE_RESOURCE: Mapping[str, What] = {"cpu": "cpus", "mem": "memory"}
GPU = re.compile(r"(?:gres/)?gpu(?::(?P<type>[^:]+))?")
_WEIGHT = re.compile(r"([^=,]+)=([0-9.]+)([KMGTP]?)")


def of_partition(part: Partition, name: str, at_once: bool, *, timeless: bool = False) -> Iterator[Bound]:
    """The limits of the partition itself; `at_once`: EnforcePartLimits refuses what is beyond them, `timeless`: the
    QOS is exempt from MaxTime."""
    kind: Kind = "refused" if at_once else "pends"
    if part.cpus or part.empty:
        every = part.cpus
        if part.max_cpus_per_node is not None and part.nodes:
            every = min(every, part.max_cpus_per_node * part.nodes)
        yield Bound("cpus", every, f"all CPUs of {name}", kind, "PartitionConfig", early=True, as_asked=True)
    if part.max_time_s is not None and not timeless:
        yield Bound("time", part.max_time_s, f"MaxTime of {name}", kind, "PartitionTimeLimit", early=True)
    if part.max_memory_per_node_mib is not None:
        most = part.max_memory_per_node_mib
        yield Bound("memory", most, f"MaxMemPerNode of {name}", kind, "MaxMemPerLimit", early=True)


@dataclass(frozen=True, slots=True)
class Charging:
    """What a job is charged beyond its request: whole cores (`step` CPUs), `nodes` of them, and if it has its nodes
    alone (`whole`) all of what they have. `weights`: by resource, what one of it (of memory: one MiB) adds to
    billing."""

    step: int
    nodes: int
    whole: tuple[NodeGroup, ...]
    counts_memory: bool
    weights: Mapping[str, float]
    largest: bool

    @classmethod
    def of(
        cls, part: Partition, nodes: Sequence[NodeGroup], *, alone: bool, counts_memory: bool, largest: bool
    ) -> Charging:
        step = max((node.cpu_step for node in nodes), default=1)
        weights = _weights(part.billing) or {"cpu": 1.0}
        return cls(step, max(part.min_nodes, 1), tuple(nodes) if alone else (), counts_memory, weights, largest)


def of_accounting(rights: Rights, charging: Charging) -> tuple[list[Bound], list[Fault]]:
    """The limits of accounting as bounds; those that no job can keep, whatever it asks for, as faults."""
    bounds: list[Bound] = []
    closed = list(rights.closed())
    for limit in rights.limits():
        closed += _beyond_all(limit, charging)
        for made in _of_limit(limit, charging):
            if isinstance(made, Fault):
                closed.append(made)
            else:
                bounds += _with_denial(made, limit) if rights.denies else [made]
    return bounds, closed


def _with_denial(bound: Bound, limit: Limit) -> Iterator[Bound]:
    """A request beyond the limit is refused; one whose CPUs are raised beyond it still pends (measured)."""
    if bound.what != "cpus" or bound.measure is not None:
        yield replace(bound, kind="refused", early=True)
    else:
        yield replace(bound, kind="refused", early=True, as_asked=True, most=limit.most)
        yield bound


def _of_limit(limit: Limit, charging: Charging) -> Iterator[Bound | Fault]:
    if limit.scope == "wall_s":
        # compared before nodes are, as the limits on the number of jobs (measured)
        yield Bound("time", limit.most, limit.title, "pends", limit.reason, early=True)
        return
    if limit.scope == "node":
        charging = replace(charging, nodes=1)
    if limit.scope in ("job_minutes", "running"):
        yield from _of_minutes(limit, charging)
    elif limit.tres == "node":
        if charging.nodes < limit.most if limit.least else charging.nodes > limit.most:
            yield _never(limit, f"a job gets {charging.nodes}")
    elif limit.tres == "billing":
        measure = _billing(charging)
        yield Bound(
            "cpus",
            limit.most,
            f"billing={limit.most} of {limit.title}",
            "pends",
            limit.reason,
            measure=measure,
            least=limit.least,
        )
    else:
        yield from _of_one(limit, charging)


def _beyond_all(limit: Limit, charging: Charging) -> Iterator[Fault]:
    """The fault that every node is beyond the limit, where a job gets all of its node."""
    if limit.tres not in ("mem", "node", "billing", "") and "minutes" not in limit.scope and charging.whole:
        amounts = [_all_of(node, limit.tres) * charging.nodes for node in charging.whole]
        if max(amounts) < limit.most if limit.least else min(amounts) > limit.most:
            yield _never(limit, f"a job gets whole nodes, {min(amounts)} at least")


def _never(limit: Limit, why: str) -> Fault:
    message = f"{limit.title} is {limit.tres}={limit.most}, and {why}"
    # the number of nodes is known before any is looked for
    return Fault("site", message, "pends", limit.reason, late=limit.tres != "node")


def _of_one(limit: Limit, charging: Charging) -> Iterator[Bound]:
    """A limit of CPUs, memory or GPUs, as what a task may ask for on its node."""
    least, gpu = limit.least, GPU.fullmatch(limit.tres)
    if limit.tres == "mem" and not charging.counts_memory:
        return
    what: What | None = "gpus" if gpu is not None else _ONE_RESOURCE.get(limit.tres)
    if what is None:
        return
    step = charging.step if what == "cpus" else 1
    most = limit.most // charging.nodes // step * step
    if least:
        # what comes to so many once it is rounded up
        most = (-(-limit.most // charging.nodes // step) - 1) * step + 1
    title = limit.title
    if most != limit.most:
        gets = [
            *(["in whole cores"] if step > 1 else []),
            *([f"on {charging.nodes} nodes"] if charging.nodes > 1 else []),
        ]
        title += f" ({limit.most}, {' '.join(gets)})"
    kind = gpu["type"] or "" if gpu is not None else ""
    yield Bound(what, most, title, "pends", limit.reason, least=least, gpu_type=kind)


def _all_of(node: NodeGroup, tres: str) -> int:
    if tres == "cpu":
        return node.cpus
    gpu = GPU.fullmatch(tres)
    if gpu is None:
        return 0
    types = ((GPU.fullmatch(name), count) for name, count in node.gres.items())
    return sum(count for found, count in types if found is not None and gpu["type"] in (None, found["type"]))


def _of_minutes(limit: Limit, charging: Charging) -> Iterator[Bound]:
    measure: Measure | None
    if limit.tres == "billing":
        measure = _billing(charging)
    elif limit.tres == "node":
        measure = Measure(constant=charging.nodes)
    elif charging.whole and limit.tres != "mem":
        measure = Measure(constant=max(_all_of(node, limit.tres) for node in charging.whole) * charging.nodes)
    else:
        gpu = GPU.fullmatch(limit.tres)
        what: What | None = "gpus" if gpu is not None and not gpu["type"] else _ONE_RESOURCE.get(limit.tres)
        measure = Measure(((what, charging.nodes),)) if what is not None else None
        if limit.tres == "mem" and not charging.counts_memory:
            measure = None
    if measure is not None:
        name = f"{limit.tres}={limit.most} minutes of {limit.title}"
        yield Bound("time", limit.most, name, "pends", limit.reason, measure=replace(measure, minutes=True))


def _billing(charging: Charging) -> Measure:
    weights, nodes = charging.weights, charging.nodes
    memory = weights.get("mem", 0.0) * nodes if charging.counts_memory else 0.0
    gpus = sum(weight for name, weight in weights.items() if name == "gres/gpu")
    if not charging.whole:
        pairs: tuple[tuple[What, float], ...] = (
            ("cpus", weights.get("cpu", 0.0) * nodes),
            ("memory", memory),
            ("gpus", gpus * nodes),
        )
        return Measure(tuple(pair for pair in pairs if pair[1]), largest=charging.largest)
    each = [node.cpus * weights.get("cpu", 0.0) + _all_of(node, "gres/gpu") * gpus for node in charging.whole]
    factors: tuple[tuple[What, float], ...] = (("memory", memory),) if memory else ()
    return Measure(factors, constant=max(each, default=0.0) * nodes)


def _weights(text: str) -> dict[str, float]:
    """`CPU=1.0,Mem=0.25G,GRES/gpu=2.0`: memory is weighed by the unit that follows, else by MiB."""
    found = {}
    for name, number, unit in _WEIGHT.findall(text):
        key = name.lower()
        try:
            found[key] = float(number) / (UNITS_MIB[unit] if key == "mem" else 1)
        except ValueError:
            continue
    return found
