"""Why jobs wait in RUNNABLE, in plain words, and what frees them.

What AWS itself says comes first: https://docs.aws.amazon.com/batch/latest/userguide/job_stuck_in_runnable.html
"""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.executors.awsbatch.doctor.rules import Check, Fault
from nfconfgen.executors.awsbatch.doctor.subjects import OnJob
from nfconfgen.findings import Level
from nfconfgen.plan import placement
from nfconfgen.plan.admission import Need
from nfconfgen.profile.model import Accelerator
from nfconfgen.profile.units import gpus_text, time_text
from nfconfgen.wording import listed, plural

_Cause = tuple[str, str, Level]

_TOO_LARGE: _Cause = (
    "no instance of the queue is large enough for it",
    "ask for less (`nfconfgen build` shows what fits), or send it to a queue of larger instances; end this one",
    "error",
)
_STARTING: _Cause = (
    "an instance would hold it, but while an environment starts from nothing Batch calls every job too large",
    "wait for some minutes, then ask again",
    "warning",
)
_OVER_MAXIMUM: _Cause = (
    "it asks for more vCPUs than the maximum of the compute environment",
    "ask for fewer cpus, or raise maxvCpus",
    "error",
)
_NO_CAPACITY: _Cause = (
    "AWS has no such instances free at present",
    "allow more instance types, more subnets or on-demand instances, or wait",
    "warning",
)
_ROLE: _Cause = (
    "the service role of the compute environment lacks a permission",
    "give it AWSBatchServiceRole, or the service-linked role AWSServiceRoleForBatch",
    "error",
)
_CONFIGURATION: _Cause = (
    "EC2 refuses to start instances as the compute environment is set up",
    "look at AMI, launch template and instance types: they must suit each other and the region",
    "error",
)
_UNREGISTERED: _Cause = (
    "instances were asked for, but none registers with ECS",
    "look into EC2: if no instance is there, quota or capacity is short; if one is, see that its subnet reaches ECS "
    "(public address, NAT or endpoints), its AMI runs the ECS agent, and its role has "
    "AmazonEC2ContainerServiceforEC2Role",
    "error",
)
_FARGATE: _Cause = (
    "Fargate has not taken it up",
    "see that the subnets reach the image's registry (public address or NAT), and the quota of Fargate vCPUs",
    "warning",
)
_AT_MAXIMUM: _Cause = (
    "the compute environments are at their maximum of vCPUs",
    "it starts when others end; raise maxvCpus for more at once",
    "warning",
)
_NOTHING_STARTED: _Cause = (
    "Batch has started no instance for it",
    "look at the compute environment's and its scaling group's activity in the AWS console",
    "error",
)
_NO_PLACE: _Cause = (
    "nothing is free on the instances that run",
    "it starts when others end, or when Batch starts more instances",
    "warning",
)
_UNUSABLE: _Cause = (
    "no compute environment of the queue can be used",
    "mend the compute environment: what is wrong with it is told above",
    "error",
)

_STARTS_WITHIN_S = 600

# as AWS words a job's statusReason; the first that occurs in it counts
_SAID: tuple[tuple[str, _Cause], ...] = (
    ("JOB_RESOURCE_REQUIREMENT", _TOO_LARGE),
    ("COMPUTE_ENVIRONMENT_MAX_RESOURCE", _OVER_MAXIMUM),
    ("INSUFFICIENT_INSTANCE_CAPACITY", _NO_CAPACITY),
    ("SERVICE_ROLE_PERMISSIONS", _ROLE),
    ("EC2_INSTANCE_CONFIGURATION_UNSUPPORTED", _CONFIGURATION),
)


def stuck(on: OnJob) -> Iterator[Fault]:
    why, advice, level = cause(on)
    job, count = on.jobs[0], len(on.jobs)
    names = listed((job.name for job in on.jobs), 3)
    who = f"job {job.name} ({job.id})" if count == 1 else f"{count} jobs ({names}; the longest: {job.id})"
    gpus = f", {gpus_text(job.gpus)}" if job.gpus else ""
    size = f"{job.cpus} vCPUs{gpus} and {job.memory_mib} MiB"
    waited = time_text(max(job.waited_s // 60, 1) * 60)
    said = f" (AWS: {job.reason})" if job.reason else ""
    message = f"{who} of {size} {plural(count, 'waits', 'wait')} in {on.queue.name} for {waited}: {why}{said}"
    yield Fault(on.place, message, advice, level)


def cause(on: OnJob) -> _Cause:
    """What AWS says; where it says nothing, what the queue shows."""
    job = on.jobs[0]
    found = next((cause for word, cause in _SAID if word in job.reason), None)
    if found is _TOO_LARGE and job.waited_s < _STARTS_WITHIN_S and _held(on):
        return _STARTING
    return found or _inferred(on)


def _held(on: OnJob) -> bool:
    job = on.jobs[0]
    return placement.smallest(on.pool, Need(job.cpus, job.memory_mib, gpus=Accelerator(job.gpus))) is not None


def _inferred(on: OnJob) -> _Cause:
    job = on.jobs[0]
    usable = [env for env in on.environments if not env.fault[0]]
    if not usable:
        return _UNUSABLE
    if job.cpus > max(env.max_vcpus for env in usable):
        return _OVER_MAXIMUM
    if on.pool.shapes and not _held(on):
        return _TOO_LARGE
    if not any(env.on_instances for env in usable):
        return _FARGATE
    desired = sum(env.desired_vcpus for env in usable)
    if desired and all(env.instances == 0 for env in usable):
        return _UNREGISTERED
    if all(env.desired_vcpus + job.cpus > env.max_vcpus for env in usable):
        return _AT_MAXIMUM
    return _NO_PLACE if desired else _NOTHING_STARTED


ON_JOBS = (Check("job-stuck", stuck),)
