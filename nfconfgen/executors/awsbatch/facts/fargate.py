"""The sizes of Fargate that Nextflow can request: whole vCPUs up to 16, and ephemeral storage.

https://docs.aws.amazon.com/batch/latest/userguide/fargate.html, and what Nextflow rounds to;
https://docs.aws.amazon.com/batch/latest/APIReference/API_EphemeralStorage.html.
"""

from __future__ import annotations

from nfconfgen.facts.model import Shape

# vCPUs: least MiB, most MiB, step
_SIZES = {
    1: (2048, 8192, 1024),
    2: (4096, 16384, 1024),
    4: (8192, 30720, 1024),
    8: (16384, 61440, 4096),
    16: (32768, 122880, 8192),
}


def shapes(max_vcpus: int) -> list[Shape]:
    """Every size within the environment's maxvCpus, smallest first."""
    return [
        Shape(f"Fargate {cpus} vCPU", cpus, memory_mib, "fixed")
        for cpus, (least, most, step) in _SIZES.items()
        if cpus <= max_vcpus
        for memory_mib in range(least, most + 1, step)
    ]


LEAST_DISK_MIB, MOST_DISK_MIB = 21 * 1024, 200 * 1024


def disk_mib(needed_mib: int) -> int:
    """The disk to request for a task that needs this much: in whole GiB, since Nextflow rounds down to GiB."""
    return max(-(-needed_mib // 1024) * 1024, LEAST_DISK_MIB)
