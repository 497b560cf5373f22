"""AWS Batch job definitions. They have what Nextflow adds to its own, since it adds nothing to those of others."""

from __future__ import annotations

import json
import re
from typing import Any

from nfconfgen.executors.awsbatch.settings import BatchSettings, settings_of
from nfconfgen.fast.checksum import digest
from nfconfgen.plan.model import Plan, SitePlan

HASH_PARAMETER = "nfconfgen-sha256"
"""The parameter with the checksum of a definition, which the script compares with that of the registered one."""

_LONGEST = 128
_SHORT_HASH = 8


def of_images(site: SitePlan, plan: Plan) -> dict[str, dict[str, Any]]:
    """The definition of each image of a site; none if Nextflow makes the definitions."""
    settings = settings_of(site.site)
    if settings.job_definitions != "generated":
        return {}
    images = sorted({task_plan.task.container.value for task_plan in site.task_plans if task_plan.task.container})
    return {image: definition(plan.profile.pipeline.name, image, settings) for image in images}


def of_head(site: SitePlan, plan: Plan) -> dict[str, Any] | None:
    """The definition of the job in which Nextflow itself runs; None if the site has none."""
    settings = settings_of(site.site)
    head = settings.head
    if head is None:
        return None
    properties: dict[str, Any] = {
        "image": head.image,
        "command": ["true"],
        "resourceRequirements": [
            {"type": "VCPU", "value": str(head.cpus)},
            {"type": "MEMORY", "value": str(head.memory_mib)},
        ],
        **_logs(settings),
    }
    role = head.role or settings.head_role
    if role:
        properties["jobRoleArn"] = role
    # a second one, started by Batch, would not know the session of the first
    content = {"type": "container", "containerProperties": properties, "retryStrategy": {"attempts": 1}}
    return _named(f"{prefix(plan.profile.pipeline.name)}head", content)


def all_of(site: SitePlan, plan: Plan) -> list[dict[str, Any]]:
    """All definitions of a site."""
    head = of_head(site, plan)
    return [*of_images(site, plan).values(), *([head] if head is not None else [])]


def names(site: SitePlan, plan: Plan) -> dict[str, str]:
    """The name of the definition of each image of a site."""
    return {image: made["jobDefinitionName"] for image, made in of_images(site, plan).items()}


def definition(pipeline: str, image: str, settings: BatchSettings) -> dict[str, Any]:
    """The job definition of one image, in the format of `aws batch register-job-definition --cli-input-json`.

    Its name, PIPELINE-IMAGE-HASH, depends on its content: any difference gives another name. So no definition changes
    during a run, and `-resume`, which compares names, notices another image.
    """
    content = {"type": "container", "containerProperties": _container_properties(image, settings)}
    return _named(f"{prefix(pipeline)}{_plain(_basename(image))}", content)


def _named(readable: str, content: dict[str, Any]) -> dict[str, Any]:
    """A definition with this content, whose name begins like this."""
    checksum = digest(json.dumps(content, sort_keys=True))
    return {
        "jobDefinitionName": f"{readable[: _LONGEST - _SHORT_HASH - 1]}-{checksum[:_SHORT_HASH]}",
        **content,
        "parameters": {HASH_PARAMETER: checksum},
    }


def prefix(pipeline: str) -> str:
    """What the names of all definitions of a pipeline begin with."""
    return f"{_plain(pipeline)}-"


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "-", text)


def _container_properties(image: str, settings: BatchSettings) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "image": image,
        "command": ["true"],
        # one vCPU: Nextflow overrides it only for tasks that request more than one
        "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "1024"}],
    }
    if settings.job_role:
        properties["jobRoleArn"] = settings.job_role
    if settings.execution_role:
        properties["executionRoleArn"] = settings.execution_role
    if settings.cli_path:
        tree = settings.cli_tree
        properties["volumes"] = [{"name": "aws-cli", "host": {"sourcePath": tree}}]
        properties["mountPoints"] = [{"sourceVolume": "aws-cli", "containerPath": tree, "readOnly": True}]
    return properties | _logs(settings)


def _logs(settings: BatchSettings) -> dict[str, Any]:
    """Where the output of a job goes, if not to the default of Batch."""
    if not settings.logs_group:
        return {}
    options = {"awslogs-region": settings.region, "awslogs-group": settings.logs_group}
    return {"logConfiguration": {"logDriver": "awslogs", "options": options}}


def _basename(image: str) -> str:
    """`salmon` of `quay.io/obenauflab/salmon:1.10@sha256:…`."""
    return re.split(r"[:@]", image.rsplit("/", 1)[-1])[0]
