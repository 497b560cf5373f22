"""Queries AWS, each question once, and goes on where a question is not allowed."""

from __future__ import annotations

import json
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

from nfconfgen.executors.awsbatch.client import DENIED, Aws, AwsError
from nfconfgen.facts.query import Calls

T = TypeVar("T")

PERMISSIONS = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "service-quotas:GetServiceQuota": "servicequotas:GetServiceQuota",
    "service-quotas:GetAwsDefaultServiceQuota": "servicequotas:GetAWSDefaultServiceQuota",
}
"""The IAM actions of the operations whose action has another name."""


class Once(Aws):
    """AWS with each answer kept for the whole run: the facts and the checks read the same queues and environments."""

    def __init__(self, region: str, calls: Calls | None = None) -> None:
        super().__init__(region, calls)
        self._answers: dict[str, Any] = {}
        self._denied: dict[str, set[str]] = {}
        self._writing = Lock()

    @property
    def unchecked(self) -> dict[str, str]:
        """What could not be checked, by the permission that is missing for it."""
        return {permission: ", ".join(sorted(what)) for permission, what in sorted(self._denied.items())}

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
        """The answer, or `otherwise` if these credentials may not ask; `unchecked` then has `what` was asked for."""
        try:
            return ask()
        except AwsError as error:
            if error.code not in DENIED:
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
