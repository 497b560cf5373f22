"""Which job queues and compute environments tasks of Nextflow can run on, and what is wrong with the others.

Fields and their values: the DescribeJobQueues and DescribeComputeEnvironments pages of the AWS Batch API.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nfconfgen.facts.model import Problem

_KINDS = {
    "EKS": "EKS (Kubernetes)",
    "SAGEMAKER_TRAINING": "a SageMaker queue",
    "ECS_MANAGED_INSTANCES": "ECS managed instances",
    "MANAGED_INSTANCES": "ECS managed instances",
}
_ON_ECS = ("EC2", "SPOT", "FARGATE", "FARGATE_SPOT")
_NAME_ANOTHER = "name a queue of EC2 or Spot instances, or of Fargate"


def environment_names(queue: Mapping[str, Any]) -> list[str]:
    """The names of a queue's compute environments, first choice first (AWS lists ARNs, in any order)."""
    order = sorted(queue.get("computeEnvironmentOrder", []), key=lambda item: int(item["order"]))
    return [item["computeEnvironment"].rsplit("/", 1)[-1] for item in order]


def check_queue(queue: Mapping[str, Any]) -> list[Problem]:
    """The reasons why this queue takes no jobs at all."""
    name = str(queue["jobQueueName"])
    kind = queue.get("jobQueueType", "ECS")
    if queue.get("serviceEnvironmentOrder"):
        kind = "SAGEMAKER_TRAINING"
    if kind not in ("ECS", "ECS_FARGATE"):
        message = f"{name} is {_KINDS.get(kind, f'a queue of kind {kind}')}"
        return [Problem(name, "queue-kind", message, _NAME_ANOTHER)]
    problems = []
    if queue.get("state") != "ENABLED":
        advice = f"aws batch update-job-queue --job-queue {name} --state ENABLED"
        problems.append(Problem(name, "queue-disabled", f"{name} is disabled: it takes no jobs", advice))
    if queue.get("status") in ("INVALID", "DELETING", "DELETED"):
        message = f"{name} is {str(queue['status']).lower()}{_because(queue)}"
        problems.append(Problem(name, "queue-invalid", message, "fix it in AWS Batch, or name another queue"))
    return problems


def check_environment(environment: Mapping[str, Any]) -> tuple[str, str]:
    """(rule, what is wrong) of a compute environment that cannot run ECS tasks; empty texts if it can."""
    resources = environment.get("computeResources", {})
    orchestrated = environment.get("containerOrchestrationType", "ECS")
    kind = orchestrated if orchestrated != "ECS" else resources.get("type", "")
    if kind in _KINDS or (kind and kind not in _ON_ECS):
        return "queue-kind", f"is {_KINDS.get(kind, f'of kind {kind}')}"
    if environment.get("type", "MANAGED") != "MANAGED":
        return "queue-kind", "is unmanaged"
    if environment.get("state") != "ENABLED":
        return "queue-disabled", "is disabled"
    if environment.get("status") in ("INVALID", "DELETING", "DELETED"):
        return "queue-invalid", f"is {str(environment['status']).lower()}{_because(environment)}"
    return "", ""


def check_environments(queue: str, names: Sequence[str], faults: Mapping[str, tuple[str, str]]) -> list[Problem]:
    """An error if no environment of the queue can be used, else a warning for each one that cannot."""
    bad = {name: faults[name] for name in names if faults[name][0]}
    if len(bad) < len(names):
        return [
            Problem(queue, rule, f"{queue}: compute environment {name} {what} and is left out", "", "warning")
            for name, (rule, what) in bad.items()
        ]
    if not names:
        return [Problem(queue, "queue-invalid", f"{queue} has no compute environment", "add one in AWS Batch")]
    rules = {rule for rule, _ in bad.values()}
    rule = rules.pop() if len(rules) == 1 else "queue-invalid"
    listed = "; ".join(f"compute environment {name} {what}" for name, (_, what) in bad.items())
    advice = _NAME_ANOTHER if rule == "queue-kind" else "fix it in AWS Batch"
    return [Problem(queue, rule, f"{queue} cannot run anything: {listed}", advice)]


def image_of(environment: Mapping[str, Any]) -> str:
    """The AMI that its instances start from: the id if one is set, else the kind that Batch chooses from.

    Order of precedence: https://docs.aws.amazon.com/batch/latest/userguide/ami-selection-order.html
    """
    resources = environment.get("computeResources", {})
    choices = resources.get("ec2Configuration") or [{}]
    fixed = resources.get("imageId") or choices[0].get("imageIdOverride")
    if fixed:
        return str(fixed)
    kinds = "+".join(str(choice.get("imageType", "default")) for choice in choices)
    template = resources.get("launchTemplate")
    if not template:
        return kinds
    name = template.get("launchTemplateId") or template.get("launchTemplateName")
    return f"{kinds} {name}:{template.get('version', '$Default')}"


def image_status_of(environment: Mapping[str, Any]) -> str:
    """The status that Batch reports for the AMI it chose: UPDATE_AVAILABLE if any of its kinds has a newer one."""
    choices = environment.get("computeResources", {}).get("ec2Configuration") or []
    found = {str(choice.get("batchImageStatus", "")) for choice in choices}
    return "UPDATE_AVAILABLE" if "UPDATE_AVAILABLE" in found else next(iter(found - {""}), "")


def _because(item: Mapping[str, Any]) -> str:
    reason = " ".join(str(item.get("statusReason", "")).split())
    return f" ({reason})" if reason else ""
