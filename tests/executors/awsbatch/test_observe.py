"""What the double does not show: pages, odd kinds of queues, what vanishes between two calls. By botocore's Stubber,
which holds requests and answers to the model of the AWS API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from nfconfgen.executors.awsbatch.client import Aws
from nfconfgen.executors.awsbatch.facts.observe import observe
from nfconfgen.executors.awsbatch.facts.region import Environment, InstanceType, Offer, RegionFacts
from nfconfgen.facts.model import Problem, Shape

REGION = "eu-central-1"
ARN = f"arn:aws:batch:{REGION}:123456789012"
CLUSTER = f"arn:aws:ecs:{REGION}:123456789012:cluster/one"
NOW = "2026-11-20T09:30:00Z"


class Stubbed(Aws):
    """AWS that returns the answers it was given, in that order, and nothing else."""

    def __init__(self) -> None:
        super().__init__(REGION)
        self.stubs: dict[str, Stubber] = {}
        for service in ("batch", "ecs", "ec2"):
            client = boto3.client(service, REGION, aws_access_key_id="testing", aws_secret_access_key="testing")
            self._clients[service] = client
            self.stubs[service] = Stubber(client)
            self.stubs[service].activate()

    def answer(self, service: str, operation: str, response: dict[str, Any], **expected: Any) -> None:
        self.stubs[service].add_response(operation, response, expected or None)


@pytest.fixture
def aws() -> Iterator[Stubbed]:
    stubbed = Stubbed()
    yield stubbed
    for stub in stubbed.stubs.values():
        stub.assert_no_pending_responses()


def queue(name: str, *environments: str, **more: Any) -> dict[str, Any]:
    order = [{"order": n, "computeEnvironment": f"{ARN}:compute-environment/{e}"} for n, e in enumerate(environments)]
    return {
        "jobQueueName": name,
        "jobQueueArn": f"{ARN}:job-queue/{name}",
        "state": "ENABLED",
        "status": "VALID",
        "priority": 1,
        "computeEnvironmentOrder": order,
        **more,
    }


def environment(name: str, **resources: Any) -> dict[str, Any]:
    return {
        "computeEnvironmentName": name,
        "computeEnvironmentArn": f"{ARN}:compute-environment/{name}",
        "ecsClusterArn": CLUSTER,
        "type": "MANAGED",
        "state": "ENABLED",
        "status": "VALID",
        "computeResources": {
            "type": "EC2",
            "maxvCpus": 64,
            "subnets": ["subnet-1"],
            "instanceTypes": ["c5.2xlarge"],
            **resources,
        },
    }


def instance(memory_mib: int, ami: str = "ami-1", **more: Any) -> dict[str, Any]:
    return {
        "containerInstanceArn": f"arn:aws:ecs:{REGION}:123456789012:container-instance/one/{memory_mib}",
        "agentConnected": True,
        "registeredResources": [
            {"name": "CPU", "type": "INTEGER", "integerValue": 8192},
            {"name": "MEMORY", "type": "INTEGER", "integerValue": memory_mib},
            {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22"]},
        ],
        "attributes": [
            {"name": "ecs.instance-type", "value": "c5.2xlarge"},
            {"name": "ecs.ami-id", "value": ami},
            {"name": "com.amazonaws.ecs.capability.docker-remote-api.1.44"},
        ],
        **more,
    }


def sheet(name: str, cpus: int, memory_mib: int) -> dict[str, Any]:
    return {"InstanceType": name, "VCpuInfo": {"DefaultVCpus": cpus}, "MemoryInfo": {"SizeInMiB": memory_mib}}


def look(aws: Stubbed, *queues: str) -> tuple[RegionFacts, list[Problem]]:
    return observe(aws, queues, RegionFacts(), NOW)


def test_all_pages_are_read(aws: Stubbed) -> None:
    aws.answer(
        "batch", "describe_job_queues", {"jobQueues": [queue("a", "x")], "nextToken": "more"}, jobQueues=["a", "b"]
    )
    more = {"jobQueues": [queue("b", "y")]}
    aws.answer("batch", "describe_job_queues", more, jobQueues=["a", "b"], nextToken="more")
    first = {"computeEnvironments": [environment("x")], "nextToken": "2"}
    aws.answer("batch", "describe_compute_environments", first)
    aws.answer(
        "batch",
        "describe_compute_environments",
        {"computeEnvironments": [{**environment("y"), "ecsClusterArn": "c"}]},
    )
    counts = [{"clusterArn": CLUSTER, "registeredContainerInstancesCount": 2}]
    aws.answer("ecs", "describe_clusters", {"clusters": counts})
    aws.answer("ecs", "list_container_instances", {"containerInstanceArns": ["i1"], "nextToken": "2"})
    aws.answer("ecs", "list_container_instances", {"containerInstanceArns": ["i2"]})
    aws.answer("ecs", "describe_container_instances", {"containerInstances": [instance(15434), instance(15400)]})
    aws.answer("ec2", "describe_instance_types", {"InstanceTypes": [sheet("c5.2xlarge", 8, 16384)]})
    facts, problems = look(aws, "b", "a")
    assert problems == []
    assert facts.pool("a").shapes[0].memory_mib == 15400
    assert facts.pool("b").shapes[0].source == "estimated"


def test_instances_that_vanish_between_two_calls(aws: Stubbed) -> None:
    aws.answer("batch", "describe_job_queues", {"jobQueues": [queue("a", "x")]})
    aws.answer("batch", "describe_compute_environments", {"computeEnvironments": [environment("x")]})
    counts = [{"clusterArn": CLUSTER, "registeredContainerInstancesCount": 1}]
    aws.answer("ecs", "describe_clusters", {"clusters": counts})
    aws.answer("ecs", "list_container_instances", {"containerInstanceArns": ["gone"]})
    gone = {"containerInstances": [], "failures": [{"arn": "gone", "reason": "MISSING"}]}
    aws.answer("ecs", "describe_container_instances", gone)
    aws.answer("ec2", "describe_instance_types", {"InstanceTypes": [sheet("c5.2xlarge", 8, 16384)]})
    facts, _ = look(aws, "a")
    assert facts.pool("a").shapes[0].source == "estimated"


def test_an_environment_deleted_between_two_calls(aws: Stubbed) -> None:
    aws.answer("batch", "describe_job_queues", {"jobQueues": [queue("a", "x")]})
    aws.answer("batch", "describe_compute_environments", {"computeEnvironments": []})
    facts, problems = look(aws, "a")
    assert [problem.rule for problem in problems] == ["queue-invalid"]
    assert facts.queues == {}


@pytest.mark.parametrize(
    "odd",
    [
        queue(
            "a", jobQueueType="SAGEMAKER_TRAINING", serviceEnvironmentOrder=[{"order": 1, "serviceEnvironment": "s"}]
        ),
        queue("a", "x", jobQueueType="EKS"),
        queue("a", "x", jobQueueType="ECS_MANAGED_INSTANCES"),
        queue("a", "x", jobQueueType="SOMETHING_NEW"),
    ],
    ids=lambda odd: str(odd["jobQueueType"]),
)
def test_queues_that_nextflow_cannot_use(aws: Stubbed, odd: dict[str, Any]) -> None:
    aws.answer("batch", "describe_job_queues", {"jobQueues": [odd]})
    facts, problems = look(aws, "a")
    assert [problem.rule for problem in problems] == ["queue-kind"]
    assert facts.queues == {}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"containerOrchestrationType": "EKS"}, "Kubernetes"),
        ({"containerOrchestrationType": "SOMETHING_NEW"}, "SOMETHING_NEW"),
        ({"computeResources": {"type": "ECS_MANAGED_INSTANCES", "maxvCpus": 9}}, "ECS managed instances"),
        ({"computeResources": {"type": "SOMETHING_NEW", "maxvCpus": 9}}, "SOMETHING_NEW"),
        ({"type": "UNMANAGED"}, "unmanaged"),
    ],
)
def test_environments_that_nextflow_cannot_use(aws: Stubbed, changes: dict[str, Any], named: str) -> None:
    """A kind that is newer than nfconfgen is refused by its name, and not taken for instances."""
    aws.answer("batch", "describe_job_queues", {"jobQueues": [queue("a", "x")]})
    aws.answer("batch", "describe_compute_environments", {"computeEnvironments": [environment("x") | changes]})
    facts, (problem,) = look(aws, "a")
    assert (problem.rule, facts.queues) == ("queue-kind", {})
    assert named in problem.message


def test_environments_are_tried_in_their_order(aws: Stubbed) -> None:
    shuffled = queue("a", "x", "y")
    shuffled["computeEnvironmentOrder"].reverse()
    aws.answer("batch", "describe_job_queues", {"jobQueues": [shuffled]})
    both = [environment("y", instanceTypes=["c5.4xlarge"]), environment("x")]
    aws.answer("batch", "describe_compute_environments", {"computeEnvironments": both})
    aws.answer("ecs", "describe_clusters", {"clusters": []})
    sheets = [sheet("c5.2xlarge", 8, 16384), sheet("c5.4xlarge", 16, 32768)]
    aws.answer("ec2", "describe_instance_types", {"InstanceTypes": sheets})
    facts, _ = look(aws, "a")
    assert facts.queues == {"a": ("x", "y")}
    assert [shape.name for shape in facts.pool("a").shapes] == ["c5.2xlarge", "c5.4xlarge"]


@pytest.mark.parametrize(
    ("asked", "types"),
    [
        (["c5"], ["c5.large", "c5.2xlarge"]),
        (["c5", "c5.4xlarge"], ["c5.large", "c5.2xlarge", "c5.4xlarge"]),
        (["c5.24xlarge", "c5.large"], ["c5.large"]),  # more vCPUs than the environment's maximum
    ],
)
def test_families_and_what_an_environment_can_start(aws: Stubbed, asked: list[str], types: list[str]) -> None:
    aws.answer("batch", "describe_job_queues", {"jobQueues": [queue("a", "x")]})
    aws.answer(
        "batch", "describe_compute_environments", {"computeEnvironments": [environment("x", instanceTypes=asked)]}
    )
    aws.answer("ecs", "describe_clusters", {"clusters": []})
    known = {"c5.large": 2, "c5.2xlarge": 8, "c5.4xlarge": 16, "c5.24xlarge": 96, "c5.metal": 96, "c5a.large": 2}
    named = [
        name for name in known if name in asked or ("c5" in asked and name in ("c5.large", "c5.2xlarge", "c5.metal"))
    ]
    aws.answer(
        "ec2", "describe_instance_types", {"InstanceTypes": [sheet(n, known[n], known[n] * 2048) for n in named]}
    )
    facts, problems = look(aws, "a")
    assert problems == []
    assert [shape.name for shape in facts.pool("a").shapes] == types


def test_a_bundle_is_reported_as_a_guess(aws: Stubbed) -> None:
    aws.answer("batch", "describe_job_queues", {"jobQueues": [queue("a", "x")]})
    optimal = environment("x", instanceTypes=["optimal"])
    aws.answer("batch", "describe_compute_environments", {"computeEnvironments": [optimal]})
    aws.answer("ecs", "describe_clusters", {"clusters": []})
    aws.answer("ec2", "describe_instance_types", {"InstanceTypes": [sheet("m6i.large", 2, 8192)]})
    facts, problems = look(aws, "a")
    assert [(problem.rule, problem.level) for problem in problems] == [("bundle", "warning")]
    assert [shape.name for shape in facts.pool("a").shapes] == ["m6i.large"]


def test_fewer_registered_cpus_than_on_the_data_sheet_count(aws: Stubbed) -> None:
    """A launch template can switch hyperthreading off."""
    aws.answer("batch", "describe_job_queues", {"jobQueues": [queue("a", "x")]})
    aws.answer("batch", "describe_compute_environments", {"computeEnvironments": [environment("x")]})
    counts = [{"clusterArn": CLUSTER, "registeredContainerInstancesCount": 1}]
    aws.answer("ecs", "describe_clusters", {"clusters": counts})
    aws.answer("ecs", "list_container_instances", {"containerInstanceArns": ["i1"]})
    halved = instance(15434)
    halved["registeredResources"][0]["integerValue"] = 4096
    aws.answer("ecs", "describe_container_instances", {"containerInstances": [halved]})
    aws.answer("ec2", "describe_instance_types", {"InstanceTypes": [sheet("c5.2xlarge", 8, 16384)]})
    facts, _ = look(aws, "a")
    assert (facts.pool("a").shapes[0].cpus, facts.pool("a").shapes[0].memory_mib) == (4, 15434)


def gpu(name: str, count: int, manufacturer: str = "NVIDIA") -> dict[str, Any]:
    return {"Name": name, "Count": count, "Manufacturer": manufacturer}


@pytest.mark.parametrize(
    ("gpus", "kept"),
    [
        ([gpu("T4", 4)], {"T4": 4}),
        ([gpu("A100", 8, "Nvidia")], {"A100": 8}),
        ([gpu("Radeon Pro V520", 1, "AMD")], {}),  # g4ad
        ([gpu("Gaudi HL-205", 8, "Habana")], {}),  # dl1
        ([gpu("L4", 0)], {}),  # g6f has a part of one
        ([], {}),
    ],
)
def test_the_gpus_that_batch_can_give(aws: Stubbed, gpus: list[dict[str, Any]], kept: dict[str, int]) -> None:
    reported = {**sheet("c5.2xlarge", 8, 16384), "GpuInfo": {"Gpus": gpus}}
    if not gpus:
        reported["InferenceAcceleratorInfo"] = {"Accelerators": [{"Name": "Inferentia", "Count": 1}]}
        del reported["GpuInfo"]
    assert of_one(aws, reported).gpus == kept


@pytest.mark.parametrize(
    ("supported", "kept"),
    [(["x86_64"], "x86_64"), (["i386", "x86_64"], "x86_64"), (["arm64"], "arm64"), (["arm64_mac"], ""), ([], "")],
)
def test_the_architecture_that_images_are_built_for(aws: Stubbed, supported: list[str], kept: str) -> None:
    reported = {**sheet("c5.2xlarge", 8, 16384), "ProcessorInfo": {"SupportedArchitectures": supported}}
    assert of_one(aws, reported).architecture == kept


def of_one(aws: Stubbed, reported: dict[str, Any]) -> Shape:
    """The machine type of a queue of the instance type with this data sheet, read back from the lock."""
    aws.answer("batch", "describe_job_queues", {"jobQueues": [queue("a", "x")]})
    aws.answer("batch", "describe_compute_environments", {"computeEnvironments": [environment("x")]})
    aws.answer("ecs", "describe_clusters", {"clusters": []})
    aws.answer("ec2", "describe_instance_types", {"InstanceTypes": [reported]})
    facts, _ = look(aws, "a")
    (shape,) = RegionFacts.from_json(facts.to_json()).pool("a").shapes
    return shape


def test_a_lock_written_before_gpus_were_recorded_is_completed(aws: Stubbed) -> None:
    before = RegionFacts(
        {"a": ("x",)},
        {"x": Environment("EC2", 64, "default", ("c5.2xlarge",), {"c5.2xlarge": Offer("estimated")})},
        {"c5.2xlarge": InstanceType(8, 16384, "nitro")},
    )
    assert RegionFacts.from_json(before.to_json()) == before
    (shape,) = before.pool("a").shapes
    assert (shape.gpus, shape.architecture) == (None, "")
    aws.answer("batch", "describe_job_queues", {"jobQueues": [queue("a", "x")]})
    aws.answer("batch", "describe_compute_environments", {"computeEnvironments": [environment("x")]})
    aws.answer("ecs", "describe_clusters", {"clusters": []})
    aws.answer("ec2", "describe_instance_types", {"InstanceTypes": [sheet("c5.2xlarge", 8, 16384)]})
    facts, _ = observe(aws, ["a"], before, NOW)
    assert facts.pool("a").shapes[0].gpus == {}


def test_the_data_sheet_of_a_running_type_in_a_bundle_is_queried(aws: Stubbed) -> None:
    """Batch may have put another family into it: without its sheet its GPUs would not be known."""
    aws.answer("batch", "describe_job_queues", {"jobQueues": [queue("a", "x")]})
    optimal = environment("x", instanceTypes=["optimal"])
    aws.answer("batch", "describe_compute_environments", {"computeEnvironments": [optimal]})
    counts = [{"clusterArn": CLUSTER, "registeredContainerInstancesCount": 1}]
    aws.answer("ecs", "describe_clusters", {"clusters": counts})
    aws.answer("ecs", "list_container_instances", {"containerInstanceArns": ["i1"]})
    aws.answer("ecs", "describe_container_instances", {"containerInstances": [instance(15434)]})
    families = [f"{family}.*" for family in ("c6i", "c7i", "m6i", "r6i")]
    aws.answer(
        "ec2",
        "describe_instance_types",
        {"InstanceTypes": [sheet("c5.2xlarge", 8, 16384)]},
        Filters=[{"Name": "instance-type", "Values": ["c5.2xlarge", *families]}],
        MaxResults=100,
    )
    facts, _ = look(aws, "a")
    assert facts.pool("a").shapes[0].gpus == {}
