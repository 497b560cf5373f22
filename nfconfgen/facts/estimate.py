"""The memory an instance will register with ECS, where none has been measured.

The kernel's page tables take 1/64 of the memory, the hypervisor one to two hundredths and the kernel itself some
hundred MiB; 0.95 N - 350 MiB stays below all but two (vt1.3xlarge, vt1.6xlarge) of 633 published measurements
of types with at least 3.75 GiB, and below every published ECS reading. Small types lose a larger share.
Derivation and figures: docs/memory.md.
"""

from __future__ import annotations

_SMALL_BELOW_MIB = 3840


def registered_mib(nominal_mib: int) -> int:
    """MiB that an instance of this data-sheet size registers at the least."""
    if nominal_mib < _SMALL_BELOW_MIB:
        return nominal_mib * 92 // 100 - 140
    return nominal_mib * 95 // 100 - 350
