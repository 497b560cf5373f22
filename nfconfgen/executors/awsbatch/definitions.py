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


def names(site: SitePlan, plan: Plan) -> dict[str, str]:
    """The name of the definition of each image of a site."""
    return {image: made["jobDefinitionName"] for image, made in of_images(site, plan).items()}


def definition(pipeline: str, image: str, settings: BatchSettings) -> dict[str, Any]:
    """The job definition of one image, in the format of `aws batch register-job-definition --cli-input-json`.

    Its name, PIPELINE-IMAGE-HASH, depends on its content: any difference gives another name. So no definition changes
    during a run, and `-resume`, which compares names, notices another image.
    """
    content = {"type": "container", "containerProperties": _container_properties(image, settings)}
    checksum = digest(json.dumps(content, sort_keys=True))
    readable = f"{prefix(pipeline)}{_plain(_basename(image))}"[: _LONGEST - _SHORT_HASH - 1]
    return {
        "jobDefinitionName": f"{readable}-{checksum[:_SHORT_HASH]}",
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
    if settings.logs_group:
        options = {"awslogs-region": settings.region, "awslogs-group": settings.logs_group}
        properties["logConfiguration"] = {"logDriver": "awslogs", "options": options}
    return properties


def _basename(image: str) -> str:
    """`salmon` of `quay.io/obenauflab/salmon:1.10@sha256:…`."""
    return re.split(r"[:@]", image.rsplit("/", 1)[-1])[0]
