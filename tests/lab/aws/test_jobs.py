"""Do jobs go their way, and start the hosts they need?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.aws.asking import refusal, registered
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import Environment, Host, Job, Queue, Scenario, idle

SMALL, LARGE = Host("c5.2xlarge", 15434), Host("c5.4xlarge", 31130)


def _submit(batch: Any, queue: str = "salmonWorkload", cpus: int = 1, memory: int = 128) -> str:
    needs = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "128"}]
    batch.register_job_definition(
        jobDefinitionName="probe",
        type="container",
        containerProperties={"image": "busybox", "command": ["sleep", "60"], "resourceRequirements": needs},
    )
    wanted = [{"type": "MEMORY", "value": str(memory)}, {"type": "VCPU", "value": str(cpus)}]
    answer = batch.submit_job(
        jobName="probe", jobQueue=queue, jobDefinition="probe", containerOverrides={"resourceRequirements": wanted}
    )
    return str(answer["jobId"])


def _job(batch: Any, job: str) -> dict[str, Any]:
    (found,) = batch.describe_jobs(jobs=[job])["jobs"]
    described: dict[str, Any] = found
    return described


def _until(batch: Any, job: str, status: str, polls: int = 10) -> dict[str, Any]:
    seen = (_job(batch, job) for _ in range(polls))
    return next(described for described in seen if described["status"] == status)


def _memory(double: Double, name: str = "salmonWorkload") -> list[int]:
    return [host["memory_mib"] for host in double.state()["hosts"][name]]


def test_from_nothing_to_a_host_and_back(double: Double, batch: Any, ecs: Any) -> None:
    double.load(idle())
    before = double.state()
    job = _submit(batch)
    seen = [_job(batch, job) for _ in range(6)]
    statuses = ["SUBMITTED", "RUNNABLE", "RUNNABLE", "STARTING", "RUNNING", "RUNNING"]
    assert [described["status"] for described in seen] == statuses
    arns = [described["container"].get("containerInstanceArn") for described in seen]
    assert arns[:3] == [None] * 3
    assert len(set(arns[3:])) == 1
    cluster = double.state()["environments"]["salmonWorkload"]["ecsClusterArn"]
    (host,) = ecs.describe_container_instances(cluster=cluster, containerInstances=[arns[3]])["containerInstances"]
    assert registered(host) == {"CPU": 8192, "MEMORY": 15434}
    left = {r["name"]: r["integerValue"] for r in host["remainingResources"] if r["type"] == "INTEGER"}
    assert (left, host["runningTasksCount"]) == ({"CPU": 7168, "MEMORY": 15306}, 1)

    batch.terminate_job(jobId=job, reason="measured")
    ended = _job(batch, job)
    assert (ended["status"], ended["statusReason"], ended["isTerminated"]) == ("FAILED", "measured", True)
    assert ended["container"]["containerInstanceArn"] == arns[3]
    listed = [ecs.list_container_instances(cluster=cluster)["containerInstanceArns"] for _ in range(3)]
    assert list(map(len, listed)) == [1, 1, 0]
    after = double.state()
    assert [after[part] for part in ("environments", "queues", "hosts")] == [
        before[part] for part in ("environments", "queues", "hosts")
    ]
    assert [(d["name"], d["revision"], d["status"]) for d in after["definitions"]] == [("probe", 1, "ACTIVE")]
    assert [j["status"] for j in after["jobs"]] == ["FAILED"]
    assert double.updates() == []


def test_what_describe_jobs_returns(double: Double, batch: Any) -> None:
    double.load(idle())
    described = _job(batch, _submit(batch, cpus=2, memory=256))
    needs = {r["type"]: r["value"] for r in described["container"]["resourceRequirements"]}
    assert needs == {"VCPU": "2", "MEMORY": "256"}
    assert described["container"]["command"] == ["sleep", "60"]
    assert described["createdAt"] > 0
    assert described["jobQueue"].endswith(":job-queue/salmonWorkload")
    assert described["jobDefinition"].endswith(":job-definition/probe:1")


@pytest.mark.parametrize(
    ("cpus", "memory", "expected"), [(1, 128, 15434), (8, 15434, 15434), (8, 15435, 31130), (9, 128, 31130)]
)
def test_smallest_host_that_fits(double: Double, batch: Any, cpus: int, memory: int, expected: int) -> None:
    environment = Environment("e", ("c5",), registers=(LARGE, SMALL))
    double.load(Scenario(environments=(environment,), queues=(Queue("q", ("e",)),), scale_after_polls=0))
    _until(batch, _submit(batch, "q", cpus, memory), "RUNNING")
    assert _memory(double, "e") == [expected]


def test_host_that_runs_is_used_while_there_is_room(double: Double, batch: Any) -> None:
    environment = Environment("e", ("c5.2xlarge",), (SMALL,), registers=(SMALL,))
    double.load(Scenario(environments=(environment,), queues=(Queue("q", ("e",)),)))
    first, second = _submit(batch, "q", 1, 15000), _submit(batch, "q", 1, 15000)
    one, two = _until(batch, first, "RUNNING"), _until(batch, second, "RUNNING")
    assert one["container"]["containerInstanceArn"] != two["container"]["containerInstanceArn"]
    assert _memory(double, "e") == [15434, 15434]


def test_first_enabled_environment_that_can(double: Double, batch: Any) -> None:
    environments = (
        Environment("off", ("c5.4xlarge",), state="DISABLED", registers=(LARGE,)),
        Environment("small", ("c5.2xlarge",), registers=(SMALL,)),
        Environment("large", ("c5.4xlarge",), registers=(LARGE,)),
    )
    double.load(Scenario(environments=environments, queues=(Queue("q", ("off", "small", "large")),)))
    _until(batch, _submit(batch, "q", 1, 20000), "RUNNING")
    assert [_memory(double, e.name) for e in environments] == [[], [], [31130]]


@pytest.mark.parametrize(
    ("scenario", "cpus", "memory", "reason"),
    [
        (idle(), 8, 15435, "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT"),
        (idle(), 129, 128, "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE"),
        (idle(never_scales=True), 1, 128, ""),
    ],
)
def test_stuck(double: Double, batch: Any, scenario: Scenario, cpus: int, memory: int, reason: str) -> None:
    double.load(scenario)
    job = _submit(batch, cpus=cpus, memory=memory)
    for _ in range(6):
        _job(batch, job)
    described = _job(batch, job)
    assert (described["status"], described.get("statusReason", "").partition(" ")[0]) == ("RUNNABLE", reason)
    assert _memory(double) == []
    batch.cancel_job(jobId=job, reason="stuck")
    described = _job(batch, job)
    assert (described["status"], described["statusReason"], described["isCancelled"]) == ("FAILED", "stuck", True)


def test_cancelling_does_not_stop_what_runs(double: Double, batch: Any) -> None:
    double.load(idle())
    job = _submit(batch)
    _until(batch, job, "RUNNING")
    batch.cancel_job(jobId=job, reason="too late")
    assert _job(batch, job)["status"] == "RUNNING"


@pytest.mark.parametrize("polls", [0, 2])
def test_job_that_ends_by_itself(double: Double, batch: Any, polls: int) -> None:
    double.load(idle(job_runs_polls=polls, scale_after_polls=0))
    job = _submit(batch)
    seen = [_job(batch, job) for _ in range(6)]
    assert [s["status"] for s in seen].count("RUNNING") == polls
    assert (seen[-1]["status"], seen[-1]["container"]["exitCode"]) == ("SUCCEEDED", 0)
    assert seen[-1]["attempts"][0]["container"]["containerInstanceArn"]
    double.settle()
    assert _memory(double) == []


STUCK = Job("salmon_7", vcpus=8, memory_mib=16384, status_reason="MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - …")
HELD = (
    STUCK,
    Job("salmon_8", created_at="2026-11-21T00:00:00+00:00"),
    Job("fastqc", "RUNNING"),
    Job("old", "FAILED"),
)


def test_jobs_of_the_beginning(double: Double, batch: Any) -> None:
    double.load(Scenario(environments=(Environment("e", ("c5",)),), queues=(Queue("q", ("e",), jobs=HELD),)))
    assert [j["jobName"] for j in batch.list_jobs(jobQueue="q")["jobSummaryList"]] == ["fastqc"]
    stuck, fresh = batch.list_jobs(jobQueue="q", jobStatus="RUNNABLE")["jobSummaryList"]
    assert stuck["statusReason"].startswith("MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT")
    assert "statusReason" not in fresh
    assert fresh["createdAt"] - stuck["createdAt"] == 14.5 * 3600 * 1000
    for _ in range(4):
        described = _job(batch, stuck["jobId"])
        assert described["status"] == "RUNNABLE"
    needs = {r["type"]: r["value"] for r in described["container"]["resourceRequirements"]}
    assert needs == {"VCPU": "8", "MEMORY": "16384"}
    batch.terminate_job(jobId=stuck["jobId"], reason="enough")
    left = batch.list_jobs(jobQueue="q", jobStatus="RUNNABLE")["jobSummaryList"]
    assert [job["jobName"] for job in left] == ["salmon_8"]
    named = {"filters": [{"name": "JOB_NAME", "values": ["salmon*"]}], "jobQueue": "q"}
    assert len(batch.list_jobs(**named)["jobSummaryList"]) == 2
    pages = batch.get_paginator("list_jobs").paginate(**named, PaginationConfig={"PageSize": 1})
    assert [len(page["jobSummaryList"]) for page in pages] == [1, 1]


def test_refused_submissions(double: Double, batch: Any) -> None:
    double.load(Scenario(environments=(Environment("e", ("c5",)),), queues=(Queue("off", ("e",), state="DISABLED"),)))
    assert refusal(lambda: _submit(batch, "off"))[0] == "ClientException"
    assert refusal(lambda: _submit(batch, "nowhere"))[0] == "ClientException"
    asked = {"jobName": "j", "jobQueue": "off", "jobDefinition": "unknown"}
    assert refusal(lambda: batch.submit_job(**asked))[0] == "ClientException"
    assert refusal(lambda: batch.describe_jobs(jobs=["j"] * 101))[0] == "ClientException"
    assert batch.describe_jobs(jobs=["unknown"])["jobs"] == []


def test_definitions_by_name_and_revision(double: Double, batch: Any) -> None:
    double.load(idle())
    for _ in range(3):
        _submit(batch)
    (found,) = batch.describe_job_definitions(jobDefinitions=["probe:2"])["jobDefinitions"]
    assert found["revision"] == 2
    batch.deregister_job_definition(jobDefinition="probe:3")
    active = batch.describe_job_definitions(jobDefinitionName="probe", status="ACTIVE")["jobDefinitions"]
    assert [d["revision"] for d in active] == [1, 2]
    job = batch.submit_job(jobName="j", jobQueue="salmonWorkload", jobDefinition="probe")["jobId"]
    assert _job(batch, job)["jobDefinition"].endswith("probe:2")


def test_fargate_shows_no_host(double: Double, batch: Any) -> None:
    environment = Environment("f", (), kind="FARGATE")
    double.load(Scenario(environments=(environment,), queues=(Queue("f", ("f",)),)))
    running = _until(batch, _submit(batch, "f"), "RUNNING")
    assert "containerInstanceArn" not in running["container"]
