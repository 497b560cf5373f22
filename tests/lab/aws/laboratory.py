"""The WSGI layer in front of moto: counts the calls, makes some of them fail, changes the scenario."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock
from typing import Any

from tests.lab.aws import population
from tests.lab.aws.scenario import Scenario
from tests.lab.aws.wire import Environ, body_of, error, operation_of

Application = Callable[[Environ, Any], Iterable[bytes]]


@dataclass(slots=True)
class Fault:
    """The error an operation answers with, `times` times more, or for good."""

    code: str
    status: int = 400
    times: int | None = None
    message: str = "This error was asked for by a test"

    def __post_init__(self) -> None:
        HTTPStatus(self.status)  # refused now, not in the middle of an answer

    def strikes(self) -> bool:
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0


class Laboratory:
    def __init__(self, moto: Application) -> None:
        self._moto = moto
        self._lock = Lock()
        self._calls: Counter[str] = Counter()
        self._faults: dict[str, Fault] = {}
        self._routes: dict[tuple[str, str], Callable[[bytes], Any]] = {
            ("GET", "/lab/calls"): lambda _: dict(self._calls),
            ("POST", "/lab/reset"): lambda _: self._calls.clear(),
            ("POST", "/lab/scenario"): self._load,
            ("POST", "/lab/faults"): self._add_faults,
            ("DELETE", "/lab/faults"): lambda _: self._faults.clear(),
        }

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith("/lab/"):
            return self._answer_lab(environ, start_response)
        fault = self._note(operation_of(environ))
        if fault is None:
            return self._moto(environ, start_response)
        headers, body = error(environ, fault.code, fault.message)
        return _send(start_response, fault.status, headers, body)

    def load(self, scenario: Scenario) -> None:
        """A new scenario starts with no calls counted and no faults: those belonged to the old one."""
        population.load(scenario)
        self._calls.clear()
        self._faults.clear()

    def _note(self, operation: str | None) -> Fault | None:
        if operation is None:
            return None
        with self._lock:
            self._calls[operation] += 1
            fault = self._faults.get(operation)
            return fault if fault is not None and fault.strikes() else None

    def _answer_lab(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        status, answer = self._do(environ["REQUEST_METHOD"], environ["PATH_INFO"], body_of(environ))
        headers = {"Content-Type": "application/json"}
        return _send(start_response, status, headers, json.dumps(answer).encode())

    def _do(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        route = self._routes.get((method, path))
        if route is None:
            return 404, {"error": f"known are {', '.join(map(' '.join, self._routes))}"}
        try:
            with self._lock:
                return 200, route(body) or {}
        except (ValueError, TypeError, KeyError, AttributeError) as problem:
            return 400, {"error": f"{type(problem).__name__}: {problem}"}

    def _load(self, body: bytes) -> None:
        self.load(Scenario.from_json(json.loads(body)))

    def _add_faults(self, body: bytes) -> None:
        self._faults |= {operation: Fault(**fault) for operation, fault in json.loads(body).items()}


def _send(start_response: Any, status: int, headers: dict[str, str], body: bytes) -> list[bytes]:
    sent = {**headers, "Content-Length": str(len(body))}
    start_response(f"{status} {HTTPStatus(status).phrase}", list(sent.items()))
    return [body]
