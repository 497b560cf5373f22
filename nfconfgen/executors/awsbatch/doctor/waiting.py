"""The jobs that wait in RUNNABLE, and what one instance must have to run each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from nfconfgen.executors.awsbatch.client import BATCH_SIZE
from nfconfgen.executors.awsbatch.doctor.model import Job
from nfconfgen.executors.awsbatch.doctor.once import Once
from nfconfgen.facts.model import TIME_FORMAT

STUCK_AFTER_S = 600
"""An instance takes minutes to start and register, so a job that waits for less is not reported."""

_MOST_LISTED = 1000


def waiting_jobs(aws: Once, queue: str, now: str) -> tuple[tuple[Job, ...], int]:
    """The hundred oldest of the stuck jobs of a queue, and how many jobs wait in all."""

    def ask() -> tuple[tuple[Job, ...], int]:
        limit = {"MaxItems": _MOST_LISTED}
        listed = aws.pages(
            "batch", "list_jobs", "jobSummaryList", jobQueue=queue, jobStatus="RUNNABLE", PaginationConfig=limit
        )
        stuck = [job for job in listed if _waited_s(job, now) >= STUCK_AFTER_S or job.get("statusReason")]
        oldest = sorted(stuck, key=lambda job: int(job.get("createdAt", 0)))[:BATCH_SIZE]
        if not oldest:
            return (), len(listed)
        jobs = aws.call("batch", "describe_jobs", jobs=[str(job["jobId"]) for job in oldest])["jobs"]
        # one that has started meanwhile is not stuck
        return tuple(_job(job, now) for job in jobs if job.get("status", "RUNNABLE") == "RUNNABLE"), len(listed)

    denied: tuple[tuple[Job, ...], int] = ((), 0)
    return aws.if_allowed("waiting jobs", ask, denied)


def _waited_s(job: Mapping[str, Any], now: str) -> int:
    """Seconds since the job was submitted, which AWS reports in milliseconds."""
    present = datetime.strptime(now, TIME_FORMAT).replace(tzinfo=timezone.utc).timestamp()
    return int(present - int(job.get("createdAt", 0)) / 1000)


def _job(job: Mapping[str, Any], now: str) -> Job:
    sizes = [_size(containers) for containers in _on_one_instance(job)] or [_size([{}])]
    return Job(
        str(job["jobId"]),
        str(job["jobName"]),
        _waited_s(job, now),
        " ".join(str(job.get("statusReason", "")).split()),
        *(max(amounts) for amounts in zip(*sizes, strict=True)),
    )


def _on_one_instance(job: Mapping[str, Any]) -> Iterator[list[Mapping[str, Any]]]:
    """The containers that one instance must hold together: all of a task with several, each group of nodes alone."""
    if job.get("container"):
        yield [job["container"]]
    for task in job.get("ecsProperties", {}).get("taskProperties", []):
        yield task.get("containers", [])
    for nodes in job.get("nodeProperties", {}).get("nodeRangeProperties", []):
        yield from _on_one_instance(nodes)


def _size(containers: list[Mapping[str, Any]]) -> tuple[int, int, int]:
    """vCPUs, MiB and GPUs of these containers together."""
    sizes = [
        ({item["type"]: item["value"] for item in one.get("resourceRequirements", [])}, one) for one in containers
    ]
    return (
        sum(int(float(asked.get("VCPU", one.get("vcpus", 1)))) for asked, one in sizes),
        sum(int(float(asked.get("MEMORY", one.get("memory", 0)))) for asked, one in sizes),
        sum(int(float(asked.get("GPU", 0))) for asked, _ in sizes),
    )
