"""Which job queues and compute environments Nextflow's awsbatch tasks can run on, and what is wrong with the others.

Fields and their values: the DescribeJobQueues and DescribeComputeEnvironments pages of the AWS Batch API.
"""

from __future__ import annotations

from typing import Any

from nfconfgen.facts.model import Problem

_KINDS = {
    "EKS": "EKS (Kubernetes)",
    "SAGEMAKER_TRAINING": "a SageMaker queue",
    "ECS_MANAGED_INSTANCES": "ECS managed instances",
    "MANAGED_INSTANCES": "ECS managed instances",
}


def environment_names(queue: dict[str, Any]) -> list[str]:
    """The names of a queue's compute environments, first choice first (AWS gives ARNs, in any order)."""
    order = sorted(queue.get("computeEnvironmentOrder", []), key=lambda item: int(item["order"]))
    return [name_of(item["computeEnvironment"]) for item in order]


def name_of(arn: str) -> str:
    """The name in an ARN, or the name itself."""
    return arn.rsplit("/", 1)[-1]


def check_queue(queue: dict[str, Any]) -> list[Problem]:
    """What keeps jobs from this queue altogether."""
    name = str(queue["jobQueueName"])
    kind = queue.get("jobQueueType", "ECS")
    if queue.get("serviceEnvironmentOrder"):
        kind = "SAGEMAKER_TRAINING"
    if kind not in ("ECS", "ECS_FARGATE"):
        advice = "name a queue of EC2 or Spot instances, or of Fargate"
        return [Problem(name, "queue-kind", f"{name} is {_KINDS.get(kind, f'a queue of kind {kind}')}", advice)]
    problems = []
    if queue.get("state") != "ENABLED":
        advice = f"aws batch update-job-queue --job-queue {name} --state ENABLED"
        problems.append(Problem(name, "queue-disabled", f"{name} is disabled: it takes no jobs", advice))
    if queue.get("status") in ("INVALID", "DELETING", "DELETED"):
        message = f"{name} is {str(queue['status']).lower()}{_because(queue)}"
        problems.append(Problem(name, "queue-invalid", message, "mend it in AWS Batch, or name another queue"))
    return problems


def check_environment(environment: dict[str, Any]) -> tuple[str, str]:
    """(rule, what is wrong) of a compute environment that runs nothing for ECS; empty if it does."""
    resources = environment.get("computeResources", {})
    orchestrated = environment.get("containerOrchestrationType", "ECS")
    kind = orchestrated if orchestrated != "ECS" else resources.get("type", "")
    if kind in _KINDS:
        return "queue-kind", f"is {_KINDS[kind]}"
    if environment.get("type", "MANAGED") != "MANAGED":
        return "queue-kind", "is unmanaged"
    if environment.get("state") != "ENABLED":
        return "queue-disabled", "is disabled"
    if environment.get("status") in ("INVALID", "DELETING", "DELETED"):
        return "queue-invalid", f"is {str(environment['status']).lower()}{_because(environment)}"
    return "", ""


def check_environments(queue: str, names: list[str], faults: dict[str, tuple[str, str]]) -> list[Problem]:
    """An error if none of the queue's environments can be used, a warning for each one that cannot."""
    bad = {name: faults[name] for name in names if faults[name][0]}
    if len(bad) < len(names):
        return [
            Problem(queue, rule, f"{queue}: compute environment {name} {what} and is left out", "", "warning")
            for name, (rule, what) in bad.items()
        ]
    if not names:
        return [Problem(queue, "queue-invalid", f"{queue} has no compute environment", "give it one in AWS Batch")]
    rules = {rule for rule, _ in bad.values()}
    rule = rules.pop() if len(rules) == 1 else "queue-invalid"
    listed = "; ".join(f"compute environment {name} {what}" for name, (_, what) in bad.items())
    advice = (
        "name a queue of EC2 or Spot instances, or of Fargate" if rule == "queue-kind" else "mend it in AWS Batch"
    )
    return [Problem(queue, rule, f"{queue} can run nothing: {listed}", advice)]


def image_of(environment: dict[str, Any]) -> str:
    """Which AMI its instances start from: an id where one is fixed, else the kind Batch chooses from.

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


def image_status_of(environment: dict[str, Any]) -> str:
    """What Batch says of the AMI it chose: UPDATE_AVAILABLE where any of its kinds has a newer one."""
    choices = environment.get("computeResources", {}).get("ec2Configuration") or []
    found = {str(choice.get("batchImageStatus", "")) for choice in choices}
    return "UPDATE_AVAILABLE" if "UPDATE_AVAILABLE" in found else next(iter(found - {""}), "")


def _because(item: dict[str, Any]) -> str:
    reason = " ".join(str(item.get("statusReason", "")).split())
    return f" ({reason})" if reason else ""
