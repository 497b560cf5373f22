"""Reads what only an AWS Batch site has."""

from __future__ import annotations

from nfconfgen.findings import Finding
from nfconfgen.profile.model import Batch
from nfconfgen.profile.yaml12 import Document


def settings(site: str, document: Document, findings: list[Finding]) -> Batch:
    """The settings of a site, all of them sound by the schema."""
    data = document.data["sites"][site]
    staging = data.get("staging", "cli")
    return Batch(
        region=data["region"],
        node_fit=data.get("fit", "request"),
        staging=staging,
        cli_path=data.get("cli_path", ""),
        storage_encryption=data.get("storage_encryption", ""),
        # Wave takes container for an image, so a definition cannot stand there
        job_definitions=data.get("job_definitions", "generated" if staging == "cli" else "nextflow"),
        job_role=data.get("job_role", ""),
        execution_role=data.get("execution_role", ""),
        logs_group=data.get("logs_group", ""),
        unschedulable=data.get("unschedulable", ""),
    )
