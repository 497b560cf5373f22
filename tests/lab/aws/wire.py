"""Which AWS operation a request asks for, and what an error of its service looks like on the wire."""

from __future__ import annotations

import io
import json
from functools import cache
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from moto.core.utils import get_service_model

Environ = dict[str, Any]  # WSGI's own, of the request
REQUEST_ID = "00000000-0000-4000-8000-000000000000"
OWN_PATHS = ("/moto-api", "/favicon.ico", "/latest/")

TAGGING = {"GET": "ListTagsForResource", "POST": "TagResource", "DELETE": "UntagResource"}
# By method and, where it matters, the query; a path has no, one or several parts.
S3_OPERATIONS = (
    {"GET": "ListBuckets"},
    {
        "GET location": "GetBucketLocation",
        "GET encryption": "GetBucketEncryption",
        "GET list-type": "ListObjectsV2",
        "GET versioning": "GetBucketVersioning",
        "GET lifecycle": "GetBucketLifecycleConfiguration",
        "GET policy": "GetBucketPolicy",
        "GET tagging": "GetBucketTagging",
        "GET publicAccessBlock": "GetPublicAccessBlock",
        "GET ownershipControls": "GetBucketOwnershipControls",
        "GET": "ListObjects",
        "HEAD": "HeadBucket",
        "PUT encryption": "PutBucketEncryption",
        "PUT": "CreateBucket",
        "POST delete": "DeleteObjects",
        "DELETE": "DeleteBucket",
    },
    {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject", "DELETE": "DeleteObject"},
)


def operation_of(environ: Environ) -> str | None:
    """The operation as its AWS model calls it; None for what is no AWS call."""
    path = environ.get("PATH_INFO", "")
    if path.startswith(OWN_PATHS):
        return None
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return str(target).rpartition(".")[2]
    if action := _form(environ).get("Action"):
        return action[0]
    if _is_s3(environ):
        return _s3_operation(environ)
    if path.startswith("/v1/tags/"):
        return TAGGING.get(environ["REQUEST_METHOD"])
    return _batch_operations().get(path, f"{environ['REQUEST_METHOD']} {path}")


def error(environ: Environ, code: str, message: str) -> tuple[dict[str, str], bytes]:
    """Headers and body that make a client of this service see the error `code`."""
    if environ.get("HTTP_X_AMZ_TARGET"):
        body = json.dumps({"__type": code, "message": message})
        return {"Content-Type": "application/x-amz-json-1.1"}, body.encode()
    if _form(environ).get("Action"):
        return {"Content-Type": "text/xml"}, _xml(environ, code, message).encode()
    if _is_s3(environ):
        text = f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        # What answers a HEAD has no body: a client sees the status only.
        return {"Content-Type": "application/xml"}, b"" if environ["REQUEST_METHOD"] == "HEAD" else text.encode()
    body = json.dumps({"message": message})
    return {"Content-Type": "application/json", "x-amzn-ErrorType": code}, body.encode()


def body_of(environ: Environ) -> bytes:
    """The body of the request, left in place for the next reader."""
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _is_s3(environ: Environ) -> bool:
    return "/s3/aws4_request" in environ.get("HTTP_AUTHORIZATION", "")


def _s3_operation(environ: Environ) -> str:
    parts = [part for part in environ.get("PATH_INFO", "").split("/", 2) if part]
    known, method = S3_OPERATIONS[len(parts)], environ["REQUEST_METHOD"]
    asked = [f"{method} {name}" for name in parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)]
    return next((known[name] for name in [*asked, method] if name in known), f"{method} {environ['PATH_INFO']}")


def _form(environ: Environ) -> dict[str, list[str]]:
    if not environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        return {}
    return parse_qs(body_of(environ).decode())


def _xml(environ: Environ, code: str, message: str) -> str:
    error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    # The signature names the service. EC2 has its own shape; the other query services share one.
    if "/ec2/aws4_request" in environ.get("HTTP_AUTHORIZATION", ""):
        errors = f"<Errors><Error>{error}</Error></Errors>"
        return f"<Response>{errors}<RequestID>{REQUEST_ID}</RequestID></Response>"
    sender = f"<Error><Type>Sender</Type>{error}</Error>"
    return f"<ErrorResponse>{sender}<RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"


@cache
def _batch_operations() -> dict[str, str]:
    model = get_service_model("batch")
    return {model.operation_model(name).http["requestUri"]: name for name in model.operation_names}
