"""Does the double answer as AWS does?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.lab.aws.asking import cluster_of, connect, hosts_of, refusal, registered
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import Environment, Host, Queue, Scenario, empty, salmon


def test_from_queue_to_registered_memory(double: Double, batch: Any, ecs: Any) -> None:
    (queue,) = batch.describe_job_queues(jobQueues=["salmonWorkload"])["jobQueues"]
    (entry,) = queue["computeEnvironmentOrder"]
    assert entry["computeEnvironment"].startswith("arn:aws:batch:eu-central-1:123456789012:compute-environment/")
    assert (queue["jobQueueType"], queue["state"], queue["status"]) == ("ECS", "ENABLED", "VALID")

    asked = [entry["computeEnvironment"]]
    (environment,) = batch.describe_compute_environments(computeEnvironments=asked)["computeEnvironments"]
    assert (environment["type"], environment["containerOrchestrationType"]) == ("MANAGED", "ECS")
    assert environment["computeResources"]["instanceTypes"] == ["c5.2xlarge"]

    (host,) = hosts_of(ecs, environment["ecsClusterArn"])
    assert registered(host) == {"CPU": 8192, "MEMORY": 15434}
    assert (host["status"], host["agentConnected"]) == ("ACTIVE", True)
    assert host["versionInfo"]["agentVersion"]
    attributes = {a["name"]: a.get("value") for a in host["attributes"]}
    assert attributes["ecs.instance-type"] == "c5.2xlarge"
    assert attributes["ecs.ami-id"].startswith("ami-")
    assert attributes["ecs.os-type"] == "linux"
    assert attributes["ecs.cpu-architecture"] == "x86_64"
    assert attributes["ecs.availability-zone"].startswith("eu-central-1")


def test_scaled_down_to_nothing(double: Double, batch: Any, ecs: Any) -> None:
    double.load(empty())
    cluster = cluster_of(batch, "salmonExcess")
    assert hosts_of(ecs, cluster) == []
    asked = ecs.describe_container_instances(cluster=cluster, containerInstances=["0" * 32])
    assert asked["failures"][0]["reason"] == "MISSING"


HOSTS = (
    Host("c5.2xlarge", 15400),
    Host("c5.2xlarge", 15401, status="DRAINING"),
    Host("c5.2xlarge", 15402, status="INACTIVE"),
    Host("c5.4xlarge", 31002, agent_connected=False),
)


@pytest.mark.parametrize(
    ("arguments", "memory"),
    [
        ({}, {15400, 15401, 31002}),
        ({"status": "ACTIVE"}, {15400, 31002}),
        ({"status": "DRAINING"}, {15401}),
        ({"filter": "attribute:ecs.instance-type == c5.4xlarge"}, {31002}),
    ],
)
def test_hosts_by_status_and_attribute(
    double: Double, batch: Any, ecs: Any, arguments: dict[str, str], memory: set[int]
) -> None:
    double.load(Scenario(environments=(Environment("e", ("c5",), HOSTS),)))
    cluster = cluster_of(batch, "e")
    arns = ecs.list_container_instances(cluster=cluster, **arguments)["containerInstanceArns"]
    found = ecs.describe_container_instances(cluster=cluster, containerInstances=arns)["containerInstances"]
    assert {registered(host)["MEMORY"] for host in found} == memory
    assert {registered(host)["MEMORY"] for host in found if not host["agentConnected"]} == memory & {31002}
    (counted,) = ecs.describe_clusters(clusters=[cluster])["clusters"]
    assert counted["registeredContainerInstancesCount"] == 3


def test_vanished_host_is_listed_and_missing(double: Double, batch: Any, ecs: Any) -> None:
    hosts = (Host("c5.2xlarge", 15434), Host("c5.2xlarge", 15400, vanished=True))
    double.load(Scenario(environments=(Environment("e", ("c5.2xlarge",), hosts),)))
    cluster = cluster_of(batch, "e")
    arns = ecs.list_container_instances(cluster=cluster)["containerInstanceArns"]
    answer = ecs.describe_container_instances(cluster=cluster, containerInstances=arns)
    assert [registered(host)["MEMORY"] for host in answer["containerInstances"]] == [15434]
    assert [failure["reason"] for failure in answer["failures"]] == ["MISSING"]
    assert answer["failures"][0]["arn"] in arns


def test_deregistered_host_is_gone(double: Double, batch: Any, ecs: Any) -> None:
    cluster = cluster_of(batch, "salmonWorkload")
    (arn,) = ecs.list_container_instances(cluster=cluster)["containerInstanceArns"]
    ecs.deregister_container_instance(cluster=cluster, containerInstance=arn)
    assert ecs.list_container_instances(cluster=cluster)["containerInstanceArns"] == []
    answer = ecs.describe_container_instances(cluster=cluster, containerInstances=[arn])
    assert answer["failures"] == [{"arn": arn, "reason": "MISSING"}]
    (counted,) = ecs.describe_clusters(clusters=[cluster])["clusters"]
    assert counted["registeredContainerInstancesCount"] == 0


def test_unknown_filter_is_not_ignored(double: Double, batch: Any, ecs: Any) -> None:
    asked = {"cluster": cluster_of(batch, "salmonExcess"), "filter": "task:group == service:x"}
    assert refusal(lambda: ecs.list_container_instances(**asked))[0] == "InvalidParameterException"


def test_queue_order_is_not_the_order_of_the_list(double: Double, batch: Any) -> None:
    scenario = replace(salmon(), queues=(Queue("both", ("salmonWorkload", "salmonExcess")),))
    double.load(scenario)
    (queue,) = batch.describe_job_queues()["jobQueues"]
    assert [entry["order"] for entry in queue["computeEnvironmentOrder"]] == [2, 1]


def test_fields_of_other_kinds(double: Double, batch: Any) -> None:
    environments = (
        Environment("spot", ("c5",), kind="SPOT", bid_percentage=60, image_type="ECS_AL2", image_id="ami-1"),
        Environment("fargate", (), kind="FARGATE"),
        Environment("broken", ("c5",), status="INVALID", status_reason="CLIENT_ERROR - no role"),
        Environment("kubernetes", ("c5",), orchestration="EKS"),
        Environment("own", (), management="UNMANAGED", state="DISABLED"),
    )
    queues = tuple(Queue(e.name, (e.name,), state="DISABLED") for e in environments)
    double.load(Scenario(environments=environments, queues=queues))
    found = batch.describe_compute_environments()["computeEnvironments"]
    spot, fargate, broken, kubernetes, own = sorted(
        found, key=lambda e: [known.name for known in environments].index(e["computeEnvironmentName"])
    )
    resources = spot["computeResources"]
    assert (resources["type"], resources["bidPercentage"], resources["imageId"]) == ("SPOT", 60, "ami-1")
    assert resources["ec2Configuration"] == [{"imageType": "ECS_AL2"}]
    assert "instanceTypes" not in fargate["computeResources"]
    assert (broken["status"], broken["statusReason"]) == ("INVALID", "CLIENT_ERROR - no role")
    assert (kubernetes["containerOrchestrationType"], "ecsClusterArn" in kubernetes) == ("EKS", False)
    assert (own["type"], own["state"], "computeResources" in own) == ("UNMANAGED", "DISABLED", False)
    described = {q["jobQueueName"]: q for q in batch.describe_job_queues()["jobQueues"]}
    assert {name: q["jobQueueType"] for name, q in described.items()} == {
        "spot": "ECS", "fargate": "ECS_FARGATE", "broken": "ECS", "kubernetes": "EKS", "own": "ECS",
    }  # fmt: skip
    assert {q["state"] for q in described.values()} == {"DISABLED"}


def test_other_region_holds_nothing(double: Double) -> None:
    elsewhere = connect(double, "batch", "us-east-1")
    assert elsewhere.describe_job_queues()["jobQueues"] == []
    elsewhere.close()
