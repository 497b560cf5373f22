"""Jobs that go their way as they are described: SUBMITTED, RUNNABLE, STARTING, RUNNING, and some day over."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.utilities.utils import get_partition

from tests.lab.aws.hosts import LabContainerInstance
from tests.lab.aws.scaling import Pool
from tests.lab.aws.scenario import Job, Scenario

WAITING = ("SUBMITTED", "PENDING", "RUNNABLE")
OVER = ("SUCCEEDED", "FAILED")
STATES = (*WAITING, "STARTING", "RUNNING", *OVER)
TOO_LARGE = (
    "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement (vCPU/memory/GPU) is higher than that "
    "can be met by the CE(s) attached to the job queue."
)
OVER_THE_MAXIMUM = (
    "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - CE(s) associated with the job queue cannot meet the CPU "
    "requirement of the job."
)


@dataclass(slots=True)
class LabJob:
    id: str
    name: str
    queue: str  # ARN, as all that follow
    definition: str
    region: str
    vcpus: int
    memory_mib: int
    # containerProperties with what the submission overrides
    container: dict[str, Any]
    status: str = "SUBMITTED"
    reason: str = ""
    created_at: int = field(default_factory=lambda: _now())
    started_at: int | None = None
    stopped_at: int | None = None
    # submitted before the double began: it does not move on by itself
    planted: bool = False
    # whatever else of the submission DescribeJobs returns
    reported: dict[str, Any] = field(default_factory=dict)
    cancelled: bool = False
    terminated: bool = False
    polls: int = 0
    pool: Pool | None = None
    host: LabContainerInstance | None = None

    @property
    def arn(self) -> str:
        return f"arn:{get_partition(self.region)}:batch:{self.region}:{DEFAULT_ACCOUNT_ID}:job/{self.id}"

    def advance(self, pools: Sequence[Pool], scenario: Scenario) -> None:
        """It has been described once more."""
        if self.planted or self.status in OVER:
            return
        self.polls += 1
        if self.status == "SUBMITTED":
            self._become("RUNNABLE")
        elif self.status == "RUNNABLE":
            self._place(pools, self.polls >= scenario.scale_after_polls)
        elif self.status == "STARTING":
            self.started_at = _now()
            self._become("RUNNING")
            if scenario.job_runs_polls == 0:
                self.end("SUCCEEDED", "Essential container in task exited")
        elif scenario.job_runs_polls is not None and self.polls >= scenario.job_runs_polls:
            self.end("SUCCEEDED", "Essential container in task exited")

    def end(self, status: str, reason: str) -> None:
        if self.status in OVER:
            return
        self._become(status)
        self.reason = reason
        self.stopped_at = _now()
        if self.pool is not None and self.host is not None:
            self.host.give_back(self.vcpus, self.memory_mib)
            self.pool.changed()

    def _become(self, status: str) -> None:
        self.status, self.polls, self.reason = status, 0, ""

    def _place(self, pools: Sequence[Pool], waited: bool) -> None:
        for pool in (pool for pool in pools if pool.open):
            if not pool.built.has_instances:
                return self._become("STARTING")
            host = pool.running(self.vcpus, self.memory_mib)
            if host is None and (coming := pool.could_start(self.vcpus, self.memory_mib)):
                if not waited:
                    return None
                host = pool.start(coming)
            if host is not None:
                host.take(self.vcpus, self.memory_mib)
                self.pool, self.host = pool, host
                return self._become("STARTING")
        if waited:
            self.reason = self._stuck(pools)
        return None

    def _stuck(self, pools: Sequence[Pool]) -> str:
        if all(self.vcpus > pool.max_vcpus for pool in pools):
            return OVER_THE_MAXIMUM
        answers = {pool.could_hold(self.vcpus, self.memory_mib) for pool in pools}
        return TOO_LARGE if answers <= {False, None} and False in answers else ""

    def describe(self) -> dict[str, Any]:
        ran = self.status not in WAITING and not (self.host is None and self.status == "FAILED")
        place = (
            {"containerInstanceArn": self.host.container_instance_arn, "taskArn": self._task()} if self.host else {}
        )
        end = {"exitCode": 0} if self.status == "SUCCEEDED" else {"exitCode": 137} if self.status == "FAILED" else {}
        log = {"logStreamName": f"{self.name}/default/{self.id.replace('-', '')}"} if self.started_at else {}
        happened = {**place, **log, **(end if ran else {}), "networkInterfaces": []}
        times = {"startedAt": self.started_at, "stoppedAt": self.stopped_at}
        attempt = {"container": happened, "statusReason": self.reason} | times
        return _without_none({
            "jobArn": self.arn,
            "jobName": self.name,
            "jobId": self.id,
            "jobQueue": self.queue,
            "jobDefinition": self.definition,
            "status": self.status,
            "statusReason": self.reason or None,
            "createdAt": self.created_at,
            **times,
            "attempts": [_without_none(attempt)] if ran and self.status in OVER else [],
            "dependsOn": [],
            "parameters": {},
            "tags": {},
            "platformCapabilities": ["EC2"],
            "container": {**self.container, **happened},
            "isCancelled": self.cancelled,
            "isTerminated": self.terminated,
            **self.reported,
        })  # fmt: skip

    def summary(self) -> dict[str, Any]:
        shown = ("jobArn", "jobId", "jobName", "createdAt", "status", "statusReason", "startedAt", "stoppedAt")
        described = self.describe()
        return {key: described[key] for key in (*shown, "jobDefinition") if key in described}

    def _task(self) -> str:
        cluster = self.host.cluster_name if self.host else ""
        task = hashlib.sha256(self.id.encode()).hexdigest()[:32]
        return f"arn:{get_partition(self.region)}:ecs:{self.region}:{DEFAULT_ACCOUNT_ID}:task/{cluster}/{task}"


def planted(job: Job, number: int, queue: str, region: str) -> LabJob:
    """A job of the scenario; made by a definition that is no longer there."""
    if job.status not in STATES:
        raise ValueError(f"job {job.name}: its status must be one of {', '.join(STATES)}")
    created = int(datetime.fromisoformat(job.created_at).timestamp() * 1000)
    ran = created + 60_000 if job.status not in (*WAITING, "STARTING") else None
    definition = f"arn:{get_partition(region)}:batch:{region}:{DEFAULT_ACCOUNT_ID}:job-definition/planted:1"
    return LabJob(
        id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{queue}/{number}/{job.name}")),
        name=job.name,
        queue=queue,
        definition=definition,
        region=region,
        vcpus=job.vcpus,
        memory_mib=job.memory_mib,
        container={"image": "busybox", "command": ["true"], **_requirements(job.vcpus, job.memory_mib)},
        status=job.status,
        reason=job.status_reason,
        created_at=created,
        started_at=ran,
        stopped_at=created + 120_000 if job.status in OVER else None,
        planted=True,
    )


def container_of(properties: dict[str, Any], overrides: dict[str, Any]) -> tuple[dict[str, Any], int, int]:
    """What the container of a job will be, its vCPUs and its memory."""
    needs = _needs(properties) | _needs(overrides)
    environment = {e["name"]: e for e in (*properties.get("environment", ()), *overrides.get("environment", ()))}
    kept = {k: v for k, v in (properties | overrides).items() if k not in ("vcpus", "memory")}
    requirements = [{"type": kind, "value": value} for kind, value in needs.items()]
    container = kept | {"environment": list(environment.values()), "resourceRequirements": requirements}
    return container, int(float(needs.get("VCPU", "1"))), int(needs.get("MEMORY", "4"))


def _needs(container: dict[str, Any]) -> dict[str, str]:
    old = {"VCPU": container.get("vcpus"), "MEMORY": container.get("memory")}
    needs = {kind: str(value) for kind, value in old.items() if value is not None}
    return needs | {r["type"]: str(r["value"]) for r in container.get("resourceRequirements", ())}


def _requirements(cpus: int, memory_mib: int) -> dict[str, Any]:
    needs = {"VCPU": str(cpus), "MEMORY": str(memory_mib)}
    return {"resourceRequirements": [{"type": kind, "value": value} for kind, value in needs.items()]}


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def _now() -> int:
    return int(datetime.now(timezone.utc).timestamp() * 1000)
