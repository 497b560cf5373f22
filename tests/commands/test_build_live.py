"""`nfconfgen build` against AWS as the double plays it: what is measured, remembered, estimated, and refused."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli import Ended, nfconfgen
from tests.conftest import ROOT
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import Environment, Host, Queue, Scenario, empty, fleet, salmon

EXAMPLE = ROOT / "profiles"


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """The worked example, without its lock."""
    return Path(shutil.copy(EXAMPLE / "salmon.yml", tmp_path))


def build(profile: Path, double: Double, *options: str) -> Ended:
    return nfconfgen("build", profile, *options, environment=double.env(), alone=True)


def plan(profile: Path, double: Double, *options: str) -> dict[int, dict[str, Any]]:
    """The awsbatch attempts of the default task, as in `--format json`."""
    ended = build(profile, double, "--format", "json", *options)
    assert ended.code == 0, ended
    site = next(site for site in json.loads(ended.out)["plan"] if site["site"] == "awsbatch")
    return {step["attempt"]: step for step in site["tasks"][0]["attempts"]}


def with_hosts(*hosts: Host) -> Scenario:
    """salmon(), with these hosts in salmonWorkload."""
    scenario = salmon()
    environments = (replace(scenario.environments[0], hosts=hosts), *scenario.environments[1:])
    return replace(scenario, environments=environments)


def files(folder: Path) -> Mapping[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_the_committed_example_is_what_aws_gives(profile: Path, double: Double) -> None:
    # the cluster's facts are those of the example: here AWS is asked
    lock_of_slurm = json.loads((EXAMPLE / "salmon.lock.json").read_text())
    del lock_of_slurm["facts"]["awsbatch"]
    profile.with_name("salmon.lock.json").write_text(json.dumps(lock_of_slurm))
    assert build(profile, double).code == 0
    assert files(profile.parent / "salmon") == files(EXAMPLE / "salmon")
    lock = profile.with_name("salmon.lock.json").read_text()
    assert lock == (EXAMPLE / "salmon.lock.json").read_text()
    assert '"source": "measured"' in lock


def test_a_second_build_writes_nothing(profile: Path, double: Double) -> None:
    build(profile, double)
    before = files(profile.parent)
    later = build(profile, double)
    assert later.code == 0
    assert files(profile.parent) == before


@pytest.mark.parametrize(
    ("registered", "asked"), [((15434,), 15400), ((15380,), 15300), ((15434, 15390), 15300), ((15400,), 15400)]
)
def test_the_least_registered_counts(profile: Path, double: Double, registered: tuple[int, ...], asked: int) -> None:
    double.load(with_hosts(*(Host("c5.2xlarge", memory_mib) for memory_mib in registered)))
    steps = plan(profile, double)
    assert (steps[1]["queue"], steps[1]["cpus"], steps[1]["memory_mib"]) == ("salmonWorkload", 8, asked)
    assert steps[1]["shape"]["source"] == "measured"
    assert [steps[n]["memory_mib"] for n in (2, 3)] == [31100, 31100]


def test_hosts_that_do_not_answer_do_not_count(profile: Path, double: Double) -> None:
    gone = Host("c5.2xlarge", 12000, agent_connected=False)
    double.load(with_hosts(gone, Host("c5.2xlarge", 13000, vanished=True), Host("c5.2xlarge", 15434)))
    assert plan(profile, double)[1]["memory_mib"] == 15400


def test_where_nothing_runs_an_estimate_is_marked_as_such(profile: Path, double: Double) -> None:
    double.load(empty())
    first = plan(profile, double)[1]
    assert first["shape"]["source"] == "estimated"
    assert first["memory_mib"] <= first["shape"]["memory_mib"] <= 15434
    assert "estimated" in (profile.parent / "salmon/conf/awsbatch.config").read_text()


def test_where_nothing_runs_any_more_the_lock_remembers(profile: Path, double: Double) -> None:
    build(profile, double)
    before = files(profile.parent)
    double.load(empty())
    assert build(profile, double).code == 0
    assert files(profile.parent) == before


def test_the_least_ever_seen_of_a_type_and_ami_stays(profile: Path, double: Double) -> None:
    double.load(with_hosts(Host("c5.2xlarge", 15390)))
    assert plan(profile, double)[1]["memory_mib"] == 15300
    double.load(salmon())
    assert plan(profile, double)[1]["memory_mib"] == 15300
    assert plan(profile, double, "--refresh")[1]["memory_mib"] == 15400


def test_a_new_ami_is_measured_anew(profile: Path, double: Double) -> None:
    double.load(with_hosts(Host("c5.2xlarge", 15390, ami="ami-00000000000000001")))
    assert plan(profile, double)[1]["memory_mib"] == 15300
    double.load(with_hosts(Host("c5.2xlarge", 15434, ami="ami-00000000000000002")))
    assert plan(profile, double)[1]["memory_mib"] == 15400


def test_another_ami_without_instances_is_reported(profile: Path, double: Double) -> None:
    build(profile, double)
    idle = replace(salmon().environments[0], hosts=(), image_id="ami-00000000000000009")
    double.load(replace(salmon(), environments=(idle, salmon().environments[1])))
    ended = build(profile, double)
    assert ended.code == 0
    assert "[new-image]" in ended.out
    assert re.search(r"c5\.2xlarge, \d+ MiB \(estimated", ended.out)


def test_a_new_agent_is_measured_anew(profile: Path, double: Double) -> None:
    double.load(with_hosts(Host("c5.2xlarge", 15390)))
    build(profile, double)
    lock = profile.with_suffix(".lock.json")
    lock.write_text(re.sub(r'"agent": "[^"]*"', '"agent": "1.0.0"', lock.read_text()))
    double.load(with_hosts(Host("c5.2xlarge", 15434)))
    assert plan(profile, double)[1]["memory_mib"] == 15400


def test_a_measurement_is_remembered_for_another_queue_of_the_same_ami(profile: Path, double: Double) -> None:
    ami = "ami-00000000000000007"
    ran = Environment("elsewhere", ("c5.2xlarge",), (Host("c5.2xlarge", 15434, ami),), image_id=ami)
    idle = Environment("salmonWorkload", ("c5.2xlarge",), image_id=ami)
    excess = salmon().environment("salmonExcess")
    queues = (Queue("salmonWorkload", ("salmonWorkload",)), Queue("salmonExcess", ("salmonExcess", "elsewhere")))
    double.load(Scenario(environments=(ran, idle, excess), queues=queues))
    shape = plan(profile, double)[1]["shape"]
    assert (shape["memory_mib"], shape["source"]) == (15434, "remembered")


def test_calls_grow_by_the_hundred(tmp_path: Path, double: Double) -> None:
    scenario = fleet(queues=60, environments=120, instances=400)
    double.load(scenario)
    queues = ", ".join(queue.name for queue in scenario.queues)
    profile = tmp_path / "profile.yml"
    profile.write_text(
        f"""
nfconfgen: 1
pipeline: {{name: fleet}}
tasks: {{default: {{cpus: 1, memory: 1 GB}}}}
sites:
  aws: {{executor: awsbatch, region: {scenario.region}, queues: [{queues}], work_dir: s3://fleet-bucket/work}}
"""
    )
    ended = build(profile, double, "--verbose")
    assert ended.code == 0, ended
    calls = double.calls()
    occupied = [environment for environment in scenario.environments if environment.hosts]
    assert sum(len(environment.hosts) for environment in occupied) == 400
    hundreds = sum(-(-len(environment.hosts) // 100) for environment in occupied)
    assert calls.pop("ListContainerInstances") == hundreds
    assert calls.pop("DescribeContainerInstances") == hundreds
    assert calls == {
        "DescribeJobQueues": 1,
        "DescribeComputeEnvironments": 2,
        "DescribeClusters": 2,
        "DescribeInstanceTypes": 1,
    }
    counted = re.search(r"(\d+) AWS calls", ended.err)
    assert counted is not None
    assert int(counted[1]) == 2 * hundreds + 6


def test_data_sheets_are_asked_for_once(profile: Path, double: Double) -> None:
    build(profile, double)
    double.reset_calls()
    build(profile, double)
    assert "DescribeInstanceTypes" not in double.calls()


def _with_queue(**queue: Any) -> Scenario:
    scenario = salmon()
    return replace(scenario, queues=(replace(scenario.queues[0], **queue), scenario.queues[1]))


def _with_environment(**environment: Any) -> Scenario:
    scenario = salmon()
    return replace(
        scenario, environments=(replace(scenario.environments[0], **environment), scenario.environments[1])
    )


@pytest.mark.parametrize(
    ("scenario", "rule"),
    [
        (_with_queue(state="DISABLED"), "queue-disabled"),
        (_with_queue(status="INVALID"), "queue-invalid"),
        (_with_environment(state="DISABLED"), "queue-disabled"),
        (_with_environment(status="INVALID", status_reason="no such role"), "queue-invalid"),
        (_with_environment(orchestration="EKS"), "queue-kind"),
        (_with_environment(management="UNMANAGED"), "queue-kind"),
        (_with_environment(kind="ECS_MANAGED_INSTANCES"), "queue-kind"),
        (_with_environment(max_vcpus=4), "queue-empty"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_queue_that_runs_nothing_is_reported_at_its_line(
    profile: Path, double: Double, scenario: Scenario, rule: str
) -> None:
    double.load(scenario)
    ended = build(profile, double)
    assert ended.code == 1
    assert re.search(rf"salmon\.yml:37:14: error: .*salmonWorkload.*\[{rule}\]", ended.out)
    assert not (profile.parent / "salmon").exists()


def test_a_queue_that_does_not_exist_is_reported_with_what_is_near(profile: Path, double: Double) -> None:
    profile.write_text(profile.read_text().replace("[salmonWorkload,", "[salmonworkLoads,"))
    ended = build(profile, double)
    assert ended.code == 1
    assert "did you mean 'salmonWorkload'?" in ended.out


def test_one_bad_environment_of_several_is_left_out(profile: Path, double: Double) -> None:
    scenario = salmon()
    bad = Environment("broken", ("c5.large",), status="INVALID")
    queues = (Queue("salmonWorkload", ("broken", "salmonWorkload")), scenario.queues[1])
    double.load(replace(scenario, environments=(*scenario.environments, bad), queues=queues))
    ended = build(profile, double)
    assert ended.code == 0
    assert "warning" in ended.out
    assert "broken" in ended.out


GPU_PROFILE = """\
nfconfgen: 1
pipeline: {{name: demo}}
tasks: {{default: {{cpus: 2, memory: 4 GB, accelerator: {gpus}}}}}
sites:
  aws: {{executor: awsbatch, region: eu-central-1, queues: [{queue}], work_dir: s3://demo-bucket/work}}
"""
GPU_QUEUES = {
    "plain": ("c5.2xlarge",),
    "single": ("g4dn.xlarge",),
    "families": ("m5", "g4dn"),
    "parts": ("g6f.2xlarge",),
    "graviton": ("default_arm64",),
    "both": ("c5.2xlarge", "c7g.2xlarge"),
}


@pytest.mark.parametrize(
    ("queue", "gpus", "rules", "instance"),
    [
        ("plain", 0, [], "c5.2xlarge"),
        ("plain", 1, ["gpus-fit"], None),
        ("single", 1, [], "g4dn.xlarge"),
        ("single", 4, ["gpus-fit"], None),
        ("families", 0, [], "m5.large"),
        ("families", 1, [], "g4dn.xlarge"),
        ("families", 2, [], "g4dn.12xlarge"),
        ("families", 5, ["gpus-fit"], None),
        ("parts", 1, ["gpus-fit"], None),
        ("graviton", 0, ["architecture", "bundle"], "m6g.large"),
        ("both", 0, ["architecture"], None),
    ],
)
def test_gpus_and_processors_as_ec2_describes_them(
    tmp_path: Path, double: Double, queue: str, gpus: int, rules: list[str], instance: str | None
) -> None:
    environments = tuple(Environment(name, types) for name, types in GPU_QUEUES.items())
    double.load(Scenario(environments=environments, queues=tuple(Queue(name, (name,)) for name in GPU_QUEUES)))
    profile = tmp_path / "demo.yml"
    profile.write_text(GPU_PROFILE.format(queue=queue, gpus=gpus))
    ended = build(profile, double, "--format", "json")
    answer = json.loads(ended.out)
    assert sorted(finding["rule"] for finding in answer["findings"]) == rules
    assert ended.code == (1 if instance is None else 0)
    if instance is not None:
        (step, *_) = answer["plan"][0]["tasks"][0]["attempts"]
        assert (step["shape"]["name"], step["gpus"]) == (instance, gpus)
        before = profile.with_suffix(".lock.json").read_text()
        assert build(profile, double, "--offline").code == 0
        assert profile.with_suffix(".lock.json").read_text() == before
