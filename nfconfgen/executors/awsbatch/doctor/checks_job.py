"""Why jobs wait in RUNNABLE, and what the user can do about it.

A reason that AWS reports comes first: https://docs.aws.amazon.com/batch/latest/userguide/job_stuck_in_runnable.html
"""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.executors.awsbatch.doctor.subjects import OnJob
from nfconfgen.executors.examination import Checks, Fault
from nfconfgen.findings import Level
from nfconfgen.plan import placement
from nfconfgen.plan.admission import Need
from nfconfgen.profile.model import Accelerator
from nfconfgen.profile.units import gpus_text, time_text
from nfconfgen.wording import listed, plural

_Cause = tuple[str, str, Level]

_TOO_LARGE: _Cause = (
    "no instance of the queue is large enough for it",
    "request less (`nfconfgen build` shows what fits), or send it to a queue of larger instances; end this one",
    "error",
)
_STARTING: _Cause = (
    "an instance can hold it, but Batch reports every job as too large while an environment starts from zero",
    "wait for some minutes, then check again",
    "warning",
)
_OVER_MAXIMUM: _Cause = (
    "it requests more vCPUs than the maximum of the compute environment",
    "request fewer cpus, or raise maxvCpus",
    "error",
)
_NO_CAPACITY: _Cause = (
    "AWS has no free capacity of these instance types at present",
    "allow more instance types, more subnets or on-demand instances, or wait",
    "warning",
)
_ROLE: _Cause = (
    "the service role of the compute environment lacks a permission",
    "give it AWSBatchServiceRole, or the service-linked role AWSServiceRoleForBatch",
    "error",
)
_CONFIGURATION: _Cause = (
    "EC2 refuses to start instances with the configuration of the compute environment",
    "check that AMI, launch template and instance types suit each other and the region",
    "error",
)
_UNREGISTERED: _Cause = (
    "instances were requested, but none has registered with ECS",
    "look into EC2: if there is no instance, quota or capacity is short; if there is one, check that its subnet "
    "reaches ECS (public address, NAT or endpoints), its AMI runs the ECS agent, and its role has "
    "AmazonEC2ContainerServiceforEC2Role",
    "error",
)
_FARGATE: _Cause = (
    "Fargate has not started it",
    "check that the subnets reach the image's registry (public address or NAT), and the quota of Fargate vCPUs",
    "warning",
)
_AT_MAXIMUM: _Cause = (
    "the compute environments are at their maximum of vCPUs",
    "it starts when other jobs end; raise maxvCpus to run more at once",
    "warning",
)
_NOTHING_STARTED: _Cause = (
    "Batch has started no instance for it",
    "look at the activity of the compute environment and its scaling group in the AWS console",
    "error",
)
_NO_ROOM: _Cause = (
    "the running instances have no room for it",
    "it starts when other jobs end, or when Batch starts more instances",
    "warning",
)
_UNUSABLE: _Cause = (
    "no compute environment of the queue can be used",
    "fix the compute environment as described above",
    "error",
)

_STARTS_WITHIN_S = 600

# words of a job's statusReason; the first that occurs in it counts
_REASONS: tuple[tuple[str, _Cause], ...] = (
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
    reason = f" (AWS: {job.reason})" if job.reason else ""
    message = f"{who} of {size} {plural(count, 'waits', 'wait')} in {on.queue.name} for {waited}: {why}{reason}"
    yield Fault(on.place, message, advice, level)


def cause(on: OnJob) -> _Cause:
    """The cause that AWS reports; without one, what the state of the queue suggests."""
    job = on.jobs[0]
    found = next((cause for word, cause in _REASONS if word in job.reason), None)
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
    return _NO_ROOM if desired else _NOTHING_STARTED


ON_JOBS: Checks[OnJob] = {"job-stuck": stuck}
