"""Nextflow itself as a job of AWS Batch: what is submitted by the real AWS CLI, and what its container then does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.lab.aws.client import Double
from tests.lab.shell import Stage, build, profile, require_tool, written

HEAD = {"image": "nextflow/nextflow:25.04.4", "queue": "salmonExcess", "memory": "6 GB", "time": "2d"}
AWKWARD = """it's a "value" $(touch pwned) `touch pwned` \\ ü\nand\ta tab"""
NEXTFLOW = """\
#!/usr/bin/env bash
if [ "$1" = fs ]; then printf '%s\\n' "$*" >copied; exit; fi
printf '%s\\0' "$@" >words
if [ -n "${WAITS-}" ]; then
    trap 'echo cancelled >ended; exit 143' TERM
    echo >waiting
    while :; do read -r -t 0.2 _ <> <(:) || true; done
fi
exit "${CODE:-0}"
"""


@pytest.fixture
def stage(double: Double, tmp_path: Path) -> Stage:
    require_tool("aws")
    return Stage(tmp_path / "stage", "nextflow", environment=double.env())


def launched(folder: Path, stage: Stage, **site: Any) -> Path:
    """The launch folder of a profile with a head job, whose definitions are registered."""
    data = profile(folder)
    data["sites"]["awsbatch"] |= {"head": HEAD, **site}
    data["launch"]["params"]["awsbatch"] = {"inputDir": "s3://b/fastq", "text": written(AWKWARD), "truth": True}
    launch = build(folder, data) / "launch"
    made = subprocess.run(
        ["aws", "s3", "mb", "s3://obenauflab"], env=stage.environment, capture_output=True, check=False
    )
    assert made.returncode == 0, made.stderr
    assert stage.run(launch / "register-job-definitions.sh").code == 0
    return launch


def submitted(double: Double) -> list[Any]:
    """The jobs, the first one first."""
    return list(double.state()["jobs"])


def container(job: Any, folder: Path, **environment: str) -> tuple[Path, dict[str, str]]:
    """The working directory and the environment of its container, with a Nextflow that notes how it is called."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/nextflow").write_text(NEXTFLOW)
    (folder / "bin/nextflow").chmod(0o755)
    given = {item["name"]: item["value"] for item in job["container"]["environment"]}
    return folder, {**given, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", **environment}


def in_container(job: Any, folder: Path, **environment: str) -> tuple[int, list[str]]:
    """The exit code of the container's command, and the words with which it calls Nextflow."""
    cwd, env = container(job, folder, **environment)
    ended = subprocess.run(job["container"]["command"], cwd=cwd, env=env, check=False, timeout=60)
    return ended.returncode, (cwd / "words").read_text().split("\0")[:-1]


def test_what_a_container_gets_is_what_would_run_here(tmp_path: Path, stage: Stage, double: Double) -> None:
    launch = launched(tmp_path, stage)
    ended = stage.run(launch / "run-awsbatch.sh", "--head-job", f"--more={AWKWARD}", "-profile", "test")
    assert ended.code == 0, ended
    (job,) = submitted(double)
    assert ended.out == f"{job['jobId']}\n"
    assert job["timeout"] == {"attemptDurationSeconds": 2 * 86400}
    assert job["retryStrategy"] == {"attempts": 1}
    folder = tmp_path / "container"
    code, words = in_container(job, folder, CODE="7")
    assert code == 7
    assert words[:5] == ["run", "t-neumann/salmon-nf", "-r", "master", "-c"]
    assert f"--more={AWKWARD}" in words
    assert words[words.index("-profile") + 1] == "awsbatch,test"
    assert words[words.index("-work-dir") + 1] == "s3://obenauflab/work"
    assert (folder / "conf/awsbatch.config").read_bytes() == (launch.parent / "conf/awsbatch.config").read_bytes()
    assert (
        folder / "conf/profiles.config"
    ).read_text() == "profiles { 'awsbatch' { includeConfig 'awsbatch.config' } }"
    assert json.loads((folder / words[words.index("-params-file") + 1]).read_text())["text"] == AWKWARD
    name = words[words.index("-name") + 1]
    assert (folder / "copied").read_text().endswith(f"s3://obenauflab/work/.nfconfgen/{name}/nextflow.log\n")
    assert not list(tmp_path.rglob("pwned"))


def test_a_second_call_takes_up_the_session(tmp_path: Path, stage: Stage, double: Double) -> None:
    launch = launched(tmp_path, stage)
    for words in ((), (), ("--fresh",)):
        ended = stage.run(launch / "run-awsbatch.sh", "--head-job", *words)
        assert ended.code == 0, ended
        stop = ["aws", "batch", "terminate-job", "--job-id", ended.out.strip(), "--reason", "stopped"]
        subprocess.run(stop, env=stage.environment, check=True)
    sessions = []
    for number, job in enumerate(submitted(double)):
        environment = {item["name"]: item["value"] for item in job["container"]["environment"]}
        assert environment["NXF_IGNORE_RESUME_HISTORY"] == "true"
        assert environment["NXF_CLOUDCACHE_PATH"] == "s3://obenauflab/work/.nextflow-cache"
        _, called = in_container(job, tmp_path / f"container-{number}")
        sessions.append(called[called.index("-resume") + 1])
    assert sessions[0] == sessions[1] != sessions[2]


def test_its_end_is_passed_on(tmp_path: Path, stage: Stage, double: Double) -> None:
    """Batch ends a container with TERM: Nextflow cancels its jobs."""
    launch = launched(tmp_path, stage)
    assert stage.run(launch / "run-awsbatch.sh", "--head-job").code == 0
    (job,) = submitted(double)
    folder, env = container(job, tmp_path / "container", WAITS="yes")
    with subprocess.Popen(job["container"]["command"], cwd=folder, env=env) as running:
        while not (folder / "waiting").exists():
            assert running.poll() is None
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 143
    assert (folder / "ended").read_text() == "cancelled\n"
    assert (folder / "copied").exists()


def test_what_it_does_is_told(tmp_path: Path, stage: Stage, double: Double) -> None:
    launch = launched(tmp_path, stage)
    assert stage.run(launch / "run-awsbatch.sh", "--head-job").code == 0
    (job,) = submitted(double)
    told = stage.run(launch / "run-awsbatch.sh", "--status")
    assert (told.code, f"is job {job['jobId']}: " in told.err) == (0, True)


def test_what_cannot_run_there_is_refused(tmp_path: Path, stage: Stage, double: Double) -> None:
    data = profile(tmp_path)
    data["pipeline"] = {"name": "here"}
    data["sites"]["awsbatch"]["head"] = HEAD
    launch = build(tmp_path, data) / "launch"
    subprocess.run(["aws", "s3", "mb", "s3://obenauflab"], env=stage.environment, capture_output=True, check=False)
    assert stage.run(launch / "register-job-definitions.sh").code == 0
    assert "pipeline.run" in stage.run(launch / "run-awsbatch.sh", "--head-job").complaint()
    assert submitted(double) == []


def test_a_refused_job_is_reported(tmp_path: Path, stage: Stage, double: Double) -> None:
    launch = launched(tmp_path, stage)
    double.fail("SubmitJob", "AccessDeniedException", 403)
    assert "does not accept the job" in stage.run(launch / "run-awsbatch.sh", "--head-job").complaint()
