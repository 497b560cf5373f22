"""The settings that only a site on AWS Batch has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from nfconfgen.profile.model import Fit, Settings, Site


@dataclass(frozen=True, slots=True)
class BatchSettings(Settings):
    """Settings only an AWS Batch site has; empty = not said."""

    region: str
    node_fit: Fit = "request"
    staging: Literal["cli", "fusion"] = "cli"
    cli_path: str = ""
    storage_encryption: str = ""
    job_definitions: Literal["generated", "nextflow"] = "generated"
    job_role: str = ""
    execution_role: str = ""
    logs_group: str = ""
    unschedulable: Literal["fail", "wait", ""] = ""

    @property
    def fit(self) -> Fit:
        return self.node_fit


def settings_of(site: Site) -> BatchSettings:
    """The settings of a site on AWS Batch."""
    assert isinstance(site.settings, BatchSettings)
    return site.settings


def job_definitions(data: Mapping[str, Any]) -> Literal["generated", "nextflow"]:
    """Who makes the job definitions. Wave takes `container` for an image, so none of ours can stand there."""
    made: Literal["generated", "nextflow"] = data.get(
        "job_definitions", "generated" if data.get("staging", "cli") == "cli" else "nextflow"
    )
    return made


def read(data: Mapping[str, Any]) -> BatchSettings:
    """The settings in the section of a site, which fits the schema."""
    return BatchSettings(
        region=data["region"],
        node_fit=data.get("fit", "request"),
        staging=data.get("staging", "cli"),
        cli_path=data.get("cli_path", ""),
        storage_encryption=data.get("storage_encryption", ""),
        job_definitions=job_definitions(data),
        job_role=data.get("job_role", ""),
        execution_role=data.get("execution_role", ""),
        logs_group=data.get("logs_group", ""),
        unschedulable=data.get("unschedulable", ""),
    )
