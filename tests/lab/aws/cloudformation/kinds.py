"""What CloudFormation wants of a resource type: how one is made, changed and deleted in moto's backends.

moto's own models drop policies of roles, rules of buckets and most of AWS Batch, and hardly ever update.
"""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import ServiceException

Properties = dict[str, Any]


class StackError(ServiceException):
    """CloudFormation refuses a request: code and message. moto looks at the module of the class for the service."""


class InvalidError(StackError):
    """A request that is not valid."""

    code = "ValidationError"


class RefusedError(ServiceException):
    """The service refuses what CloudFormation asks for, with the code of the resource handler."""

    def __init__(self, message: str, handler: str = "InvalidRequest") -> None:
        super().__init__(message)
        self.handler = handler


class Kind:
    """A resource type. What is `made` is known by what Ref gives; properties have no functions left in them."""

    # the property that names it
    named_by = ""
    # properties that only a new resource takes: always, and (compute environments) if their replacement is asked for;
    # one level of them may be named with a dot
    create_only: tuple[str, ...] = ()
    conditional: tuple[str, ...] = ()

    def create(self, region: str, name: str, wanted: Properties) -> str:
        raise NotImplementedError

    def update(self, region: str, made: str, old: Properties, new: Properties) -> None:
        raise NotImplementedError

    def undo(self, region: str, made: str, old: Properties, new: Properties) -> None:
        """Take back an update from `old` to `new`."""
        self.update(region, made, new, old)

    def delete(self, region: str, made: str, old: Properties) -> None:
        raise NotImplementedError

    def attribute(self, region: str, made: str, name: str) -> str | None:
        """None: there is no such attribute."""
        return None


def text(document: Any) -> str:
    # a version without quotes is a date to YAML
    return document if isinstance(document, str) else json.dumps(document, default=str)


def tags(properties: Properties) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", ())}
