"""The settings that only a site on AWS Batch has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from nfconfgen.executors.awsbatch.stack import declared, head
from nfconfgen.executors.awsbatch.stack.declared import Declared, Stack
from nfconfgen.executors.awsbatch.stack.head import Head
from nfconfgen.profile.document.yaml12 import Document
from nfconfgen.profile.model import Fit, QueueChoice, Settings, Site
from nfconfgen.profile.references import Text, Value, known

if TYPE_CHECKING:
    from nfconfgen.executors.awsbatch.facts.region import InstanceType


@dataclass(frozen=True, slots=True)
class BatchSettings(Settings):
    """The settings of a site on AWS Batch; empty = not set. `late` are the texts of region and cli_path if they are
    read when Nextflow starts; the keys are then what they come to by default, empty if that is unknown. `declared`
    are the queues that `stack` makes, `sheets` the known ones of their instance types,
    `head_role` is the role of the head job."""

    region: str = ""
    node_fit: Fit = "request"
    staging: Literal["cli", "fusion"] = "cli"
    cli_path: str = ""
    storage_encryption: str = ""
    kms_key: Value = ""
    job_definitions: Literal["generated", "nextflow"] = "generated"
    job_role: str = ""
    execution_role: str = ""
    logs_group: str = ""
    volumes: tuple[str, ...] = ()
    resource_labels: Mapping[str, Value] = field(default_factory=dict)
    spot_attempts: int | None = None
    unschedulable: Literal["fail", "wait", ""] = ""
    share_identifier: str = ""
    escalate: bool = True
    late: Mapping[str, Text] = field(default_factory=dict)
    declared: tuple[Declared, ...] = ()
    stack: Stack = field(default_factory=lambda: Stack(""))
    sheets: Mapping[str, InstanceType] = field(default_factory=dict)
    head: Head | None = None
    head_role: str = ""

    def written(self, key: str) -> Value:
        """The value of a key for the config: as it is written if it is read when Nextflow starts."""
        return self.late.get(key) or str(getattr(self, key))

    @property
    def made(self) -> tuple[Declared, ...]:
        """Everything that is declared: the queues of the tasks, and that of the head job."""
        own = self.head.declared if self.head is not None else None
        return (*self.declared, *([own] if own is not None else []))

    @property
    def cli_tree(self) -> str:
        """The folder of the host that holds the AWS CLI and nothing else; empty if it is not known."""
        return str(PurePosixPath(self.cli_path).parent.parent) if self.cli_path else ""

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
    """The bucket of the work directory, which is `s3://bucket/key`; empty if it is not known."""
    return known(site.work_dir, site.params).removeprefix("s3://").partition("/")[0]


def job_definitions(data: Mapping[str, Any]) -> Literal["generated", "nextflow"]:
    """What makes the job definitions. With Fusion it is Nextflow: Wave needs an image in `container`."""
    made: Literal["generated", "nextflow"] = data.get(
        "job_definitions", "generated" if data.get("staging", "cli") == "cli" else "nextflow"
    )
    return made


def read(site: str, document: Document) -> BatchSettings:
    """The settings of a site, in a document that conforms to the schema."""
    data = document.data["sites"][site]
    params = {**document.data.get("params", {}), **data.get("params", {})}
    found = {one.name: data[one.name] for one in fields(BatchSettings) if one.name in data}
    pipeline = document.data["pipeline"]["name"]
    found |= {"declared": declared.queues(data), "stack": declared.stack(site.partition(",")[0], pipeline, data)}
    found["head"] = head.read(data.get("head"), found["stack"].name)
    found |= {"node_fit": data.get("fit", "request"), "job_definitions": job_definitions(data)}
    if "volumes" in data:
        found["volumes"] = tuple(data["volumes"])
    found["late"] = {key: found[key] for key in ("region", "cli_path") if isinstance(found.get(key), Text)}
    found |= {key: known(text, params) for key, text in found["late"].items()}
    return BatchSettings(**found)
