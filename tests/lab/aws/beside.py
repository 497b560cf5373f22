"""Services that moto has not, or only with dozens of packages more, answered next to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.core.request import Request
from moto.core.responses import BaseResponse
from werkzeug.wrappers import Response

from tests.lab.aws.wire import Environ

# the service that a request is signed for
SIGNED = re.compile(r"Credential=[^/]+/\d+/[^/]+/(?P<service>[^/]+)/aws4_request")
_Application = Callable[[Environ, Any], Iterable[bytes]]


def beside(moto: _Application, services: Mapping[str, type[BaseResponse]]) -> _Application:
    """`services` by the name that requests are signed for, everything else by moto."""

    def application(environ: Environ, start_response: Any) -> Iterable[bytes]:
        signed = SIGNED.search(environ.get("HTTP_AUTHORIZATION", ""))
        served = services.get(signed["service"]) if signed else None
        if served is None:
            return moto(environ, start_response)
        request = Request(environ)
        request.from_wsgi_server = True  # which dates the answer
        status, headers, body = served.dispatch(request)
        answered: Iterable[bytes] = Response(body, status, headers)(environ, start_response)
        return answered

    return application
