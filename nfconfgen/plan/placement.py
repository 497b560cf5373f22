"""Which shape holds a task, and how much of it to ask for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from nfconfgen.facts.model import Pool, Shape
from nfconfgen.plan import admission
from nfconfgen.plan.admission import Need
from nfconfgen.profile.model import Fit

WHOLE_STEP_MIB = 100
"""Whole instances are requested in full hundreds of MiB: AMI updates change what they register by a few MiB."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The size to ask for, the shape that holds it (None: unknown) and how many such tasks that holds."""

    cpus: int
    memory_mib: int
    shape: Shape | None
    per_shape: int = 1


def largest(pools: Iterable[Pool]) -> Shape | None:
    """The shape with the most memory (most CPUs among equals) of these pools; None if no shape is known."""
    found = (pool.largest for pool in pools)
    return max((shape for shape in found if shape), key=lambda shape: (shape.memory_mib, shape.cpus), default=None)


def smallest(pool: Pool, need: Need) -> Shape | None:
    """The smallest shape of the pool that holds this need."""
    holding = (shape for shape in pool.shapes if admission.holds(shape, pool, need))
    if need.gpus is None or not need.gpus.count:
        return next(holding, None)
    # prefer known GPUs: a shape with unknown GPUs may have none
    return min(holding, key=lambda shape: shape.gpus is None, default=None)


def in_limits(pool: Pool, need: Need) -> bool:
    """Whether the pool's own limits allow it."""
    cpus, memory_mib = pool.limits.cpus, pool.limits.memory_mib
    return (cpus is None or need.cpus <= cpus) and (memory_mib is None or need.memory_mib <= memory_mib)


def can_place(pool: Pool, need: Need) -> bool:
    """Whether the pool holds it; if its shapes are unknown, only its limits count."""
    return in_limits(pool, need) and (not pool.known or not admission.faults(pool, need))


def most_memory_mib(pool: Pool, need: Need) -> int | None:
    """The most memory to ask for here next to the other needs; None if unknown."""
    little = replace(need, memory_mib=1)
    fitting = [shape.memory_mib for shape in pool.shapes if admission.holds(shape, pool, little)]
    known = [ask_mib(max(fitting), pool)] if fitting else []
    tightest = pool.tightest("memory")
    known += [tightest.most] if tightest is not None else []
    if pool.limits.memory_mib is not None:
        known.append(pool.limits.memory_mib)
    return min(known, default=None)


def ask_mib(memory_mib: int, pool: Pool) -> int:
    """The memory to ask for to get a whole machine: all of a fixed or configured size, else rounded down."""
    return memory_mib if pool.fixed_sizes or pool.configured else whole_mib(memory_mib)


def whole_mib(memory_mib: int) -> int:
    """The memory of a whole instance, rounded down to full hundreds."""
    return memory_mib // WHOLE_STEP_MIB * WHOLE_STEP_MIB if memory_mib >= WHOLE_STEP_MIB else memory_mib


def place(pool: Pool, need: Need, fit: Fit) -> Placed:
    """What to ask for, given a need that the pool can place."""
    shape = smallest(pool, need)
    if shape is not None and pool.fixed_sizes:
        return Placed(shape.cpus, shape.memory_mib, shape)
    if shape is None or fit == "request":
        return Placed(need.cpus, need.memory_mib, shape)
    parts = 1 if fit == "instance" else held(shape, need)
    # the limits of the site may be below the instance
    cpus = min(shape.cpus // parts, pool.limits.cpus or shape.cpus)
    memory_mib = min(
        max(whole_mib(shape.memory_mib // parts), need.memory_mib), pool.limits.memory_mib or shape.memory_mib
    )
    return Placed(cpus, memory_mib, shape, parts)


def held(shape: Shape, need: Need) -> int:
    """How many such tasks one machine of this shape holds."""
    counts = [shape.cpus // need.cpus, shape.memory_mib // need.memory_mib]
    gpus = shape.gpu_count(need.gpus.type) if need.gpus is not None else None
    if need.gpus is not None and need.gpus.count and gpus is not None:
        counts.append(gpus // need.gpus.count)
    return min(counts)
