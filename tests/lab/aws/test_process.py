"""The double as a process: scenarios in, environment out, beginning and end."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.lab.aws.client import ROOT, Double, running
from tests.lab.aws.scenario import Environment, Host, Queue, Scenario, empty, fleet, nothing, salmon


@pytest.mark.parametrize("scenario", [salmon(), empty(), fleet(), nothing()])
def test_scenario_survives_json(scenario: Scenario) -> None:
    assert Scenario.from_json(json.loads(json.dumps(scenario.to_json()))) == scenario


def test_scenario_refuses_unknown_environment() -> None:
    with pytest.raises(ValueError, match="needs known compute environments"):
        Scenario(queues=(Queue("q", ("nowhere",)),))


def test_unusable_scenario_is_refused_and_the_old_one_kept(double: Double, batch: Any) -> None:
    host = Host("c5.huge", 1)
    with pytest.raises(ValueError, match=r"unknown instance type: c5\.huge"):
        double.load(Scenario(environments=(Environment("e", ("c5.huge",), (host,)),)))
    assert len(batch.describe_job_queues()["jobQueues"]) == 2


def test_environment_hides_the_developers_own(double: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    assert "AWS_PROFILE" not in double.env()
    assert double.env(Path("/somewhere"))["HOME"] == "/somewhere"


@pytest.mark.skipif(shutil.which("aws") is None, reason="needs the AWS CLI")
def test_aws_cli(double: Double, tmp_path: Path) -> None:
    command = ["aws", "batch", "describe-compute-environments", "--page-size", "1", "--output", "json"]
    answer = subprocess.run(command, env=double.env(tmp_path), capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    names = {e["computeEnvironmentName"] for e in json.loads(answer.stdout)["computeEnvironments"]}
    assert names == {"salmonWorkload", "salmonExcess"}
    assert double.calls() == {"DescribeComputeEnvironments": 2}


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_by_hand(ending: signal.Signals) -> None:
    command = [sys.executable, "-m", "tests.lab.aws", "--port", "0", "--scenario", "empty"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("ready ").strip()
        process.send_signal(ending)
        rest, people = process.communicate(timeout=600)
    assert (process.returncode, rest) == (0, "")
    assert url.startswith("http://127.0.0.1:")
    assert f"export AWS_ENDPOINT_URL={url}\n" in people
    assert "queue salmonWorkload: salmonWorkload (EC2 c5.2xlarge), no hosts\n" in people


def test_a_start_that_fails_reports_why() -> None:
    unusable = Scenario(environments=(Environment("e", ("c5.huge",), (Host("c5.huge", 1),)),))
    with pytest.raises(RuntimeError, match=r"unknown instance type: c5\.huge"), running(unusable):
        pass
