"""The sizes that Fargate sells, as far as Nextflow asks for them: whole vCPUs up to 16, and ephemeral storage.

https://docs.aws.amazon.com/batch/latest/userguide/fargate.html, and what Nextflow's awsbatch executor rounds to;
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
    """Every size that fits the environment's maximum, smallest first."""
    return [
        Shape(f"Fargate {cpus} vCPU", cpus, memory_mib, "fixed")
        for cpus, (least, most, step) in _SIZES.items()
        if cpus <= max_vcpus
        for memory_mib in range(least, most + 1, step)
    ]


LEAST_DISK_MIB, MOST_DISK_MIB = 21 * 1024, 200 * 1024


def disk_mib(needed_mib: int) -> int:
    """What to ask for where a task needs so much: in whole GiB, as Nextflow passes on no part of one."""
    return max(-(-needed_mib // 1024) * 1024, LEAST_DISK_MIB)
