"""Does the double page and refuse as AWS does?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.aws.asking import hosts_of, refusal, registered
from tests.lab.aws.client import Double
from tests.lab.aws.scenario import fleet

FLEET = fleet()


def test_fleet_in_pages(double: Double, batch: Any, ecs: Any) -> None:
    double.load(FLEET)
    queues = list(batch.get_paginator("describe_job_queues").paginate().search("jobQueues"))
    pages = batch.get_paginator("describe_compute_environments").paginate()
    environments = [e for page in pages for e in page["computeEnvironments"]]
    assert (len(queues), len(environments)) == (60, 120)
    assert {len(queue["computeEnvironmentOrder"]) for queue in queues} == {2}
    by_name = {queue["jobQueueName"]: queue["computeEnvironmentOrder"] for queue in queues}
    for queue in FLEET.queues:
        order = sorted(by_name[queue.name], key=lambda entry: int(entry["order"]))
        assert tuple(e["computeEnvironment"].rpartition("/")[2] for e in order) == queue.environments

    held = {e["computeEnvironmentName"]: hosts_of(ecs, e["ecsClusterArn"]) for e in environments}
    for environment in FLEET.environments:
        memory = sorted(registered(host)["MEMORY"] for host in held[environment.name])
        assert memory == sorted(host.memory_mib for host in environment.hosts)
    assert sum(map(len, held.values())) == 400
    calls = double.calls()
    assert (calls["DescribeJobQueues"], calls["DescribeComputeEnvironments"]) == (1, 2)
    assert calls["ListContainerInstances"] == 120 + 2  # two clusters need a second page


def test_cluster_counts_are_true(double: Double, batch: Any, ecs: Any) -> None:
    double.load(FLEET)
    names = [environment.name for environment in FLEET.environments[:100]]
    found = batch.describe_compute_environments(computeEnvironments=names)["computeEnvironments"]
    clusters = {e["ecsClusterArn"]: e["computeEnvironmentName"] for e in found}
    counted = ecs.describe_clusters(clusters=list(clusters))["clusters"]
    expected = {environment.name: len(environment.hosts) for environment in FLEET.environments[:100]}
    assert {clusters[c["clusterArn"]]: c["registeredContainerInstancesCount"] for c in counted} == expected


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code"),
    [
        ("batch", "describe_job_queues", {"jobQueues": ["q"] * 101}, "ClientException"),
        ("batch", "describe_compute_environments", {"computeEnvironments": ["e"] * 101}, "ClientException"),
        ("batch", "describe_compute_environments", {"maxResults": 101}, "ClientException"),
        ("batch", "describe_job_queues", {"nextToken": "made up"}, "ClientException"),
        ("ecs", "describe_clusters", {"clusters": ["c"] * 101}, "InvalidParameterException"),
        ("ecs", "list_container_instances", {"cluster": "nowhere"}, "ClusterNotFoundException"),
        ("ecs", "list_container_instances", {"maxResults": 101}, "InvalidParameterException"),
        (
            "ecs",
            "describe_container_instances",
            {"containerInstances": ["i"] * 101},
            "InvalidParameterException",
        ),
        ("ec2", "describe_instance_types", {"InstanceTypes": ["c5.large"] * 101}, "InvalidParameterValue"),
        ("ec2", "describe_instance_types", {"MaxResults": 101}, "InvalidParameterValue"),
        ("ec2", "describe_instance_types", {"InstanceTypes": ["c5.huge"]}, "InvalidInstanceType"),
        (
            "ec2",
            "describe_instance_types",
            {"InstanceTypes": ["c5.large"], "MaxResults": 5},
            "InvalidParameterCombination",
        ),
    ],
)
def test_refuses_what_aws_refuses(
    double: Double,
    clients: dict[str, Any],
    service: str,
    operation: str,
    arguments: dict[str, Any],
    code: str,
) -> None:
    assert refusal(lambda: getattr(clients[service], operation)(**arguments)) == (code, 400)


def test_unknown_names_are_passed_over(double: Double, batch: Any) -> None:
    assert batch.describe_job_queues(jobQueues=["nowhere"])["jobQueues"] == []
    asked = ["nowhere", "salmonExcess"]
    assert len(batch.describe_compute_environments(computeEnvironments=asked)["computeEnvironments"]) == 1


def test_page_size_is_honoured(double: Double, batch: Any) -> None:
    double.load(FLEET)
    pages = batch.get_paginator("describe_job_queues").paginate(PaginationConfig={"PageSize": 25})
    assert [len(page["jobQueues"]) for page in pages] == [25, 25, 10]


def test_instance_types_by_wildcard_in_pages(double: Double, ec2: Any) -> None:
    asked = {"Filters": [{"Name": "instance-type", "Values": ["c5.*"]}], "PaginationConfig": {"PageSize": 5}}
    pages = list(ec2.get_paginator("describe_instance_types").paginate(**asked))
    types = [t["InstanceType"] for page in pages for t in page["InstanceTypes"]]
    assert len(pages[0]["InstanceTypes"]) == 5
    assert len(types) == len(set(types)) > 5
    assert {t.partition(".")[0] for t in types} == {"c5"}
