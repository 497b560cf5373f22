"""Slurm's reasons for a job to wait, in plain words, with what frees it. Pure.

All words of https://slurm.schedmd.com/job_reason_codes.html (22.05 to 25.05), and the sentences that slurmctld writes
instead of a word. The reasons that follow from a limit are in limit_reasons.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nfconfgen.findings import Level

PAGE = "https://slurm.schedmd.com/job_reason_codes.html"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a job waits, what frees it, and the command for this very job (`{}` stands for its number)."""

    words: str
    advice: str
    command: str = ""
    level: Level = "warning"


CANCEL = "scancel {}"
RELEASE = "scontrol release {}"
HEALTHY = frozenset(
    ("", "None", "Resources", "Priority", "Prolog", "Cleaning", "Dependency", "SchedDefer", "FedJobLock")
) | {"BurstBufferStageIn", "BurstBufferResources"}
"""It waits for its turn, or for something that Slurm does by itself."""
LATER = frozenset(("BeginTime", "Reservation"))
"""It waits for a time, which decides how bad this is."""
NODES = frozenset(("ReqNodeNotAvail", "NodesUnavailable", "NodeDown", "PartitionNodeLimit", "PowerNotAvail"))
"""Slurm names the nodes, or has none in service."""

_NODES_BACK = "wait until an administrator returns them (sinfo -R has the reason), or name another partition"
_ASK_ADMIN = "ask an administrator"
_NEW_JOB = "correct the profile, cancel the job, and resume the run"

CAUSES: Mapping[str, Cause] = {
    "PartitionTimeLimit": Cause("its time is beyond the MaxTime of the partition", _NEW_JOB, CANCEL, "error"),
    "PartitionNodeLimit": Cause(
        "it asks for more or fewer nodes than a job may have in the partition, or nodes are out of service",
        "compare MinNodes and MaxNodes of scontrol show partition, and sinfo -R",
        CANCEL,
    ),
    "PartitionConfig": Cause("it is beyond a limit of the partition", _NEW_JOB, CANCEL, "error"),
    "MaxMemPerLimit": Cause(
        "its memory is beyond MaxMemPerNode or MaxMemPerCPU of the partition", _NEW_JOB, CANCEL, "error"
    ),
    "PartitionDown": Cause(
        "the partition is DOWN: it accepts jobs and starts none", "wait until it is UP, or name another partition"
    ),
    "PartitionInactive": Cause(
        "the partition is INACTIVE and starts no job", "wait until it is UP, or name another partition"
    ),
    "AccountNotAllowed": Cause(
        "its account may not use the partition", "name another account or partition", CANCEL, "error"
    ),
    "QOSNotAllowed": Cause(
        "its QOS may not be used in the partition or by the account",
        "name another QOS or partition",
        CANCEL,
        "error",
    ),
    "GroupNotAllowed": Cause("your groups may not use the partition", "name another partition", CANCEL, "error"),
    "InvalidAccount": Cause(
        "its account no longer exists, or is no longer yours",
        "set account to one of: sacctmgr show assoc user=$USER format=account",
        CANCEL,
        "error",
    ),
    "InvalidQOS": Cause(
        "its QOS no longer exists, or your account may no longer use it",
        "set qos to one of: sacctmgr show assoc user=$USER format=account,qos",
        CANCEL,
        "error",
    ),
    "BadConstraints": Cause(
        "no node of the partition has the features, GPUs or size that it asks for",
        "compare constraint and the requests with sinfo -o '%N %f %G %c %m'",
        CANCEL,
        "error",
    ),
    "Constraints": Cause(
        "no node in service has the features or GPUs that it asks for",
        "wait until such nodes are back (sinfo -o '%N %T %f %G'), or ask for others",
    ),
    "ReqNodeNotAvail": Cause("nodes that it needs are out of service or reserved", _NODES_BACK),
    "NodesUnavailable": Cause(
        "every node that could hold it is down, drained, or kept for partitions of higher priority", _NODES_BACK
    ),
    "Maintenance": Cause(
        "its nodes are reserved for maintenance, which begins before the job would end",
        "wait until the maintenance is over (scontrol show reservation), or ask for less time",
    ),
    "ReservedForOthers": Cause(
        "its nodes may be reserved for other jobs",
        "look at scontrol show reservation and sinfo -R, or name another partition",
    ),
    "NodeDown": Cause("a node that it needs is down", _NODES_BACK),
    "FrontEndDown": Cause("no front-end node is in service", _ASK_ADMIN),
    "PowerNotAvail": Cause("the cluster is at its limit of power", "wait until other jobs end"),
    "PowerReserved": Cause("power is reserved for other jobs", "wait until the reservation ends"),
    "DependencyNeverSatisfied": Cause(
        "the job that it depends on ended otherwise than the dependency wants, so it never starts",
        "cancel it, or remove the dependency",
        "scontrol update jobid={} dependency=",
        "error",
    ),
    "JobHeldUser": Cause("you hold it (scontrol hold, or sbatch --hold)", "release it", RELEASE),
    "JobHeldAdmin": Cause(
        "an administrator holds it, or its priority was set to 0", "ask an administrator to release it", RELEASE
    ),
    "JobHoldMaxRequeue": Cause(
        "it failed to start so often that Slurm holds it", "look at its nodes (sinfo -R), then release it", RELEASE
    ),
    "LaunchFailed": Cause(
        "it could not be started on its node, and is held since",
        "check that its work directory exists on the nodes, then release it; ask an administrator if it fails again",
        RELEASE,
    ),
    "RequeuedHeld": Cause("it was put back into the queue and is held", "release it", RELEASE),
    "UserEnvironment": Cause(
        "your login environment could not be read, and it is held since",
        "remove --get-user-env and --export from cluster_options, then release it",
        RELEASE,
    ),
    "JobLaunchFailure": Cause(
        "it could not be started: a file system, a missing program or the node",
        "check that its work directory exists on the nodes; ask an administrator if it does",
        CANCEL,
    ),
    "Licenses": Cause(
        "it waits for licences that other jobs use",
        "scontrol show licenses lists how many there are",
    ),
    "ReservationDeleted": Cause(
        "its reservation no longer exists", "name another reservation, or none", CANCEL, "error"
    ),
    "ReservationInvalid": Cause(
        "its reservation may not be used by this job", "name another reservation, or none", CANCEL, "error"
    ),
    "JobArrayTaskLimit": Cause(
        "as many tasks of its array run as the array allows at once (%)",
        "raise it to run more at once",
        "scontrol update jobid={} arraytaskthrottle=0",
        "note",
    ),
    "DeadLine": Cause("it cannot end before its deadline", "submit it again without --deadline", CANCEL, "error"),
    "BurstBufferOperation": Cause("an operation of its burst buffer failed", _ASK_ADMIN, CANCEL),
    "SystemFailure": Cause("Slurm or a file system of the cluster failed", _ASK_ADMIN, CANCEL),
    "AccountingPolicy": Cause(
        "it is beyond a limit of its QOS or account", "sacctmgr show qos and show assoc list them", CANCEL
    ),
    "QOSUsageThreshold": Cause(
        "your share of the cluster is below what its QOS requires (UsageThreshold)",
        "wait until your usage has decayed (sshare), or name another QOS",
    ),
    # the reason of its end stays with a job that was put back into the queue
    **{
        word: Cause(f"it {what} and was put back into the queue", "look at its output, then cancel it", CANCEL)
        for word, what in (
            ("NonZeroExitCode", "failed"),
            ("OutOfMemory", "ran out of memory"),
            ("RaisedSignal", "was ended by a signal"),
            ("TimeLimit", "reached its time limit"),
            ("InactiveLimit", "was inactive for too long"),
        )
    },
}

_SENTENCES: tuple[tuple[str, str], ...] = (
    ("nodes required for job are down", "NodesUnavailable"),
    ("reqnodenotavail, reserved for maintenance", "Maintenance"),
    ("reqnodenotavail, may be reserved", "ReservedForOthers"),
    ("job's account not permitted", "AccountNotAllowed"),
    ("job's qos not permitted", "QOSNotAllowed"),
    ("user's group not permitted", "GroupNotAllowed"),
    ("launch failed requeued held", "LaunchFailed"),
    ("job requeued in held state", "RequeuedHeld"),
    ("user env retrieval failed", "UserEnvironment"),
    ("userenv retrieval failed", "UserEnvironment"),
    ("burst buffer", "BurstBufferOperation"),
)
"""How sentences begin, as slurmctld 22.05 to 25.05 writes them; the commands print blanks or underscores."""


def word_of(reason: str) -> str:
    """The word for a reason, which may be a sentence, or be followed by what it is about."""
    sentence = " ".join(reason.replace("_", " ").lower().split())
    for start, word in _SENTENCES:
        if sentence.startswith(start):
            return word
    if sentence.startswith("reservation ") and sentence.endswith(" was deleted"):
        return "ReservationDeleted"
    return reason.strip().partition(",")[0].partition("(")[0].strip()


def detail_of(reason: str) -> str:
    """What follows the word: `UnavailableNodes:c[1-2]`."""
    return reason.partition(",")[2].strip(" _") if word_of(reason) == "ReqNodeNotAvail" else ""
