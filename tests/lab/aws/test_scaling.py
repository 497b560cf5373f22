"""Do hosts come and go as minvCpus asks for?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.aws.asking import cluster_of, hosts_of, refusal, registered
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import Environment, Host, Queue, Scenario, fleet, idle

SMALL, LARGE = Host("c5.2xlarge", 15434), Host("c5.4xlarge", 31130)


def _resources(batch: Any, name: str = "salmonWorkload") -> dict[str, Any]:
    (found,) = batch.describe_compute_environments(computeEnvironments=[name])["computeEnvironments"]
    resources: dict[str, Any] = found["computeResources"]
    return resources


def _scale(batch: Any, name: str = "salmonWorkload", **vcpus: int) -> None:
    batch.update_compute_environment(computeEnvironment=name, computeResources=vcpus)


def _memory(double: Double, name: str = "salmonWorkload") -> list[int]:
    return [host["memory_mib"] for host in double.state()["hosts"][name]]


def test_out_and_in_again(double: Double, batch: Any, ecs: Any) -> None:
    double.load(idle())
    cluster = cluster_of(batch, "salmonWorkload")
    before = double.state()
    _scale(batch, minvCpus=1)
    assert [_resources(batch)["desiredvCpus"] for _ in range(3)] == [0, 0, 8]
    assert _resources(batch)["minvCpus"] == 1
    (host,) = hosts_of(ecs, cluster)
    assert registered(host)["MEMORY"] == 15434
    _scale(batch, minvCpus=0)
    listed = [ecs.list_container_instances(cluster=cluster)["containerInstanceArns"] for _ in range(3)]
    assert list(map(len, listed)) == [1, 1, 0]
    gone = ecs.describe_container_instances(cluster=cluster, containerInstances=listed[0])
    assert [failure["reason"] for failure in gone["failures"]] == ["MISSING"]
    assert double.state() == before
    assert [update["computeResources"] for update in double.updates()] == [{"minvCpus": 1}, {"minvCpus": 0}]
    assert double.replacing_updates() == []


@pytest.mark.parametrize("polls", [0, 1, 5])
def test_every_poll_of_the_environment_counts(double: Double, batch: Any, ecs: Any, polls: int) -> None:
    double.load(idle(scale_after_polls=polls))
    cluster = cluster_of(batch, "salmonWorkload")
    _scale(batch, minvCpus=1)
    looks = (
        lambda: ecs.list_container_instances(cluster=cluster),
        lambda: ecs.describe_container_instances(cluster=cluster, containerInstances=["0" * 32]),
        lambda: ecs.describe_clusters(clusters=[cluster]),
        lambda: _resources(batch),
        lambda: batch.describe_compute_environments(),
    )
    for look in looks[:polls]:
        look()
        _resources(batch, "salmonExcess") if look is not looks[-1] else None
    assert _memory(double) == []
    ecs.describe_clusters(clusters=[cluster])
    assert _memory(double) == [15434]
    assert _memory(double, "salmonExcess") == []


def test_as_many_as_the_minimum_needs(double: Double, batch: Any) -> None:
    environment = Environment("e", ("c5",), registers=(SMALL, LARGE), max_vcpus=64)
    double.load(Scenario(environments=(environment,), scale_after_polls=0))
    _scale(batch, "e", minvCpus=30)
    assert _resources(batch, "e")["desiredvCpus"] == 32
    assert _memory(double, "e") == [15434, 31130, 15434]
    _scale(batch, "e", minvCpus=20)
    assert _resources(batch, "e")["desiredvCpus"] == 24
    assert _memory(double, "e") == [15434, 31130]


def test_hosts_of_the_beginning_stay(double: Double, batch: Any) -> None:
    environment = Environment("e", ("c5",), (LARGE,), min_vcpus=4, registers=(SMALL,))
    double.load(Scenario(environments=(environment,), scale_after_polls=0))
    for minimum in (16, 17, 0):
        _scale(batch, "e", minvCpus=minimum)
        _resources(batch, "e")
        assert _memory(double, "e") == ([31130, 15434] if minimum == 17 else [31130])


@pytest.mark.parametrize(
    "scenario",
    [
        idle(never_scales=True),
        Scenario(environments=(Environment("salmonWorkload", ("c5.2xlarge",)),)),
        Scenario(
            environments=(Environment("salmonWorkload", ("c5.2xlarge",), state="DISABLED", registers=(SMALL,)),)
        ),
    ],
    ids=["never", "nothing to start", "disabled"],
)
def test_nothing_comes_up(double: Double, batch: Any, scenario: Scenario) -> None:
    double.load(scenario)
    _scale(batch, minvCpus=1)
    for _ in range(5):
        assert _resources(batch)["minvCpus"] == 1
    assert _memory(double) == []


def test_enabled_again_it_scales(double: Double, batch: Any) -> None:
    environment = Environment("e", ("c5.2xlarge",), state="DISABLED", min_vcpus=1, registers=(SMALL,))
    double.load(Scenario(environments=(environment,), scale_after_polls=0))
    batch.update_compute_environment(computeEnvironment="e", state="ENABLED")
    assert _resources(batch, "e")["desiredvCpus"] == 8
    assert double.replacing_updates() == [{"computeEnvironment": "e", "state": "ENABLED"}]


def test_desired_is_raised_and_never_lowered(double: Double, batch: Any) -> None:
    double.load(idle(scale_after_polls=0))
    _scale(batch, desiredvCpus=9)
    assert _resources(batch)["desiredvCpus"] == 16
    client_error: Any = pytest.importorskip("botocore.exceptions").ClientError
    with pytest.raises(client_error, match="Manually scaling down compute environment is not supported"):
        _scale(batch, desiredvCpus=8)


@pytest.mark.parametrize("vcpus", [{"minvCpus": -1}, {"minvCpus": 129}, {"maxvCpus": 16, "desiredvCpus": 17}])
def test_bounds(double: Double, batch: Any, vcpus: dict[str, Any]) -> None:
    before = double.state()
    assert refusal(lambda: _scale(batch, **vcpus)) == ("ClientException", 400)
    assert double.state() == before
    assert len(double.updates()) == 1


@pytest.mark.parametrize("status", ["UPDATING", "CREATING", "DELETING", "INVALID"])
def test_no_update_unless_valid(double: Double, batch: Any, status: str) -> None:
    double.load(Scenario(environments=(Environment("e", ("c5",), status=status, registers=(SMALL,)),)))
    assert refusal(lambda: _scale(batch, "e", minvCpus=1)) == ("ClientException", 400)
    assert _resources(batch, "e")["minvCpus"] == 0


def test_updating_for_a_while(double: Double, batch: Any) -> None:
    double.load(idle(updating_polls=2))
    _scale(batch, minvCpus=1)
    assert refusal(lambda: _scale(batch, minvCpus=0))[0] == "ClientException"
    asked = {"computeEnvironments": ["salmonWorkload"]}
    seen = [batch.describe_compute_environments(**asked)["computeEnvironments"][0]["status"] for _ in range(3)]
    assert seen == ["UPDATING", "UPDATING", "VALID"]
    _scale(batch, minvCpus=0)


def test_anything_else_is_a_replacement(double: Double, batch: Any) -> None:
    double.load(idle())
    batch.update_compute_environment(
        computeEnvironment="salmonExcess", computeResources={"minvCpus": 0, "instanceTypes": ["c5.xlarge"]}
    )
    assert len(double.replacing_updates()) == 1
    (found,) = batch.describe_compute_environments(computeEnvironments=["salmonExcess"])["computeEnvironments"]
    assert (found["status"], found["computeResources"]["instanceTypes"]) == ("UPDATING", ["c5.xlarge"])


def test_fargate_has_no_minimum(double: Double, batch: Any) -> None:
    fargate = Environment("f", (), kind="FARGATE")
    double.load(Scenario(environments=(fargate,), queues=(Queue("f", ("f",)),)))
    assert refusal(lambda: _scale(batch, "f", minvCpus=1))[0] == "ClientException"
    assert refusal(lambda: _scale(batch, "nowhere", minvCpus=1))[0] == "ClientException"


def test_settle(double: Double, batch: Any) -> None:
    double.load(idle(scale_after_polls=100, updating_polls=100))
    before = double.state()
    _scale(batch, minvCpus=1)
    assert double.state()["environments"]["salmonWorkload"]["status"] == "UPDATING"
    double.settle()
    assert _memory(double) == [15434]
    _scale(batch, minvCpus=0)
    double.settle()
    assert double.state() == before
    assert double.calls() == {"UpdateComputeEnvironment": 2}


def test_large_fleet(double: Double, batch: Any, ecs: Any) -> None:
    scenario = fleet(queues=300, environments=900, instances=5000)
    double.load(scenario)
    state = double.state()
    assert (len(state["queues"]), len(state["environments"])) == (300, 900)
    assert sum(map(len, state["hosts"].values())) == 5000
    assert {len(queue["computeEnvironmentOrder"]) for queue in state["queues"].values()} == {3}
    pages = list(batch.get_paginator("describe_compute_environments").paginate())
    assert [len(page["computeEnvironments"]) for page in pages] == [100] * 9
    first = pages[0]["computeEnvironments"][0]
    assert len(hosts_of(ecs, first["ecsClusterArn"])) == len(scenario.environments[0].hosts) > 100
