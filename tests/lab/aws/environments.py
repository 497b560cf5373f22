"""Compute environments with the fields moto does not model."""

from __future__ import annotations

import uuid
from typing import Any

from moto.batch.models import ComputeEnvironment
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.utilities.utils import get_partition

from tests.lab.aws.hosts import vcpus
from tests.lab.aws.scenario import Environment

LINKED_ROLE = "role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch"


class LabEnvironment(ComputeEnvironment):
    """A compute environment that also knows the fields moto does not model."""

    def __init__(self, environment: Environment, region: str) -> None:
        role = f"role/{environment.service_role}" if environment.service_role else LINKED_ROLE
        super().__init__(
            environment.name,
            environment.management,
            environment.state,
            compute_resources(environment, region) if environment.management == "MANAGED" else {},
            iam_arn(role, region),
            account_id=DEFAULT_ACCOUNT_ID,
            region_name=region,
        )
        self.reported: dict[str, Any] = {
            "status": environment.status,
            "statusReason": environment.status_reason,
            "containerOrchestrationType": environment.orchestration,
            "uuid": cluster_uuid(environment),
        }
        if policy := environment.update_policy:
            self.reported["updatePolicy"] = {
                "terminateJobsOnUpdate": policy.terminate_jobs_on_update,
                "jobExecutionTimeoutMinutes": policy.job_execution_timeout_minutes,
            }
        if environment.orchestration == "EKS":
            cluster = f"arn:{get_partition(region)}:eks:{region}:{DEFAULT_ACCOUNT_ID}:cluster/lab"
            self.reported["eksConfiguration"] = {"eksClusterArn": cluster, "kubernetesNamespace": "batch"}

    @property
    def has_instances(self) -> bool:
        """Managed, and not Fargate: there are vCPUs to scale."""
        return "minvCpus" in self.compute_resources


def compute_resources(environment: Environment, region: str) -> dict[str, Any]:
    """The computeResources AWS would describe: Fargate has far fewer of them."""
    common = {
        "type": environment.kind,
        "maxvCpus": environment.max_vcpus,
        "subnets": list(environment.subnets),
        "securityGroupIds": list(environment.security_groups),
    }
    if environment.kind.startswith("FARGATE"):
        return common
    template, policy, role = environment.launch_template, environment.scaling_policy, environment.instance_role
    used = {"launchTemplateName": template.name, "launchTemplateId": template.id} if template else {}
    optional = {
        "imageId": environment.image_id,
        "ec2Configuration": _image(environment),
        "allocationStrategy": environment.allocation_strategy,
        "bidPercentage": environment.bid_percentage,
        "instanceRole": iam_arn(f"instance-profile/{role}", region) if role else None,
        "launchTemplate": _without_none(used | {"version": template.version}) if template else None,
        "scalingPolicy": {"minScaleDownDelayMinutes": policy.min_scale_down_delay_minutes} if policy else None,
    }
    return {
        **common,
        "minvCpus": environment.min_vcpus,
        "desiredvCpus": _desired(environment),
        "instanceTypes": list(environment.instance_types),
        **_without_none(optional),
    }


def _desired(environment: Environment) -> int:
    if environment.desired_vcpus is not None:
        return environment.desired_vcpus
    running = sum(vcpus(host.instance_type) for host in environment.hosts)
    return min(max(running, environment.min_vcpus), environment.max_vcpus)


def _image(environment: Environment) -> list[dict[str, Any]] | None:
    image = _without_none({
        "imageType": environment.image_type,
        "batchImageStatus": environment.batch_image_status,
        "imageIdOverride": environment.image_id_override,
    })  # fmt: skip
    return [image] if image else None


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def cluster_uuid(environment: Environment) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, environment.name))


def iam_arn(resource: str, region: str) -> str:
    return f"arn:{get_partition(region)}:iam::{DEFAULT_ACCOUNT_ID}:{resource}"
