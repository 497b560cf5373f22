"""What a stack holds: its resources, and the change sets that wait to be executed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from tests.lab.aws.cloudformation.computing import ComputeEnvironment, JobQueue
from tests.lab.aws.cloudformation.kinds import InvalidError, Kind, Properties
from tests.lab.aws.cloudformation.resources import Bucket, BucketPolicy, LaunchTemplate, LogGroup, SecurityGroup
from tests.lab.aws.cloudformation.roles import InstanceProfile, ManagedPolicy, Role
from tests.lab.aws.cloudformation.templates import Template

if TYPE_CHECKING:
    from tests.lab.aws.cloudformation.changes import Change

KINDS: dict[str, Kind] = {
    "AWS::Batch::ComputeEnvironment": ComputeEnvironment(),
    "AWS::Batch::JobQueue": JobQueue(),
    "AWS::EC2::LaunchTemplate": LaunchTemplate(),
    "AWS::EC2::SecurityGroup": SecurityGroup(),
    "AWS::IAM::InstanceProfile": InstanceProfile(),
    "AWS::IAM::ManagedPolicy": ManagedPolicy(),
    "AWS::IAM::Role": Role(),
    "AWS::Logs::LogGroup": LogGroup(),
    "AWS::S3::Bucket": Bucket(),
    "AWS::S3::BucketPolicy": BucketPolicy(),
}


def now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(slots=True)
class Held:
    """A resource of a stack."""

    name: str
    type: str
    region: str
    # what Ref gives; empty: it could not be made
    made: str
    # without functions
    properties: Properties
    status: str = "CREATE_IN_PROGRESS"
    reason: str | None = None
    changed_at: datetime = field(default_factory=now)

    @property
    def kind(self) -> Kind:
        return KINDS[self.type]

    def attribute(self, name: str) -> str:
        if (value := self.kind.attribute(self.region, self.made, name)) is None:
            raise InvalidError(
                f"Template error: resource {self.name} does not support attribute type {name} in Fn::GetAtt"
            )
        return value


@dataclass(slots=True)
class ChangeSet:
    id: str
    name: str
    type: str
    template: Template
    tags: dict[str, str]
    capabilities: list[str]
    description: str | None
    changes: list[Change] = field(default_factory=list)
    status: str = "CREATE_COMPLETE"
    reason: str | None = None
    execution: str = "AVAILABLE"
    # as OnStackFailure of the request
    on_failure: str | None = None
    created_at: datetime = field(default_factory=now)
