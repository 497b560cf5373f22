"""What is told of a stack: its status, and the events that led to it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.lab.aws import population
from tests.lab.aws.cloudformation.held import Held, now

REVIEW = "REVIEW_IN_PROGRESS"


class StoppedError(Exception):
    """A resource could not be brought to where it should be."""

    def __init__(self, held: Held) -> None:
        self.held = held


@dataclass(slots=True, kw_only=True)
class Journal:
    id: str
    name: str
    status: str = REVIEW
    reason: str | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    # in so many looks at it, what is being done is not done yet
    polls: int = 0
    doing: str = REVIEW

    @property
    def is_gone(self) -> bool:
        return self.shown == "DELETE_COMPLETE"

    @property
    def shown(self) -> str:
        """Its status, as one sees it."""
        return self.doing if self.polls else self.status

    def looked_at(self) -> None:
        """It has been described once more."""
        self.polls = max(0, self.polls - 1)

    def begin(self, status: str, reason: str = "User Initiated") -> None:
        self.polls, self.doing = population.world().scenario.stack_polls, status
        self.report(status, reason)

    def stopped(self, held: Held, status: str, error: Exception, *, plain: bool = False) -> StoppedError:
        message = str(getattr(error, "message", None) or error)
        code = getattr(error, "handler", "GeneralServiceException")
        token = f"RequestToken: {uuid.uuid4()}, HandlerErrorCode: {code}"
        self.note(held, status, message if plain else f'Resource handler returned message: "{message}" ({token})')
        return StoppedError(held)

    def note(self, held: Held, status: str, reason: str | None = None) -> None:
        held.status, held.reason, held.changed_at = status, reason, now()
        self._event(held.name, held.made, held.type, status, reason)

    def report(self, status: str, reason: str | None = None) -> None:
        self.status = status
        self.reason = reason if status.endswith("FAILED") else None
        self._event(self.name, self.id, "AWS::CloudFormation::Stack", status, reason)

    def review(self) -> None:
        """It has a change set and nothing else yet."""
        self.report(REVIEW, "User Initiated")

    def _event(self, name: str, made: str, kind: str, status: str, reason: str | None) -> None:
        event = {
            "StackId": self.id,
            "EventId": f"{name}-{status}-{uuid.uuid4()}",
            "StackName": self.name,
            "LogicalResourceId": name,
            "PhysicalResourceId": made,
            "ResourceType": kind,
            "Timestamp": now(),
            "ResourceStatus": status,
            "ResourceStatusReason": reason,
        }
        self.events.append({key: value for key, value in event.items() if value is not None})
