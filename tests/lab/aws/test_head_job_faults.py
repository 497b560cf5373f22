"""Nextflow as a job of AWS Batch: what keeps it from being submitted, and what a second call then does."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.lab.aws.client import Double
from tests.lab.aws.scenario import salmon
from tests.lab.aws.site import BUCKET, REGION, RUN, Site, launch_folder, site_in
from tests.lab.aws.test_script_interruptions import let_hang, wait_for
from tests.lab.shell import Ended

HEAD = {"image": "nextflow/nextflow:25.04.4", "queue": "salmonExcess", "memory": "6 GB", "time": "2d"}


@pytest.fixture(scope="module")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return launch_folder(tmp_path_factory.mktemp("site"), head=HEAD)


@pytest.fixture
def site(double: Double, launch: Path, tmp_path: Path) -> Iterator[Site]:
    with site_in(double, launch, tmp_path) as made:
        yield made


def submit(site: Site, *words: str, **environment: str) -> Ended:
    return site.run(RUN, "--head-job", *words, **environment)


def disabled(site: Site) -> None:
    first, last = salmon().queues
    site.load(replace(salmon(), queues=(first, replace(last, state="DISABLED"))))


def no_definition(site: Site) -> None:
    for one in site.batch.describe_job_definitions(status="ACTIVE")["jobDefinitions"]:
        if "head" in one["jobDefinitionName"]:
            site.batch.deregister_job_definition(jobDefinition=one["jobDefinitionArn"])


def failing(operation: str, code: str) -> Callable[[Site], None]:
    return lambda site: site.double.fail(operation, code, 403)


FAULTS: dict[str, tuple[Callable[[Site], None], str]] = {
    "expired": (failing("GetCallerIdentity", "ExpiredToken"), "the AWS credentials have expired: log in again"),
    "expired meanwhile": (failing("SubmitJob", "ExpiredTokenException"), "the AWS credentials have expired"),
    "denied": (failing("SubmitJob", "AccessDeniedException"), "does not accept the job: .*rights"),
    "its queue disabled": (disabled, "job queue salmonExcess is disabled: aws batch update-job-queue"),
    "not registered": (no_definition, "head-.* is not registered: run .*register-job-definitions.sh first"),
    "bucket": (failing("HeadBucket", "403"), f"not accessible to you: s3://{BUCKET}/work"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_and_a_second_call_goes_on(name: str, site: Site) -> None:
    brk, says = FAULTS[name]
    brk(site)
    assert re.search(says, submit(site).complaint())
    assert site.double.state()["jobs"] == []
    site.double.heal()
    site.load(salmon())
    assert submit(site).code == 0
    assert len(site.double.state()["jobs"]) == 1


def test_this_machine_needs_no_nextflow(site: Site) -> None:
    (site.stage.bin / "nextflow").unlink()
    path = site.stage.environment["PATH"].split(":")
    without = ":".join(folder for folder in path if not Path(folder, "nextflow").exists())
    assert submit(site, PATH=without).code == 0


def test_two_jobs_never_share_a_session(site: Site) -> None:
    """Unlike a run on this machine, nothing locks its cache."""
    (first,) = [submit(site).out.strip()]
    assert f"job {first}, the last one that ran Nextflow here, is " in submit(site).complaint()
    assert submit(site, "--dry-run").code == 0
    assert submit(site, "--fresh").code == 0
    (last,) = [job["jobId"] for job in site.double.state()["jobs"] if job["jobId"] != first]
    assert last in submit(site).complaint()
    site.batch.terminate_job(jobId=last, reason="stopped")
    assert submit(site).code == 0
    sessions = [words(job)[words(job).index("-resume") + 1] for job in site.double.state()["jobs"]]
    assert sessions[0] != sessions[1] == sessions[2]


def words(job: object) -> list[str]:
    """How its container calls Nextflow."""
    command: list[str] = job["container"]["command"]  # type: ignore[index]
    return command[4:]


@pytest.mark.parametrize("asked", [(), ("-resume",), ("-resume", "last")])
def test_the_last_run_of_this_machine_is_not_taken_up(asked: tuple[str, ...], site: Site) -> None:
    """Its cache is here, not on S3."""
    local = "5b3d6c52-6c2b-4a61-9d7c-0f6fb4f1f6aa"
    assert site.run(RUN, FAKE_SESSION=local).code == 0
    assert submit(site, *asked).code == 0
    (job,) = site.double.state()["jobs"]
    assert words(job).count("-resume") == 1
    assert local not in words(job)
    site.batch.terminate_job(jobId=job["jobId"], reason="stopped")
    assert submit(site, "-resume", local).code == 0
    assert words(site.double.state()["jobs"][1])[-2:] == ["-resume", local]


def test_a_config_of_the_command_line_goes_along(site: Site, tmp_path: Path) -> None:
    (site.stage.cwd / "my own.config").write_text("process.cpus = 3\n")
    assert submit(site, "-c", "my own.config").code == 0
    assert "gone.config cannot be read" in submit(site, "--fresh", "-c", "gone.config").complaint()
    (job,) = site.double.state()["jobs"]
    files = next(item["value"] for item in job["container"]["environment"] if item["name"] == "NFCONFGEN_FILES")
    given = [after for word, after in zip(words(job), words(job)[1:], strict=False) if word == "-c"]
    assert given == ["conf/profiles.config", "conf/own-1.config"]
    assert [line.split()[0] for line in files.splitlines()].count("conf/own-1.config") == 1


def test_it_needs_no_shell_anyway(site: Site) -> None:
    ended = submit(site, "--detach")
    assert (ended.code, len(site.double.state()["jobs"]), site.runs()) == (0, 1, 0)


def test_ctrl_c_while_it_is_submitted(site: Site) -> None:
    """Whether AWS has got the request cannot be known, so both is told; the next call takes up its session."""
    let_hang(site, "aws")
    hanging = site.stage.cwd / "hanging"
    with subprocess.Popen(
        [site.launch / RUN, "--no-warmup", "--head-job"],
        cwd=site.stage.cwd,
        env={**site.stage.environment, "HANG": "submit-job", "HANGING": str(hanging)},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        wait_for(hanging)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    last = err.splitlines()[-1]
    assert f"list-jobs --region {REGION} --job-queue salmonExcess --filters name=JOB_NAME,values=run-" in last
    (noted,) = site.stage.cwd.glob("nfconfgen-runs/run-*/session")
    assert submit(site, HANG="no such word").code == 0
    (job,) = site.double.state()["jobs"]
    assert words(job)[-1] == noted.read_text().strip()


def test_variables_that_the_configuration_reads_go_along_unseen(double: Double, tmp_path: Path) -> None:
    launch = launch_folder(tmp_path / "own", head=HEAD, params={"group": "${LAB_GROUP:-other}"})
    with site_in(double, launch, tmp_path) as site:
        value = 'a "group" $(touch pwned)'
        command = ["bash", "-x", launch / RUN, "--no-warmup", "--head-job"]
        ended = site.stage.run(*command, LAB_GROUP=value)
        assert ended.code == 0, ended
        assert "touch pwned" not in ended.err
        (job,) = double.state()["jobs"]
        assert {"name": "LAB_GROUP", "value": value} in job["container"]["environment"]
        site.batch.terminate_job(jobId=job["jobId"], reason="stopped")
        assert submit(site).code == 0
        names = {item["name"] for item in double.state()["jobs"][1]["container"]["environment"]}
        assert "LAB_GROUP" not in names


def test_what_is_on_this_machine_is_told(site: Site) -> None:
    (site.stage.cwd / "run").write_text("")
    (site.stage.cwd / "samples.csv").write_text("")
    for given in (["--input=samples.csv"], ["--input", "samples.csv"]):
        ended = submit(site, "--fresh", *given)
        assert (ended.code, ended.err.count("is on this machine")) == (0, 1)
