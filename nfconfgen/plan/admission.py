"""Whether a pool accepts a request, and what happens to one that it rejects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nfconfgen.facts.model import Bound, Fault, Measure, Pool, Shape, What
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
    closed = [fault for fault in pool.closed if not fault.temporary and not fault.late]
    shut = [fault for fault in pool.closed if fault.late]
    down = [fault for fault in pool.closed if fault.temporary]
    over = [bound for bound in pool.bounds if is_over(bound, pool, need)]
    early = [_over(bound, pool, need) for bound in over if bound.early]
    late = [_over(bound, pool, need) for bound in over if not bound.early]
    refused = [fault for fault in closed + early if fault.kind == "refused"]
    pending = [fault for fault in early + closed if fault.kind == "pends"]
    nodes = list(_nodes(pool, need))
    return [
        *refused,
        *(down + pending if pending else []),
        *(fault for fault in nodes if fault.kind == "refused"),
        *([] if pending else down),
        *late,
        *shut,
        *(fault for fault in nodes if fault.kind == "pends"),
    ]


def holds(shape: Shape, pool: Pool, need: Need) -> bool:
    """Whether a machine of this shape can run it."""
    cpus = raised_cpus(pool, need) if pool.by_cpu else need.cpus
    memory_mib = need.memory_mib
    if pool.by_cpu and pool.memory == "compared":
        memory_mib = each_mib(pool, need)
    elif pool.by_cpu:
        # a job that has its node alone gets all its CPUs, and memory for each of them
        given = shape.cpus if pool.whole_nodes else charged_cpus(pool, need)
        memory_mib = each_mib(pool, need) * given
    enough = memory_mib <= shape.memory_mib or pool.memory == "ignored"
    return cpus <= shape.cpus and enough and has_gpus(shape, need.gpus)


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


def charged_cpus(pool: Pool, need: Need) -> int:
    """The CPUs that it gets on a node: the raised number, in whole cores."""
    return pool.in_cores(raised_cpus(pool, need))


def each_mib(pool: Pool, need: Need) -> int:
    """The memory for each CPU where memory is requested per CPU. What exceeds MaxMemPerCPU is spread over the CPUs
    that it costs (measured with 22.05)."""
    return -(-(need.memory_mib // need.cpus) * need.cpus // raised_cpus(pool, need))


def is_over(bound: Bound, pool: Pool, need: Need) -> bool:
    if bound.measure is not None:
        amount = _measured(bound.measure, pool, need)
    else:
        # the limit of a partition applies to the requested CPUs, those of QOS and account to what the job gets
        amount = need.cpus if bound.as_asked else _amount(bound.what, pool, need, bound.gpu_type)
        if pool.whole_nodes and not bound.as_asked and bound.what in ("cpus", "gpus"):
            whole = _of_whole_nodes(bound, pool, need)
            amount = amount if whole is None else whole
    return amount is not None and bound.excludes(amount)


def _amount(what: What, pool: Pool, need: Need, gpu_type: str = "") -> int | None:
    if what == "cpus":
        return charged_cpus(pool, need)
    if what == "memory":
        if not pool.by_cpu:
            return need.memory_mib
        return each_mib(pool, need) * (_broadest(pool) if pool.whole_nodes else charged_cpus(pool, need))
    if what == "gpus":
        return need.gpus.count if need.gpus is not None and gpu_type in ("", need.gpus.type) else 0
    # Slurm counts in minutes, and rounds up
    time_s = pool.default_time_s if need.time_s is None else need.time_s
    return -(-time_s // 60) * 60 if time_s is not None else None


def _of_whole_nodes(bound: Bound, pool: Pool, need: Need) -> int | None:
    """All of the machine that it gets. The scheduler may choose any that holds it, so the worst one counts."""
    holding = [shape for shape in pool.shapes or pool.down if holds(shape, pool, need)]
    amounts = [whole_amount(bound, shape) for shape in holding]
    return (min if bound.least else max)(amounts) if amounts else None


def whole_amount(bound: Bound, shape: Shape) -> int:
    """What a job that has this machine alone gets of what the bound limits."""
    return shape.cpus if bound.what == "cpus" else shape.gpu_count(bound.gpu_type) or 0


def _broadest(pool: Pool) -> int:
    return max((shape.cpus for shape in (*pool.shapes, *pool.down)), default=0)


def _measured(measure: Measure, pool: Pool, need: Need) -> int | None:
    """The amount of a request; None if it has no time, and no end."""
    parts = [(_amount(what, pool, need) or 0) * factor for what, factor in measure.factors]
    amount = int((max(parts, default=0) if measure.largest else sum(parts)) + measure.constant)
    if not measure.minutes:
        return amount
    time_s = need.time_s if need.time_s is not None else pool.unset_time_s
    return None if time_s is None else amount * -(-time_s // 60)


def has_gpus(shape: Shape, wanted: Accelerator | None) -> bool:
    """Whether it has so many GPUs; true if its GPUs are unknown."""
    if wanted is None or wanted.count == 0:
        return True
    has = shape.gpu_count(wanted.type)
    return has is None or wanted.count <= has


def _over(bound: Bound, pool: Pool, need: Need) -> Fault:
    """`MaxTime of short is 4h`."""
    if bound.measure is not None:
        return _over_measure(bound, bound.measure, pool, need)
    texts = {"memory": memory_text, "time": time_text}
    most = texts[bound.what](bound.most) if bound.what in texts else str(bound.most)
    why = f"{bound.name} is {most}{' at least' if bound.least else ''}"
    return Fault(bound.what, why, bound.kind, bound.reason, bound.most, bound.least)


def _over_measure(bound: Bound, measure: Measure, pool: Pool, need: Need) -> Fault:
    why = f"{bound.name} is {bound.most}, and it takes {_measured(measure, pool, need)}"
    per_minute = _measured(replace(measure, minutes=False), pool, need)
    most_s = bound.most // per_minute * 60 if measure.minutes and per_minute else None
    return Fault(bound.what, why, bound.kind, bound.reason, most_s or None)


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
        which = "that the site may use" if pool.selection is None else f"with {pool.selection.value}"
        yield Fault("site", f"{pool.name} has no node {which}", "refused", NO_MACHINE)
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
