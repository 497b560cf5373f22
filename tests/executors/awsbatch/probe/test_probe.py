"""`nfconfgen probe` against the AWS double: it measures, and leaves everything as it was, whatever happens to it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli import Ended, nfconfgen
from tests.conftest import ROOT
from tests.forks import Forks
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import Environment, Host, Scenario, idle

WAYS: tuple[list[str], list[str]] = ([], ["--scale"])
QUICK = ("--yes", "--poll", "0.01")


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return Path(shutil.copy(ROOT / "profiles/salmon.yml", tmp_path))


def probe(profile: Path, double: Double, *options: str) -> Ended:
    return nfconfgen("probe", profile, *QUICK, *options, environment=double.env(), alone=True)


def restore(profile: Path, double: Double) -> Ended:
    return nfconfgen("probe", profile, "--restore", *QUICK, environment=double.env(), alone=True)


def measured(profile: Path) -> dict[str, int]:
    """The measured memory in the lock, by instance type."""
    lock = json.loads(profile.with_suffix(".lock.json").read_text())
    found = lock["facts"]["awsbatch"]["eu-central-1"]["measured"]
    return {name: reading["memory_mib"] for name, readings in found.items() for reading in readings.values()}


def check_nothing_left(profile: Path, double: Double, before: dict[str, Any]) -> None:
    """Every environment field by field as it was, no definition and no job of ours, no journal."""
    double.settle()
    after = double.state()
    assert after["environments"] == before["environments"]
    assert {definition["status"] for definition in after["definitions"]} <= {"INACTIVE"}
    assert {job["status"] for job in after["jobs"]} <= {"FAILED", "SUCCEEDED"}
    assert double.replacing_updates() == []
    assert [path.name for path in profile.parent.glob(".*")] == []


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_from_nothing_running_to_a_measured_lock(profile: Path, double: Double, way: list[str]) -> None:
    double.load(idle())
    before = double.state()
    ended = probe(profile, double, *way)
    assert ended.code == 0, ended
    assert measured(profile) == {"c5.2xlarge": 15434, "c5.4xlarge": 31130}
    check_nothing_left(profile, double, before)


def test_both_ways_give_the_same_lock(profile: Path, double: Double) -> None:
    locks = []
    for way in WAYS:
        double.load(idle())
        profile.with_suffix(".lock.json").unlink(missing_ok=True)
        assert probe(profile, double, *way).code == 0
        lock = json.loads(profile.with_suffix(".lock.json").read_text())
        for readings in lock["facts"]["awsbatch"]["eu-central-1"]["measured"].values():
            for reading in readings.values():
                del reading["time"]
        locks.append(lock)
    assert locks[0] == locks[1]


def test_what_is_measured_is_not_started_again(profile: Path, double: Double) -> None:
    ended = probe(profile, double)  # salmon(): both types run
    assert ended.code == 0
    assert "SubmitJob" not in double.calls()
    assert measured(profile) == {"c5.2xlarge": 15434, "c5.4xlarge": 31130}


def test_one_queue_of_several(profile: Path, double: Double) -> None:
    double.load(idle())
    assert probe(profile, double, "--queue", "salmonExcess").code == 0
    assert measured(profile) == {"c5.4xlarge": 31130}
    assert probe(profile, double, "--queue", "nowhere").code == 2


def test_nothing_starts_unless_the_user_agrees(profile: Path, double: Double) -> None:
    double.load(idle())
    ended = nfconfgen("probe", profile, environment=double.env(), alone=True)
    assert ended.code == 2
    assert "at most 2 × 15 = 30 instance-minutes" in ended.err
    assert not {"SubmitJob", "UpdateComputeEnvironment", "RegisterJobDefinition"} & double.calls().keys()


def family(*types: str) -> Scenario:
    """salmonWorkload starts any of these types, each registering a twentieth less than on its data sheet."""
    sizes = {"c5.large": 4096, "c5.xlarge": 8192, "c5.2xlarge": 16384}
    some = idle()
    registers = tuple(Host(name, sizes[name] * 93 // 100) for name in types)
    workload = Environment("salmonWorkload", types, registers=registers)
    return replace(some, environments=(workload, *some.environments[1:]))


def test_the_job_reaches_the_type_that_the_plan_depends_on(profile: Path, double: Double) -> None:
    double.load(family("c5.large", "c5.xlarge", "c5.2xlarge"))
    ended = probe(profile, double, "--queue", "salmonWorkload")
    assert ended.code == 0, ended
    assert measured(profile) == {"c5.2xlarge": 15237}


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_an_instance_that_never_comes_is_given_up(profile: Path, double: Double, way: list[str]) -> None:
    double.load(idle(never_scales=True))
    before = double.state()
    ended = probe(profile, double, "--timeout", "1s", *way)
    assert ended.code == 1
    assert "salmonWorkload: c5.2xlarge is not measured" in ended.out
    check_nothing_left(profile, double, before)


@pytest.mark.parametrize(
    "changed", [{"state": "DISABLED"}, {"status": "INVALID"}, {"min_vcpus": 8}, {"management": "UNMANAGED"}], ids=str
)
def test_scaling_is_refused_where_it_could_do_harm(profile: Path, double: Double, changed: dict[str, Any]) -> None:
    some = idle()
    double.load(replace(some, environments=(replace(some.environments[0], **changed), some.environments[1])))
    ended = probe(profile, double, "--scale")
    assert ended.code == 1
    assert {update["computeEnvironment"] for update in double.updates()} <= {"salmonExcess"}


def test_an_environment_that_is_still_updating_is_waited_for(profile: Path, double: Double) -> None:
    double.load(idle(updating_polls=2))
    before = double.state()
    assert probe(profile, double, "--scale").code == 0
    check_nothing_left(profile, double, before)


def interrupted(
    profile: Path, double: Double, forks: Forks, at: int, number: int, when: str, way: Sequence[str]
) -> int:
    """A probe of one queue that gets a signal at its at-th call; its exit code, negative for a signal."""
    probing = ["probe", str(profile), *QUICK, "--queue", "salmonWorkload", *way]
    running = forks.start(probing, double.env())
    double.kill_at(running.pid, at, number, when)
    running.finish()
    assert "Traceback" not in running.out + running.err
    return running.code


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_every_call_and_restored(
    profile: Path, double: Double, forks: Forks, when: str, way: list[str]
) -> None:
    for at in range(1, 100):
        double.load(idle())
        before = double.state()
        code = interrupted(profile, double, forks, at, signal.SIGKILL, when, way)
        assert restore(profile, double).code == 0
        check_nothing_left(profile, double, before)
        profile.with_suffix(".lock.json").unlink(missing_ok=True)
        if code == 0:
            break
    assert at > 12, "a probe makes more calls than that"
    assert code == 0


def test_a_hangup_that_nohup_lets_it_ignore_is_ignored(profile: Path, double: Double) -> None:
    double.load(idle())
    before = double.state()
    probing = [sys.executable, "-m", "nfconfgen", "probe", str(profile), *QUICK, "--queue", "salmonWorkload"]
    command = ["bash", "-c", "trap '' HUP; exec \"$@\"", "bash", *probing]
    with subprocess.Popen(
        command, env=double.env(), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        double.kill_at(running.pid, 8, signal.SIGHUP, "after")
        out, err = running.communicate(timeout=600)
    assert running.returncode == 0
    assert "Traceback" not in out + err
    assert double.killed()
    check_nothing_left(profile, double, before)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_interrupted_at_every_call_it_undoes_by_itself(
    profile: Path, double: Double, forks: Forks, way: list[str]
) -> None:
    for at in range(1, 100):
        double.load(idle())
        before = double.state()
        code = interrupted(profile, double, forks, at, [signal.SIGINT, signal.SIGTERM][at % 2], "after", way)
        if code == -signal.SIGTERM:
            # it had not changed anything yet, so there was nothing to undo
            assert not {"UpdateComputeEnvironment", "RegisterJobDefinition"} & double.calls().keys()
        check_nothing_left(profile, double, before)
        profile.with_suffix(".lock.json").unlink(missing_ok=True)
        if code == 0 and at > len(WAYS) * 12:
            break
    assert code == 0


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_every_call_refused_once(profile: Path, double: Double, way: list[str]) -> None:
    for at in range(1, 100):
        double.load(idle())
        before = double.state()
        double.fail_at(at, "AccessDeniedException", 403)
        code = probe_and_restore(profile, double, way)
        check_nothing_left(profile, double, before)
        profile.with_suffix(".lock.json").unlink(missing_ok=True)
        if sum(double.calls().values()) < at:
            break
    assert code == 0
    assert at > 12, "a probe makes more calls than that"


def probe_and_restore(profile: Path, double: Double, way: list[str]) -> int:
    """The exit code of a probe of one queue; restored only if its message advises that."""
    ended = probe(profile, double, "--queue", "salmonWorkload", *way)
    assert "Traceback" not in ended.out + ended.err
    assert ended.code in (0, 1, 2), ended
    if profile.parent.joinpath(".salmon.nfconfgen-probe").exists():
        assert "--restore" in ended.err
        double.heal()
        assert restore(profile, double).code == 0
    return ended.code


THROTTLED = {
    0: ["RegisterJobDefinition", "SubmitJob", "DescribeJobs", "ListJobs", "TerminateJob", "DeregisterJobDefinition"],
    1: ["UpdateComputeEnvironment", "DescribeClusters", "DescribeContainerInstances"],
}


@pytest.mark.parametrize(
    ("way", "operation"), [(WAYS[n], operation) for n, names in THROTTLED.items() for operation in names], ids=str
)
def test_a_call_throttled_ten_times(profile: Path, double: Double, way: list[str], operation: str) -> None:
    double.load(idle())
    before = double.state()
    double.fail(operation, "TooManyRequestsException", 429, times=10)
    probe_and_restore(profile, double, way)
    check_nothing_left(profile, double, before)


def test_a_value_that_another_user_has_set_meanwhile_is_not_changed(
    profile: Path, double: Double, forks: Forks
) -> None:
    import boto3

    double.load(idle())
    for at in range(1, 100):
        interrupted(profile, double, forks, at, signal.SIGKILL, "after", ["--scale"])
        if double.updates():
            break
    client = boto3.client(
        "batch", double.region, endpoint_url=double.url, aws_access_key_id="x", aws_secret_access_key="y"
    )
    client.update_compute_environment(computeEnvironment="salmonWorkload", computeResources={"minvCpus": 16})
    client.close()
    ended = restore(profile, double)
    assert ended.code == 0
    assert "minvCpus is now 16, which the probe did not set, and is not changed" in ended.err
    assert double.state()["environments"]["salmonWorkload"]["computeResources"]["minvCpus"] == 16


def test_no_second_probe_before_the_first_is_undone(profile: Path, double: Double, forks: Forks) -> None:
    double.load(idle())
    for at in range(1, 100):
        interrupted(profile, double, forks, at, signal.SIGKILL, "after", ["--scale"])
        if double.updates():
            break
    ended = probe(profile, double)
    assert ended.code == 2
    assert "nfconfgen probe --restore" in ended.err
    assert restore(profile, double).code == 0
    assert probe(profile, double).code == 0


def test_restore_without_a_probe(profile: Path, double: Double) -> None:
    assert restore(profile, double).code == 0
    assert double.calls() == {}


def test_nothing_to_measure_without_aws(tmp_path: Path, double: Double) -> None:
    (tmp_path / "profile.yml").write_text(
        "nfconfgen: 1\npipeline: {name: p}\nsites: {here: {executor: slurm, queues: [q]}}\n"
    )
    assert probe(tmp_path / "profile.yml", double).code == 0
    assert double.calls() == {}
    assert [path.name for path in tmp_path.iterdir()] == ["profile.yml"]


def test_fargate_is_not_measured(tmp_path: Path, double: Double) -> None:
    some = idle()
    double.load(replace(some, environments=(replace(some.environments[0], kind="FARGATE"), some.environments[1])))
    (tmp_path / "profile.yml").write_text(
        "nfconfgen: 1\npipeline: {name: p}\nsites: {here: {executor: awsbatch, region: eu-central-1, "
        "queues: [salmonWorkload], staging: fusion, execution_role: 'arn:aws:iam::123456789012:role/pull', "
        "work_dir: 's3://demo-bucket/work'}}\n"
    )
    ended = probe(tmp_path / "profile.yml", double, "--again")
    assert ended.code == 0, ended
    assert not {"SubmitJob", "UpdateComputeEnvironment"} & double.calls().keys()


def test_slurm_is_not_queried(profile: Path, double: Double, tmp_path: Path) -> None:
    """One that is installed here and does not answer would keep AWS from being measured."""
    double.load(idle())
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("scontrol", "sinfo", "sacctmgr", "ssh"):
        (folder / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\nexit 1\n")
        (folder / name).chmod(0o755)
    environment = {**double.env(), "PATH": f"{folder}:{os.environ['PATH']}", "NFCONFGEN_SLURM": "on"}
    shutil.copy(ROOT / "tests" / "cases" / "facts.lock.json", profile.with_suffix(".lock.json"))
    clusters = json.loads(profile.with_suffix(".lock.json").read_text())["facts"]["slurm"]
    ended = nfconfgen("probe", profile, *QUICK, environment=environment, alone=True)
    assert ended.code == 0, ended
    assert not (tmp_path / "asked").exists()
    assert measured(profile).items() >= {"c5.2xlarge": 15434, "c5.4xlarge": 31130}.items()
    assert json.loads(profile.with_suffix(".lock.json").read_text())["facts"]["slurm"] == clusters
    # nor where it is the only one there is
    profile.write_text("nfconfgen: 1\npipeline: {name: p}\nsites: {here: {executor: slurm, queues: [q]}}\n")
    assert nfconfgen("probe", profile, *QUICK, environment=environment, alone=True).code == 0
    assert not (tmp_path / "asked").exists()
