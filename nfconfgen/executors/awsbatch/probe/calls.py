"""The calls to AWS Batch that a probe makes, and those that undo them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nfconfgen.executors.awsbatch.client import Aws, AwsError, batched
from nfconfgen.executors.awsbatch.facts.queues import check_environment
from nfconfgen.executors.awsbatch.probe.targets import TINY, Target
from nfconfgen.executors.awsbatch.probe.undo_log import Scaled, Submitted

IMAGE = "public.ecr.aws/docker/library/busybox:stable"
_LIVE = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING")
DOWN, UP = 0, 1
"""minvCpus before and during a probe. Constants, so that no journal can set another value."""
_LONGEST_S = 3600
"""Seconds after which Batch itself ends a job that was not undone."""


def register(aws: Aws, name: str) -> None:
    """Registers a job definition for jobs that only wait."""
    aws.call(
        "batch",
        "register_job_definition",
        jobDefinitionName=name,
        type="container",
        containerProperties={
            "image": IMAGE,
            "command": ["sleep", "600"],
            "resourceRequirements": _requirements(*TINY),
        },
        timeout={"attemptDurationSeconds": _LONGEST_S},
        retryStrategy={"attempts": 1},
    )


def _requirements(cpus: int, memory_mib: int) -> list[dict[str, str]]:
    return [{"type": "VCPU", "value": str(cpus)}, {"type": "MEMORY", "value": str(memory_mib)}]


def submit(aws: Aws, entry: Submitted, target: Target) -> str:
    """Submits the job that reaches a target, and returns its id."""
    answer = aws.call(
        "batch",
        "submit_job",
        jobName=entry.job,
        jobQueue=entry.queue,
        jobDefinition=entry.definition,
        containerOverrides={"resourceRequirements": _requirements(target.cpus, target.memory_mib)},
        # a job with a share identifier needs a priority, too; 0 is what Nextflow sends
        **({"shareIdentifier": share, "schedulingPriorityOverride": 0} if (share := target.share_identifier) else {}),
    )
    return str(answer["jobId"])


def jobs(aws: Aws, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The jobs as they are now, by id."""
    return {
        job["jobId"]: job
        for some in batched(ids)
        for job in aws.call("batch", "describe_jobs", jobs=list(some))["jobs"]
    }


def why_not_scaled(environment: dict[str, Any]) -> str:
    """Why minvCpus of this environment must not be changed; empty if it may be."""
    _, fault = check_environment(environment)
    if fault:
        return fault
    if environment.get("status") != "VALID":
        return f"is {str(environment.get('status')).lower()}: wait until it is valid"
    minimum = int(environment["computeResources"]["minvCpus"])
    return f"has minvCpus {minimum} already, so its instances run anyway" if minimum else ""


def scale(aws: Aws, environment: str, minimum: int) -> None:
    """Sets minvCpus alone: any other field would replace the instances of the environment."""
    resources = {"minvCpus": minimum}
    aws.call("batch", "update_compute_environment", computeEnvironment=environment, computeResources=resources)


def minimum(aws: Aws, entry: Scaled) -> int | None:
    """minvCpus as it is now; None if the environment is gone."""
    found = aws.environments([entry.environment]).get(entry.environment)
    return int(found["computeResources"]["minvCpus"]) if found is not None else None


def unscale(aws: Aws, entry: Scaled) -> str:
    """Sets minvCpus back if it still has the value that a probe sets; what was done, as a message."""
    current = minimum(aws, entry)
    if current is None:
        return f"{entry.environment} is gone: there is nothing to undo"
    if current == DOWN:
        return f"{entry.environment}: minvCpus is {DOWN}, as before"
    if current != UP:
        return f"{entry.environment}: minvCpus is now {current}, which the probe did not set, and is not changed"
    scale(aws, entry.environment, DOWN)
    if minimum(aws, entry) != DOWN:
        raise AwsError(f"minvCpus of {entry.environment} is not back at {DOWN}", "nfconfgen probe --restore")
    return f"{entry.environment}: minvCpus is back at {DOWN}"


def live_jobs(aws: Aws, entry: Submitted) -> list[str]:
    """The ids of the jobs of this name on this queue that have not ended and use the definition of the probe."""
    ids = [
        job["jobId"]
        for status in _LIVE
        for job in aws.pages("batch", "list_jobs", "jobSummaryList", jobQueue=entry.queue, jobStatus=status)
        if job["jobName"] == entry.job
    ]
    # arn:…:job-definition/NAME:REVISION
    made_from = {
        job_id: job["jobDefinition"].rpartition("/")[2].partition(":")[0] for job_id, job in jobs(aws, ids).items()
    }
    return [job_id for job_id in ids if made_from.get(job_id) == entry.definition]


def end_jobs(aws: Aws, entry: Submitted) -> str:
    """Ends the job that a probe has submitted; what was done, as a message."""
    ids = live_jobs(aws, entry)
    for job_id in ids:
        aws.call("batch", "terminate_job", jobId=job_id, reason="nfconfgen probe is done")
    return f"{entry.queue}: the job of the probe was ended" if ids else f"{entry.queue}: no job of the probe is left"


def definitions(aws: Aws, name: str) -> list[str]:
    """The ARNs of the definition of the probe; none if it is not registered."""
    found = aws.pages("batch", "describe_job_definitions", "jobDefinitions", jobDefinitionName=name, status="ACTIVE")
    return [definition["jobDefinitionArn"] for definition in found if definition["jobDefinitionName"] == name]


def deregister(aws: Aws, name: str) -> None:
    """Deregisters the definition of the probe."""
    for arn in definitions(aws, name):
        aws.call("batch", "deregister_job_definition", jobDefinition=arn)
