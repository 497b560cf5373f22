"""The memory that an instance registers with ECS at least, if none has been measured.

A machine of N MiB keeps for itself

    bare metal                       2.5 % N                 + 300 MiB
    Xen                              1.7 % N                 + 300 MiB
    Nitro                            4.0 % N                 + 250 MiB
    early Nitro (a1, c5*, m5*, vt1)  3.0 % N + 35 MiB per vCPU + 330 MiB, vt1 700 MiB more

but never more than 10 % N + 120 MiB, which counts for small ones. Derivation, figures and what is not known:
docs/memory.md; the score against published measurements: benchmarks/estimate.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Kept(NamedTuple):
    """What a machine keeps for itself: thousandths of its memory, MiB per vCPU, and a fixed number of MiB."""

    per_mille: int
    per_cpu_mib: int
    fixed_mib: int

    def mib(self, nominal_mib: int, cpus: int | None) -> int:
        """MiB for a machine of this size, rounded up."""
        by_size = _up(self.per_mille * nominal_mib, 1000)
        by_cpu = _up(self.per_cpu_mib * nominal_mib, _LEAST_MIB_A_CPU) if cpus is None else self.per_cpu_mib * cpus
        return by_size + by_cpu + self.fixed_mib


RESERVED_MIB = 32
"""What the ECS agent of Batch's own AMIs keeps from tasks; the figures below include it:
https://docs.aws.amazon.com/batch/latest/userguide/ecs-reserved-memory.html"""

BARE_METAL = Kept(25, 0, 300)
XEN = Kept(17, 0, 300)
NITRO = Kept(40, 0, 250)
EARLY_NITRO = Kept(30, 35, 330)
VIDEO = EARLY_NITRO._replace(fixed_mib=EARLY_NITRO.fixed_mib + 700)

_AT_MOST = Kept(100, 0, 120)
_LEAST_MIB_A_CPU = 2048  # no Nitro type with at least 4 GiB has less
_EARLY = re.compile(r"(a1|[cm]5[a-z]*)\.")


def kinds(hypervisor: str, name: str) -> tuple[Kept, ...]:
    """The kinds of machine that a type of this name may run on; several if there is no name."""
    if ".metal" in name:
        return (BARE_METAL,)
    if hypervisor == "xen":
        return (XEN,)
    if not name:
        return (NITRO, EARLY_NITRO)
    if name.startswith("vt1."):
        return (VIDEO,)
    return (EARLY_NITRO,) if _EARLY.match(name) else (NITRO,)


def registered_mib(nominal_mib: int, cpus: int | None = None, hypervisor: str = "", name: str = "") -> int:
    """MiB that an instance of this type registers at least.

    `nominal_mib`, `cpus` and `hypervisor` are as EC2 reports them for the type called `name`. If one is left out, the
    worst is assumed: Nitro for the hypervisor, early Nitro for the name, 2 GiB per vCPU.
    """
    kept = max(kind.mib(nominal_mib, cpus) for kind in kinds(hypervisor, name))
    return nominal_mib - min(kept, _AT_MOST.mib(nominal_mib, cpus))


def _up(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)
