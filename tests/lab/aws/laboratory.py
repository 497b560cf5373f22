"""The WSGI layer in front of moto: counts the calls, makes some fail, slow or deadly, changes the scenario."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from http import HTTPStatus
from threading import Lock
from typing import Any

from tests.lab.aws import batch, population
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


@dataclass(slots=True)
class Nth:
    """Counts the AWS requests down to the `at`-th from now."""

    at: int
    operation: str | None = None  # the one it was, once it has come

    def __post_init__(self) -> None:
        if self.at < 1:
            raise ValueError("at: requests are counted from 1")

    def reached(self, operation: str) -> bool:
        self.at -= 1
        if self.at == 0:
            self.operation = operation
        return self.at == 0


@dataclass(slots=True)
class Kill(Nth):
    """The signal a client gets at its `at`-th request, `before` it is applied, or `after`.

    Without an answer, the connection is cut; a request that is not answered and struck before is not applied. By
    default all but SIGKILL are answered: the client lives on.
    """

    pid: int = 0
    signal: int = signal.SIGKILL
    when: str = "before"
    answer: bool | None = None
    gone: bool = False  # there was no such process any more

    def __post_init__(self) -> None:
        Nth.__post_init__(self)
        signal.Signals(self.signal)
        if self.pid <= 1 or self.when not in ("before", "after"):
            raise ValueError("pid must be that of one process, and when before or after")
        if self.answer is None:
            self.answer = self.signal != signal.SIGKILL

    def strike(self) -> None:
        try:
            os.kill(self.pid, self.signal)
        except ProcessLookupError:
            self.gone = True


@dataclass(slots=True)
class FaultAt(Nth):
    """The error of the `at`-th request, and of the `times` - 1 that follow it."""

    code: str = "ThrottlingException"
    status: int = 400
    times: int = 1

    def __post_init__(self) -> None:
        Nth.__post_init__(self)
        HTTPStatus(self.status)

    def strikes(self, operation: str) -> Fault | None:
        if self.reached(operation) or -self.times < self.at < 0:
            return Fault(self.code, self.status)
        return None


class Laboratory:
    def __init__(self, moto: Application) -> None:
        self._moto = moto
        self._lock = Lock()
        self._calls: Counter[str] = Counter()
        self._faults: dict[str, Fault] = {}
        self._updates: list[Any] = []
        self._latency = 0.0
        self._kill: Kill | None = None
        self._fault_at: FaultAt | None = None
        # While a kill is awaited requests go one by one: what follows the deadly one finds it applied.
        self._one_by_one = Lock()
        self._routes: dict[tuple[str, str], Callable[[bytes], Any]] = {
            ("GET", "/lab/calls"): lambda _: dict(self._calls),
            ("GET", "/lab/updates"): lambda _: {"updates": self._updates},
            ("GET", "/lab/state"): lambda _: batch.state(),
            ("POST", "/lab/settle"): lambda _: batch.settle(),
            ("POST", "/lab/reset"): lambda _: self._forget_calls(),
            ("POST", "/lab/scenario"): self._load,
            ("POST", "/lab/latency"): self._set_latency,
            ("POST", "/lab/faults"): self._add_faults,
            ("DELETE", "/lab/faults"): lambda _: self._heal(),
            ("POST", "/lab/fault_at"): self._set_fault_at,
            ("GET", "/lab/kill"): lambda _: asdict(self._kill) if self._kill else {},
            ("POST", "/lab/kill"): self._set_kill,
            ("DELETE", "/lab/kill"): lambda _: self._disarm(),
        }

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith("/lab/"):
            return self._answer_lab(environ, start_response)
        operation = operation_of(environ)
        if operation is None:
            return self._moto(environ, start_response)
        if self._latency:
            time.sleep(self._latency)
        if self._kill is None:
            return self._answer(operation, environ, start_response)
        with self._one_by_one:
            return self._answer_or_kill(operation, environ, start_response)

    def load(self, scenario: Scenario) -> None:
        """A new scenario starts with no calls counted, no faults, no latency: those belonged to the old one."""
        population.load(scenario)
        self._forget_calls()
        self._heal()
        self._disarm()
        self._latency = 0.0

    def _answer_or_kill(self, operation: str, environ: Environ, start_response: Any) -> Iterable[bytes]:
        kill = self._kill
        if kill is None or not kill.reached(operation):
            return self._answer(operation, environ, start_response)
        if kill.when == "before":
            body_of(environ)  # the process that is struck may not get to sending all of it
            kill.strike()
            if not kill.answer:
                with self._lock:
                    self._calls[operation] += 1
                raise ConnectionAbortedError
            return self._answer(operation, environ, start_response)
        if kill.answer:
            answered = self._answer(operation, environ, start_response)
            kill.strike()
            return answered
        # Applied, but not reported.
        self._answer(operation, environ, lambda *_: None)
        kill.strike()
        raise ConnectionAbortedError

    def _answer(self, operation: str, environ: Environ, start_response: Any) -> Iterable[bytes]:
        payload = body_of(environ) if operation == "UpdateComputeEnvironment" else None
        with self._lock:
            fault = self._note(operation, payload)
        if fault is None:
            return self._moto(environ, start_response)
        headers, body = error(environ, fault.code, fault.message)
        return _send(start_response, fault.status, headers, body)

    def _note(self, operation: str, payload: bytes | None) -> Fault | None:
        self._calls[operation] += 1
        if payload is not None:
            self._updates.append(json.loads(payload))
        if self._fault_at and (fault := self._fault_at.strikes(operation)):
            return fault
        known = self._faults.get(operation)
        return known if known is not None and known.strikes() else None

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

    def _forget_calls(self) -> None:
        self._calls.clear()
        self._updates.clear()

    def _heal(self) -> None:
        self._faults.clear()
        self._fault_at = None

    def _disarm(self) -> None:
        self._kill = None

    def _set_latency(self, body: bytes) -> None:
        milliseconds = float(json.loads(body)["ms"])
        if milliseconds < 0:
            raise ValueError("ms: not below zero")
        self._latency = milliseconds / 1000

    def _set_kill(self, body: bytes) -> None:
        self._kill = Kill(**json.loads(body))

    def _set_fault_at(self, body: bytes) -> None:
        self._fault_at = FaultAt(**json.loads(body))

    def _add_faults(self, body: bytes) -> None:
        self._faults |= {operation: Fault(**fault) for operation, fault in json.loads(body).items()}


def _send(start_response: Any, status: int, headers: dict[str, str], body: bytes) -> list[bytes]:
    sent = {**headers, "Content-Length": str(len(body))}
    start_response(f"{status} {HTTPStatus(status).phrase}", list(sent.items()))
    return [body]
