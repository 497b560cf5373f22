"""Compute environments and job queues of a stack: they scale for jobs as those of a scenario do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.batch.exceptions import ClientException
from moto.batch.models import BatchBackend, batch_backends
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ecs.models import ecs_backends

from tests.lab.aws import population
from tests.lab.aws.cloudformation.kinds import Kind, Properties, RefusedError
from tests.lab.aws.hosts import vcpus
from tests.lab.aws.scenario import ARM_MEMORY, NOW, X86_MEMORY, Environment, Host

# what instance types stand for besides types and families, roughly
GROUPS = {
    "optimal": ("m5", "c5", "r5"),
    "default_x86_64": ("m6i", "c6i", "r6i"),
    "default_arm64": ("m6g", "c6g", "r6g"),
}
RESOURCES = "ComputeResources"


class ComputeEnvironment(Kind):
    named_by = "ComputeEnvironmentName"
    create_only = ("ComputeEnvironmentName", "Tags", "Type", "EksConfiguration", f"{RESOURCES}.SpotIamFleetRole")
    conditional = tuple(
        f"{RESOURCES}.{name}"
        for name in (
            "AllocationStrategy", "BidPercentage", "Ec2Configuration", "Ec2KeyPair", "ImageId", "InstanceRole",
            "InstanceTypes", "LaunchTemplate", "PlacementGroup", "ScalingPolicy", "SecurityGroupIds", "Subnets",
            "Tags", "Type",
        )
    )  # fmt: skip

    def create(self, region: str, name: str, wanted: Properties) -> str:
        backend = batch_backends[DEFAULT_ACCOUNT_ID][region]
        if backend.get_compute_environment(name):
            raise RefusedError(
                f"Resource of type 'AWS::Batch::ComputeEnvironment' with identifier '{name}' already exists.",
                "AlreadyExists",
            )
        given: Properties = wanted.get(RESOURCES, {})
        types = tuple(given.get("InstanceTypes", ()))
        kind = given.get("Type", "EC2")
        of_instances = not kind.startswith("FARGATE")
        environment = Environment(
            name,
            types,
            kind=kind,
            state=wanted.get("State", "ENABLED"),
            management=wanted["Type"].upper(),
            min_vcpus=int(given.get("MinvCpus", 0)),
            max_vcpus=int(given.get("MaxvCpus", 0)),
            registers=tuple(_hosts(types, region)) if of_instances else (),
            service_role=None,
        )
        _refuse_subnets(given.get("Subnets", ()))
        resources = _lowered(given) | (_of_batch(given) if of_instances else {})
        made = population.add_environment(environment, backend, ecs_backends[DEFAULT_ACCOUNT_ID][region], resources)
        made.service_role = wanted.get("ServiceRole", made.service_role)
        made.reported |= _reported(wanted)
        return str(made.arn)

    def update(self, region: str, made: str, old: Properties, new: Properties) -> None:
        pool = population.world().pools[made]
        before, after = old.get(RESOURCES, {}), new.get(RESOURCES, {})
        changed = {key: value for key, value in after.items() if before.get(key) != value}
        replaces = any(
            f"{RESOURCES}.{key}" in self.conditional for key in changed.keys() | before.keys() - after.keys()
        )
        if replaces and "BEST_FIT" in (_strategy(before), _strategy(after)):
            raise RefusedError("Cannot update compute environment with allocation strategy BEST_FIT.")
        hosts = tuple(_hosts(after.get("InstanceTypes", ()), region))
        _refuse_subnets(after.get("Subnets", ()))
        resources = _lowered(changed)
        if "Ec2Configuration" in changed:
            resources["ec2Configuration"] = _images(after)
        pool.update(new.get("State", "ENABLED"), resources, _reported(new), new.get("ServiceRole"))
        for key in before.keys() - after.keys():
            pool.built.compute_resources.pop(_low(key), None)
        if replaces:
            pool.replace(hosts)
        pool.updated()

    def delete(self, region: str, made: str, old: Properties) -> None:
        backend = batch_backends[DEFAULT_ACCOUNT_ID][region]
        if any(
            made == environment.arn for queue in backend._job_queues.values() for environment in queue.environments
        ):
            raise RefusedError("Cannot delete, found existing JobQueue relationship")
        population.remove_environment(made, backend, ecs_backends[DEFAULT_ACCOUNT_ID][region])

    def attribute(self, region: str, made: str, name: str) -> str | None:
        return made if name == "ComputeEnvironmentArn" else None


def _refuse_subnets(subnets: Any) -> None:
    known = {subnet.id for subnet in population.world().scenario.subnets}
    if unknown := [subnet for subnet in subnets if subnet not in known]:
        raise RefusedError(f"The subnet ID '{unknown[0]}' does not exist (Service: Ec2, Status Code: 400)")


def _hosts(types: Any, region: str) -> Iterator[Host]:
    """What each of these types registers."""
    for each in types:
        families = GROUPS.get(each, (each,))
        found = [each] if each in INSTANCE_TYPES else [t for t in INSTANCE_TYPES if t.partition(".")[0] in families]
        if not found:
            raise RefusedError(
                f"Error executing request, Exception : Instance type can only be one of those of {region}, not {each}"
            )
        for name in sorted(found, key=vcpus):
            sheet = int(INSTANCE_TYPES[name]["MemoryInfo"]["SizeInMiB"])
            memory = X86_MEMORY.get(name) or ARM_MEMORY.get(name) or sheet * 95 // 100
            yield Host(name, memory, registered_at=NOW)


def _of_batch(given: Properties) -> Properties:
    """What Batch fills in, and describes."""
    least = int(given.get("MinvCpus", 0))
    return {
        "allocationStrategy": _strategy(given),
        "minvCpus": least,
        "desiredvCpus": max(least, int(given.get("DesiredvCpus", 0))),
        "ec2Configuration": _images(given),
    }


def _strategy(given: Properties) -> str:
    return str(given.get("AllocationStrategy", "BEST_FIT"))


def _images(given: Properties) -> list[Properties]:
    gpus = all("GpuInfo" in INSTANCE_TYPES.get(t, {}) for t in given.get("InstanceTypes", ()))
    chosen = given.get("Ec2Configuration") or [{"ImageType": "ECS_AL2023_NVIDIA" if gpus else "ECS_AL2023"}]
    # an image of the account's own is not Batch's to judge
    return [
        _lowered(image) | ({} if "ImageIdOverride" in image or "ImageId" in given else {"batchImageStatus": "LATEST"})
        for image in chosen
    ]


def _reported(wanted: Properties) -> Properties:
    policy = _lowered(wanted.get("UpdatePolicy", {}))
    usual = {"terminateJobsOnUpdate": False, "jobExecutionTimeoutMinutes": 30}
    return {"updatePolicy": usual | policy, "tags": wanted.get("Tags", {})}


NOT_DESCRIBED = ("UpdateToLatestImageVersion",)
# templates may write them as text
NUMBERS = ("MinvCpus", "MaxvCpus", "DesiredvCpus", "BidPercentage", "JobExecutionTimeoutMinutes", "MaxTimeSeconds")


def _lowered(value: Any) -> Any:
    """As the API of Batch writes it: the first letter small, but keys of tags as they are."""
    if isinstance(value, dict):
        return {
            _low(key): item if key == "Tags" else int(item) if key in NUMBERS else _lowered(item)
            for key, item in value.items()
            if key not in NOT_DESCRIBED
        }
    return [_lowered(item) for item in value] if isinstance(value, list) else value


def _low(name: str) -> str:
    return name[:1].lower() + name[1:]


class JobQueue(Kind):
    named_by = "JobQueueName"
    create_only = ("JobQueueName", "JobQueueType")

    def create(self, region: str, name: str, wanted: Properties) -> str:
        backend = batch_backends[DEFAULT_ACCOUNT_ID][region]
        if backend.get_job_queue_by_name(name):
            raise RefusedError(
                f"Resource of type 'AWS::Batch::JobQueue' with identifier '{name}' already exists.", "AlreadyExists"
            )
        priority: Any = int(wanted["Priority"])
        state = wanted.get("State", "ENABLED")
        policy, tags = wanted.get("SchedulingPolicyArn"), wanted.get("Tags", {})
        made = backend.create_job_queue(name, priority, policy, state, _order(wanted, backend), tags)
        population.world().time_limits[made.arn] = _lowered(wanted.get("JobStateTimeLimitActions", []))
        return str(made.arn)

    def update(self, region: str, made: str, old: Properties, new: Properties) -> None:
        backend = batch_backends[DEFAULT_ACCOUNT_ID][region]
        priority: Any = int(new["Priority"])
        state, policy = new.get("State", "ENABLED"), new.get("SchedulingPolicyArn")
        backend.update_job_queue(made, priority, state, _order(new, backend), policy)
        population.world().time_limits[made] = _lowered(new.get("JobStateTimeLimitActions", []))

    def delete(self, region: str, made: str, old: Properties) -> None:
        """Jobs that are left are ended, as Batch does it."""
        world = population.world()
        for job in [job for job in world.jobs.values() if job.queue == made]:
            job.end("FAILED", "Job Queue is deleted.")
        world.time_limits.pop(made, None)
        batch_backends[DEFAULT_ACCOUNT_ID][region].delete_job_queue(made)

    def attribute(self, region: str, made: str, name: str) -> str | None:
        return made if name == "JobQueueArn" else None


def _order(wanted: Properties, backend: BatchBackend) -> list[dict[str, Any]]:
    order = []
    for entry in wanted["ComputeEnvironmentOrder"]:
        named = entry["ComputeEnvironment"]
        if (environment := backend.get_compute_environment(named)) is None:
            raise ClientException(f"Compute environment {named} does not exist")
        order.append({"order": int(entry["Order"]), "computeEnvironment": environment.arn})
    return order
