"""Calls to AWS: one session per region, with retries, a count and concurrency; each error in one line with advice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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
"""The most names, ARNs or instance types that a Describe call used here accepts, and returns in one page."""

_SIDE_BY_SIDE = 16

DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedException", "403"}
"""The error codes of calls that IAM does not allow. 403: an answer to HEAD has no body, so its status is the code."""
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
    """AWS could not be queried. `code` is AWS's own, as `NoSuchEntity`; empty if AWS did not answer at all."""

    rule = "aws"

    def __init__(self, message: str, advice: str, code: str = "") -> None:
        super().__init__(message, advice)
        self.code = code


class Aws:
    """AWS in one region. Every method raises AwsError if AWS returns an error or does not answer."""

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
        """`ask` of each item, several at a time; the answers are in order."""
        return side_by_side(ask, items, _SIDE_BY_SIDE)

    def job_queues(self, names: Iterable[str]) -> dict[str, dict[str, Any]]:
        """These job queues as Batch describes them, by name. Batch leaves out unknown names without an error."""
        return self._described("describe_job_queues", "jobQueues", "jobQueueName", names)

    def environments(self, names: Iterable[str]) -> dict[str, dict[str, Any]]:
        """These compute environments as Batch describes them, by name; without those that it does not know."""
        return self._described(
            "describe_compute_environments", "computeEnvironments", "computeEnvironmentName", names
        )

    def _described(self, operation: str, key: str, name: str, wanted: Iterable[str]) -> dict[str, dict[str, Any]]:
        pages = self.side_by_side(
            lambda some: self.pages("batch", operation, key, **{key: list(some)}), batched(sorted(set(wanted)))
        )
        return {str(item[name]): item for page in pages for item in page}

    def clusters(self, environments: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """The ECS clusters of these compute environments with their counts, by ARN."""
        arns = {str(environment["ecsClusterArn"]) for environment in environments if environment.get("ecsClusterArn")}
        pages = self.side_by_side(
            lambda some: self.call("ecs", "describe_clusters", clusters=list(some))["clusters"], batched(sorted(arns))
        )
        return {str(cluster["clusterArn"]): cluster for page in pages for cluster in page}

    def _client(self, service: str) -> Any:
        with self._lock:  # making clients is not thread-safe, using them is
            if service not in self._clients:
                self._clients[service] = self._new_client(service)
            return self._clients[service]

    def _new_client(self, service: str) -> Any:
        import boto3  # takes a quarter of a second, so only where AWS is queried
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
    """The items in batches of this size."""
    return [items[at : at + size] for at in range(0, len(items), size)]


@contextmanager
def _translated(service: str, operation: str) -> Iterator[None]:
    from botocore import exceptions as aws
    from botocore.parsers import ResponseParserError

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
        raise AwsError(_one_line(error), "see `aws configure list-profiles`, or unset AWS_PROFILE") from error
    except (aws.ConnectionError, aws.HTTPClientError, ResponseParserError) as error:
        advice = "check the network, the proxy and the region; nfconfgen build --offline needs only the lock"
        raise AwsError(f"AWS does not answer ({_one_line(error)})", advice) from error
    except aws.BotoCoreError as error:
        message = f"AWS could not be queried ({_one_line(error)})"
        raise AwsError(message, "see `aws sts get-caller-identity`") from error


def _refused(error: dict[str, Any], action: str) -> AwsError:
    code = str(error.get("Code", "")).rsplit("#", 1)[-1]
    message, advice = f"{action} failed ({code}: {_one_line(error.get('Message', ''))})", "try again"
    if code in DENIED:
        message, advice = f"{action} is not allowed for these AWS credentials", "see the policies in docs/"
    elif code in _EXPIRED:
        message, advice = "the AWS credentials have expired", "log in again, as with `aws sso login`"
    elif code in _UNKNOWN_KEY:
        message, advice = f"AWS does not know these credentials ({code})", "see `aws sts get-caller-identity`"
    elif code in _THROTTLED:
        message, advice = f"AWS throttles {action} ({code}), after five tries", "wait a minute and try again"
    return AwsError(message, advice, code)


def _one_line(text: object) -> str:
    return " ".join(str(text).split()).rstrip(".")
