"""The limits of accounting: their names in sacctmgr, and the reasons in the output of squeue.

https://slurm.schedmd.com/resource_limits.html; the reasons were measured with 22.05, or are those of its source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Of = Literal["QOS", "Assoc"]

LIMITS: Mapping[str, str] = {
    "group": "GrpTRES",
    "running": "GrpTRESRunMins",
    "job_minutes": "MaxTRESMinsPerJob",
    "job": "MaxTRESPerJob",
    "node": "MaxTRESPerNode",
    "least": "MinTRES",
    "user": "MaxTRESPerUser",
    "per_account": "MaxTRESPerAccount",
}
"""Field of `Ceilings` → the limit, in the order in which Slurm compares them. MaxTRESRunMinsPerUser and PerAccount
stop no job (measured with 22.05)."""

OF_GROUPS = ("group", "running")
"""Limits that hold for each account above the job's own, too; all others of an account are inherited by users."""

COUNTS: Mapping[str, tuple[str, str]] = {
    "grpjobs": ("GrpJobs", "{of}GrpJobsLimit"),
    "maxjobspu": ("MaxJobsPerUser", "QOSMaxJobsPerUserLimit"),
    "maxjobspa": ("MaxJobsPerAccount", "MaxJobsPerAccount"),
    "maxjobs": ("MaxJobs", "AssocMaxJobsLimit"),
    "grpsubmit": ("GrpSubmitJobs", ""),
    "maxsubmitpu": ("MaxSubmitJobsPerUser", ""),
    "maxsubmitpa": ("MaxSubmitJobsPerAccount", ""),
    "maxsubmit": ("MaxSubmitJobs", ""),
}
"""Limits on the number of jobs, with the reason of a job that waits; those on submitted jobs refuse it."""

_WORDS: Mapping[tuple[Of, str], tuple[str, str, str, str, str]] = {
    ("QOS", "job"): (
        *("QOSMaxCpuPerJobLimit", "QOSMaxMemoryPerJob", "QOSMaxNodePerJobLimit", "QOSMaxBillingPerJob"),
        "QOSMaxGRESPerJob",
    ),
    ("QOS", "node"): ("QOSMaxCpuPerNode", "QOSMaxMemoryPerNode", "", "QOSMaxBillingPerNode", "QOSMaxGRESPerNode"),
    ("QOS", "user"): (
        *("QOSMaxCpuPerUserLimit", "QOSMaxMemoryPerUser", "QOSMaxNodePerUserLimit", "QOSMaxBillingPerUser"),
        "QOSMaxGRESPerUser",
    ),
    ("QOS", "per_account"): (
        *("MaxCpuPerAccount", "MaxMemoryPerAccount", "MaxNodePerAccount", "MaxBillingPerAccount"),
        "MaxGRESPerAccount",
    ),
    ("QOS", "group"): ("QOSGrpCpuLimit", "QOSGrpMemLimit", "QOSGrpNodeLimit", "QOSGrpBilling", "QOSGrpGRES"),
    ("QOS", "least"): ("QOSMinCpuNotSatisfied", "QOSMinMemory", "QOSMinNode", "QOSMinBilling", "QOSMinGRES"),
    ("QOS", "job_minutes"): (
        *("QOSMaxCpuMinutesPerJobLimit", "QOSMaxMemoryMinutesPerJob", "QOSMaxNodeMinutesPerJob"),
        *("QOSMaxBillingMinutesPerJob", "QOSMaxGRESMinutesPerJob"),
    ),
    ("QOS", "running"): (
        *("QOSGrpCPURunMinutesLimit", "QOSGrpMemoryRunMinutes", "QOSGrpNodeRunMinutes", "QOSGrpBillingRunMinutes"),
        "QOSGrpGRESRunMinutes",
    ),
    ("QOS", "minutes"): (
        *("QOSGrpCPUMinutesLimit", "QOSGrpMemoryMinutes", "QOSGrpNodeMinutes", "QOSGrpBillingMinutes"),
        "QOSGrpGRESMinutes",
    ),
    ("Assoc", "job"): (
        *("AssocMaxCpuPerJobLimit", "AssocMaxMemPerJob", "AssocMaxNodePerJobLimit", "AssocMaxBillingPerJob"),
        "AssocMaxGRESPerJob",
    ),
    ("Assoc", "node"): (
        *("AssocMaxCpuPerNode", "AssocMaxMemPerNode", "", "AssocMaxBillingPerNode"),
        "AssocMaxGRESPerNode",
    ),
    ("Assoc", "group"): (
        *("AssocGrpCpuLimit", "AssocGrpMemLimit", "AssocGrpNodeLimit", "AssocGrpBilling"),
        "AssocGrpGRES",
    ),
    ("Assoc", "job_minutes"): (
        *("AssocMaxCpuMinutesPerJobLimit", "AssocMaxMemMinutesPerJob", "AssocMaxNodeMinutesPerJob"),
        *("AssocMaxBillingMinutesPerJob", "AssocMaxGRESMinutesPerJob"),
    ),
    ("Assoc", "running"): (
        *("AssocGrpCPURunMinutesLimit", "AssocGrpMemRunMinutes", "AssocGrpNodeRunMinutes"),
        *("AssocGrpBillingRunMinutes", "AssocGrpGRESRunMinutes"),
    ),
    ("Assoc", "minutes"): (
        *("AssocGrpCPUMinutesLimit", "AssocGrpMemMinutes", "AssocGrpNodeMinutes", "AssocGrpBillingMinutes"),
        "AssocGrpGRESMinutes",
    ),
}
_COLUMN = {"cpu": 0, "mem": 1, "node": 2, "billing": 3}


def owner(of: Of, name: str) -> str:
    """Whose limit it is: `QOS short`."""
    return f"{'QOS' if of == 'QOS' else 'account'} {name}"


def reason(of: Of, scope: str, tres: str) -> str:
    """The reason of a job beyond this limit; empty if it is not known."""
    if scope == "wall_s":
        return f"{of}MaxWallDurationPerJobLimit"
    if tres == "wall":
        return f"{of}GrpWallLimit"
    words = _WORDS.get((of, scope))
    return words[_COLUMN.get(tres, 4)] if words is not None else ""
