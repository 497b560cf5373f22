"""Whether a pool accepts a request, and what happens to one that it rejects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nfconfgen.facts.model import Bound, Fault, Pool, Shape, What
from nfconfgen.profile.model import Accelerator
from nfconfgen.profile.units import memory_text, time_text
from nfconfgen.wording import counted

NO_MACHINE = "no nodes"
"""The reason of the fault that the queue has no machine which the site may use."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a task needs on one attempt, before it is fitted to a machine; `time_s` None: not set."""

    cpus: int
    memory_mib: int
    time_s: int | None = None
    gpus: Accelerator | None = None


def faults(pool: Pool, need: Need) -> list[Fault]:
    """Reasons why the pool rejects the request, the decisive one first; empty if it accepts."""
    closed = [fault for fault in pool.closed if not fault.temporary]
    down = [fault for fault in pool.closed if fault.temporary]
    early = [_over(bound) for bound in pool.bounds if bound.early and is_over(bound, pool, need)]
    late = [_over(bound) for bound in pool.bounds if not bound.early and is_over(bound, pool, need)]
    refused = [fault for fault in closed + early if fault.kind == "refused"]
    pending = [fault for fault in early + closed if fault.kind == "pends"]
    nodes = list(_nodes(pool, need))
    return [
        *refused,
        *(down + pending if pending else []),
        *(fault for fault in nodes if fault.kind == "refused"),
        *([] if pending else down),
        *late,
        *(fault for fault in nodes if fault.kind == "pends"),
    ]


def holds(shape: Shape, pool: Pool, need: Need) -> bool:
    """Whether a machine of this shape can run it."""
    cpus = raised_cpus(pool, need) if pool.by_cpu else need.cpus
    # a job that has its node alone gets all its CPUs, and memory for each of them
    memory_mib = need.memory_mib // need.cpus * shape.cpus if pool.by_cpu and pool.whole_nodes else need.memory_mib
    return cpus <= shape.cpus and memory_mib <= shape.memory_mib and has_gpus(shape, need.gpus)


def raised_cpus(pool: Pool, need: Need) -> int:
    """The CPUs that the request gets: more than requested if it asks for more memory per CPU than MaxMemPerCPU.
    Slurm raises them to a multiple of the requested number, rounding down (measured with 22.05)."""
    if pool.memory_per_cpu_mib is None:
        return need.cpus
    if pool.by_cpu:
        each_mib = need.memory_mib // need.cpus
        return need.cpus * max(1, -(-each_mib // pool.memory_per_cpu_mib))
    wanted = -(-need.memory_mib // pool.memory_per_cpu_mib)
    return max(need.cpus, wanted // need.cpus * need.cpus)


def is_over(bound: Bound, pool: Pool, need: Need) -> bool:
    # the limit of a partition applies to the requested CPUs, those of QOS and account to the raised number
    amount = need.cpus if bound.as_asked else _amount(bound.what, pool, need)
    return amount is not None and (amount < bound.most if bound.least else amount > bound.most)


def _amount(what: What, pool: Pool, need: Need) -> int | None:
    if what == "cpus":
        return raised_cpus(pool, need)
    if what == "memory":
        return need.memory_mib
    if what == "gpus":
        return need.gpus.count if need.gpus is not None else 0
    # Slurm counts in minutes, and rounds up
    return -(-need.time_s // 60) * 60 if need.time_s is not None else None


def has_gpus(shape: Shape, wanted: Accelerator | None) -> bool:
    """Whether it has so many GPUs; true if its GPUs are unknown."""
    if wanted is None or wanted.count == 0:
        return True
    has = shape.gpu_count(wanted.type)
    return has is None or wanted.count <= has


def _over(bound: Bound) -> Fault:
    """`MaxTime of short is 4h`."""
    texts = {"memory": memory_text, "time": time_text}
    most = texts[bound.what](bound.most) if bound.what in texts else str(bound.most)
    why = f"{bound.name} is {most}{' at least' if bound.least else ''}"
    return Fault(bound.what, why, bound.kind, bound.reason, bound.most, bound.least)


def _nodes(pool: Pool, need: Need) -> Iterator[Fault]:
    """The configured nodes decide whether a request is refused, those in service whether it starts."""
    if any(holds(shape, pool, need) for shape in pool.shapes):
        return
    if any(holds(shape, pool, need) for shape in pool.down):
        waiting = ", ".join(shape.name for shape in pool.down if holds(shape, pool, need))
        yield Fault("site", f"only {waiting} could hold it, and is out of service", "pends", "ReqNodeNotAvail")
        return
    every = (*pool.shapes, *pool.down)
    if not every:
        yield Fault("site", f"{pool.name} has no node that the site may use", "refused", NO_MACHINE)
        return
    found = [*too_large(every, need), *_too_few_gpus(every, need)]
    yield from found or [Fault("memory", "no node has all of it at once", "refused", "Requested node configuration")]


def too_large(shapes: Sequence[Shape], need: Need, largest: str = "largest", cpu: str = "CPU") -> Iterator[Fault]:
    """A fault for memory and for CPUs that no shape has; `largest` names the best of them in the text."""
    broadest = max(shapes, key=lambda shape: (shape.cpus, shape.memory_mib))
    roomiest = max(shapes, key=lambda shape: (shape.memory_mib, shape.cpus))
    if need.memory_mib > roomiest.memory_mib:
        why = f"{largest}: {roomiest.name}, {roomiest.memory_mib} MiB, {roomiest.origin}"
        yield Fault("memory", why, "refused", "Memory specification can not be satisfied", roomiest.memory_mib)
    if need.cpus > broadest.cpus:
        why = f"{largest}: {broadest.name}, {counted(broadest.cpus, cpu)}"
        yield Fault("cpus", why, "refused", "CPU count per node can not be satisfied", broadest.cpus)


def _too_few_gpus(shapes: Sequence[Shape], need: Need) -> Iterator[Fault]:
    if not any(has_gpus(shape, need.gpus) for shape in shapes):
        kind = need.gpus.type if need.gpus is not None else ""
        most = max(shape.gpu_count(kind) or 0 for shape in shapes)
        yield Fault("gpus", f"no node has {f'more than {most}' if most else 'any'}", "refused", "gres", most or None)
