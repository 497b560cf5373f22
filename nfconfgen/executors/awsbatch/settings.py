"""The settings that only a site on AWS Batch has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from nfconfgen.profile.model import Fit, QueueChoice, Settings, Site


@dataclass(frozen=True, slots=True)
class BatchSettings(Settings):
    """The settings of a site on AWS Batch; empty = not set."""

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
    share_identifier: str = ""
    escalate: bool = True

    @property
    def fit(self) -> Fit:
        return self.node_fit

    @property
    def choice(self) -> QueueChoice:
        return "next" if self.escalate else "first"


def settings_of(site: Site) -> BatchSettings:
    assert isinstance(site.settings, BatchSettings)
    return site.settings


def bucket_of(site: Site) -> str:
    """The bucket of the work directory, which is `s3://bucket/key`."""
    return site.work_dir.removeprefix("s3://").partition("/")[0]


def job_definitions(data: Mapping[str, Any]) -> Literal["generated", "nextflow"]:
    """What makes the job definitions. With Fusion it is Nextflow: Wave needs an image in `container`."""
    made: Literal["generated", "nextflow"] = data.get(
        "job_definitions", "generated" if data.get("staging", "cli") == "cli" else "nextflow"
    )
    return made


def read(data: Mapping[str, Any]) -> BatchSettings:
    """The settings in the section of a site, which fits the schema."""
    known = {field.name: data[field.name] for field in fields(BatchSettings) if field.name in data}
    known |= {"node_fit": data.get("fit", "request"), "job_definitions": job_definitions(data)}
    return BatchSettings(**known)
