"""Query AWS without asking anything twice, and going on where a question is not allowed."""

from __future__ import annotations

import json
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

from nfconfgen.executors.awsbatch.client import Aws, AwsError
from nfconfgen.executors.awsbatch.doctor.model import Unchecked
from nfconfgen.facts.query import Calls

T = TypeVar("T")

PERMISSIONS = {"s3:HeadBucket": "s3:ListBucket", "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration"}
"""What IAM calls the operations whose permission has another name."""

DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedException", "403"}


class Once(Aws):
    """The facts and the checks read the same queues and environments: each answer is kept for the whole run."""

    def __init__(self, region: str, calls: Calls | None = None) -> None:
        super().__init__(region, calls)
        self._answers: dict[str, Any] = {}
        self._denied: dict[str, set[str]] = {}
        self._writing = Lock()

    @property
    def unchecked(self) -> tuple[Unchecked, ...]:
        """What was not allowed, by permission."""
        return tuple(
            Unchecked(permission, ", ".join(sorted(what))) for permission, what in sorted(self._denied.items())
        )

    def call(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._kept(
            (service, operation, params), lambda: super(Once, self).call(service, operation, **params)
        )
        return answer

    def pages(self, service: str, operation: str, key: str, **params: Any) -> list[Any]:
        answer: list[Any] = self._kept(
            (service, operation, key, params), lambda: super(Once, self).pages(service, operation, key, **params)
        )
        return answer

    def if_allowed(self, what: str, ask: Callable[[], T], otherwise: T) -> T:
        """The answer, or `otherwise` where these credentials may not ask; that is remembered and told."""
        try:
            return ask()
        except AwsError as error:
            if code_of(error) not in DENIED:
                raise
            operation = error.message.partition(" ")[0]
            permission = PERMISSIONS.get(operation, operation)
            with self._writing:
                self._denied.setdefault(permission, set()).add(what)
            return otherwise

    def _kept(self, question: object, ask: Callable[[], Any]) -> Any:
        key = json.dumps(question, sort_keys=True)
        if key not in self._answers:
            self._answers[key] = ask()
        return self._answers[key]


def code_of(error: AwsError) -> str:
    """The code AWS gave the error, as `NoSuchEntity`; empty where AWS did not answer at all."""
    response = getattr(error.__cause__, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""
