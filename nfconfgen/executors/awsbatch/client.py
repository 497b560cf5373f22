"""Calls to AWS: one session a region, retried, counted, side by side; errors in one line that says what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, TypeVar

from nfconfgen import __version__
from nfconfgen.errors import AskingError
from nfconfgen.facts.query import Calls
from nfconfgen.parallel import side_by_side

T = TypeVar("T")
R = TypeVar("R")

BATCH_SIZE = 100
"""What the Describe calls used here take in one request (names, ARNs, instance types) and give in one page."""

_SIDE_BY_SIDE = 16

_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedException"}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_UNKNOWN_KEY = {
    "AuthFailure",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_THROTTLED = {
    "RequestLimitExceeded",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}


class AwsError(AskingError):
    """AWS could not be queried."""

    rule = "aws"


class Aws:
    """The AWS of one region. Every method raises AwsError where AWS does not answer as asked."""

    def __init__(self, region: str, calls: Calls | None = None) -> None:
        self.region = region
        self.calls = calls or Calls()
        self._clients: dict[str, Any] = {}
        self._session: Any = None
        self._lock = Lock()

    def call(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """One request, as in `call("ecs", "describe_clusters", clusters=[…])`."""
        with _translated(service, operation):
            return dict(getattr(self._client(service), operation)(**params))

    def pages(self, service: str, operation: str, key: str, **params: Any) -> list[Any]:
        """All items under `key`, over all pages."""
        with _translated(service, operation):
            paginator = self._client(service).get_paginator(operation)
            return [item for page in paginator.paginate(**params) for item in page.get(key, [])]

    def side_by_side(self, ask: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """`ask` of each item, several at a time, the answers in order."""
        return side_by_side(ask, items, _SIDE_BY_SIDE)

    def _client(self, service: str) -> Any:
        with self._lock:  # making clients is not thread-safe, using them is
            if service not in self._clients:
                self._clients[service] = self._new_client(service)
            return self._clients[service]

    def _new_client(self, service: str) -> Any:
        import boto3  # a quarter of a second, only spent where AWS is asked
        from botocore.config import Config

        self._session = self._session or boto3.session.Session(region_name=self.region)
        config = Config(
            retries={"mode": "standard", "total_max_attempts": 5},
            connect_timeout=5,
            read_timeout=30,
            max_pool_connections=_SIDE_BY_SIDE,
            user_agent_extra=f"nfconfgen/{__version__}",
        )
        client = self._session.client(service, config=config)
        client.meta.events.register("before-call", self.calls.count)
        return client


def batched(items: Sequence[T], size: int = BATCH_SIZE) -> list[Sequence[T]]:
    """The items by the hundred."""
    return [items[at : at + size] for at in range(0, len(items), size)]


@contextmanager
def _translated(service: str, operation: str) -> Iterator[None]:
    from botocore import exceptions as aws

    action = f"{service}:{''.join(word.capitalize() for word in operation.split('_'))}"
    try:
        yield
    except aws.ClientError as error:
        raise _refused(error.response.get("Error", {}), action) from error
    except (aws.NoCredentialsError, aws.PartialCredentialsError, aws.CredentialRetrievalError) as error:
        advice = "log in (`aws sso login`), or export AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        raise AwsError("no AWS credentials were found", advice) from error
    except (aws.SSOError, aws.TokenRetrievalError) as error:
        raise AwsError("the AWS login has expired", "log in again: `aws sso login`") from error
    except aws.ProfileNotFound as error:
        raise AwsError(f"{_one_line(error)}", "see `aws configure list-profiles`, or unset AWS_PROFILE") from error
    except (aws.ConnectionError, aws.HTTPClientError) as error:
        advice = "check the network, the proxy and the region; the lock is enough for nfconfgen build --offline"
        raise AwsError(f"AWS does not answer ({_one_line(error)})", advice) from error
    except aws.BotoCoreError as error:
        raise AwsError(f"AWS could not be asked ({_one_line(error)})", "see `aws sts get-caller-identity`") from error


def _refused(error: dict[str, Any], action: str) -> AwsError:
    code = str(error.get("Code", "")).rsplit("#", 1)[-1]
    if code in _DENIED:
        return AwsError(f"{action} is not allowed for these AWS credentials", "docs/ holds a policy for each command")
    if code in _EXPIRED:
        return AwsError("the AWS credentials have expired", "log in again, as with `aws sso login`")
    if code in _UNKNOWN_KEY:
        return AwsError(f"AWS does not know these credentials ({code})", "see `aws sts get-caller-identity`")
    if code in _THROTTLED:
        return AwsError(f"AWS throttles {action} ({code}), after five tries", "wait a minute and try again")
    return AwsError(
        f"{action} failed ({code}: {_one_line(error.get('Message', ''))})",
        "try again",
    )


def _one_line(text: object) -> str:
    return " ".join(str(text).split()).rstrip(".")
