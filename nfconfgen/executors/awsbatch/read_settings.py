"""Reads what only an AWS Batch site has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from nfconfgen.findings import Finding
from nfconfgen.profile.document.yaml12 import Document
from nfconfgen.profile.model import Batch


def job_definitions(data: Mapping[str, Any]) -> Literal["generated", "nextflow"]:
    """Who makes the job definitions. Wave takes `container` for an image, so none of ours can stand there."""
    made: Literal["generated", "nextflow"] = data.get(
        "job_definitions", "generated" if data.get("staging", "cli") == "cli" else "nextflow"
    )
    return made


def settings(site: str, document: Document, findings: list[Finding]) -> Batch:
    """The settings of a site, all of them sound by the schema."""
    data = document.data["sites"][site]
    return Batch(
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
