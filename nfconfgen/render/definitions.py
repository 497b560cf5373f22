"""AWS Batch job definitions. Nextflow adds nothing to a definition it has not made, so all it would add is here."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from pathlib import PurePosixPath
from typing import Any

from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.profile.model import Batch

HASH_PARAMETER = "nfconfgen-sha256"
"""The parameter of a registered definition that says what it was made from; registering compares it."""

_LONGEST = 128


def names(plan: Plan, site: SitePlan) -> dict[str, str]:
    """The definition's name for each image of a site; none where Nextflow makes the definitions.

    PIPELINE-IMAGE, with the site's name where several sites generate definitions, and a hash of the image where
    the name alone would stand for two.
    """
    settings = site.site.settings
    if not isinstance(settings, Batch) or settings.job_definitions != "generated":
        return {}
    images = sorted({ladder.task.container.value for ladder in site.ladders if ladder.task.container})
    makers = [
        other
        for other in plan.profile.sites
        if isinstance(other.settings, Batch) and other.settings.job_definitions == "generated"
    ]
    prefix = plan.profile.pipeline.name + (f"-{site.site.name}" if len(makers) > 1 else "")
    short = {image: _cleaned(f"{prefix}-{_basename(image)}") for image in images}
    uses = Counter(short.values())
    return {
        image: name if uses[name] == 1 and len(name) <= _LONGEST else f"{name[: _LONGEST - 9]}-{_digest(image)[:8]}"
        for image, name in short.items()
    }


def definition(name: str, image: str, settings: Batch) -> dict[str, Any]:
    """The job definition of one image, as `aws batch register-job-definition --cli-input-json` takes it."""
    made = {
        "jobDefinitionName": name,
        "type": "container",
        "containerProperties": _container_properties(image, settings),
    }
    return {**made, "parameters": {HASH_PARAMETER: _digest(json.dumps(made, sort_keys=True))}}


def hashes(plan: Plan, site: SitePlan) -> dict[str, str]:
    """The hash of each definition of a site, by its name."""
    settings = site.site.settings
    assert isinstance(settings, Batch)
    return {
        name: definition(name, image, settings)["parameters"][HASH_PARAMETER]
        for image, name in sorted(names(plan, site).items(), key=lambda item: item[1])
    }


def _container_properties(image: str, settings: Batch) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "image": image,
        "command": ["true"],
        # one vCPU: Nextflow overrides it only for tasks that ask for more than one
        "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "1024"}],
    }
    if settings.job_role:
        properties["jobRoleArn"] = settings.job_role
    if settings.execution_role:
        properties["executionRoleArn"] = settings.execution_role
    if settings.cli_path:
        tree = str(PurePosixPath(settings.cli_path).parent.parent)
        properties["volumes"] = [{"name": "aws-cli", "host": {"sourcePath": tree}}]
        properties["mountPoints"] = [{"sourceVolume": "aws-cli", "containerPath": tree, "readOnly": True}]
    if settings.logs_group:
        options = {"awslogs-region": settings.region, "awslogs-group": settings.logs_group}
        properties["logConfiguration"] = {"logDriver": "awslogs", "options": options}
    return properties


def _basename(image: str) -> str:
    """`salmon` of `quay.io/obenauflab/salmon:1.10@sha256:…`."""
    return re.split(r"[:@]", image.rsplit("/", 1)[-1])[0]


def _cleaned(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "-", name)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
