"""What tests use: the double in a separate process, and a handle on it."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from signal import SIGKILL
from subprocess import PIPE, Popen
from threading import Timer
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from tests.lab.aws import loaded_cli
from tests.lab.aws.scenario import Scenario

ROOT = Path(__file__).resolve().parents[3]
STOP_SECONDS = 20


@dataclass(slots=True)
class Double:
    url: str
    region: str

    def env(self, home: Path | None = None) -> dict[str, str]:
        """The environment of a subprocess that shall see the double, and nothing of the developer's own AWS.

        With a home, its ~/.aws counts; without one, no configuration file is read at all.
        """
        files = {"HOME": str(home)} if home else dict.fromkeys(_AWS_FILES, os.devnull)
        kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        if loaded := loaded_cli.folder():
            kept["PATH"] = f"{loaded}:{kept['PATH']}"
        return {
            **kept,
            **files,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    def calls(self) -> dict[str, int]:
        """How often each operation was asked for, retries and failures included."""
        counted: dict[str, int] = self._ask("GET", "/lab/calls")
        return counted

    def reset_calls(self) -> None:
        self._ask("POST", "/lab/reset")

    def load(self, scenario: Scenario) -> None:
        """Hold another scenario, with calls and faults forgotten."""
        self._ask("POST", "/lab/scenario", scenario.to_json())
        self.region = scenario.region

    def fail(self, operation: str, code: str, status: int = 400, times: int | None = None) -> None:
        """Let the next `times` calls of the operation fail, or all of them."""
        self._ask("POST", "/lab/faults", {operation: {"code": code, "status": status, "times": times}})

    def heal(self) -> None:
        """No operation fails any longer."""
        self._ask("DELETE", "/lab/faults")

    def fail_at(self, at: int, code: str, status: int = 400, times: int = 1) -> None:
        """Let the `at`-th AWS request from now on fail, whatever it is, and the `times` - 1 after it."""
        self._ask("POST", "/lab/fault_at", {"at": at, "code": code, "status": status, "times": times})

    def kill_at(
        self, pid: int, at: int, signal: int = SIGKILL, when: str = "before", answer: bool | None = None
    ) -> None:
        """Send the process this signal at the `at`-th AWS request from now on, `before` or `after` it is applied.

        With `answer` the request is then applied and answered as usual; without, the connection is cut, and a
        request struck before is not applied. Left open: no answer for SIGKILL, one for all others. Until the next
        load() requests go one by one, so that whatever follows finds the deadly one done with.
        """
        wanted = {"pid": pid, "at": at, "signal": int(signal), "when": when, "answer": answer}
        self._ask("POST", "/lab/kill", wanted)

    def killed(self) -> str | None:
        """The operation at which kill_at() struck; None: it has not come to that."""
        reported = self._ask("GET", "/lab/kill")
        operation: str | None = None if reported.get("gone") else reported.get("operation")
        return operation

    def disarm(self) -> None:
        """Nothing is killed any longer."""
        self._ask("DELETE", "/lab/kill")

    def latency(self, ms: float) -> None:
        """Let every AWS answer take that much longer; requests side by side wait side by side."""
        self._ask("POST", "/lab/latency", {"ms": ms})

    def state(self) -> dict[str, Any]:
        """environments and queues by name as Batch would describe them, definitions, jobs, and hosts by environment.

        It counts neither as a call nor as a poll.
        """
        reported: dict[str, Any] = self._ask("GET", "/lab/state")
        return reported

    def settle(self) -> None:
        """Let hosts come and go at once, that would after some more polls; jobs stay where they are."""
        self._ask("POST", "/lab/settle")

    def updates(self) -> list[dict[str, Any]]:
        """The payload of every UpdateComputeEnvironment since load() or reset_calls(), refused ones included."""
        reported: list[dict[str, Any]] = self._ask("GET", "/lab/updates")["updates"]
        return reported

    def replacing_updates(self) -> list[dict[str, Any]]:
        """Those that sent more than vCPUs: to AWS no scaling, but a replacement of the instances."""
        return [u for u in self.updates() if u.keys() - _SCALING or u.get("computeResources", {}).keys() - _VCPUS]

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data=data, method=method)
        try:
            # Whatever proxy the machine has: loopback is reached without one.
            with build_opener(ProxyHandler({})).open(request, timeout=600) as answer:
                return json.load(answer)
        except HTTPError as error:
            with error:
                raise ValueError(f"{method} {path}: {error.read().decode()}") from None


_SCALING = {"computeEnvironment", "computeResources"}
_VCPUS = {"minvCpus", "maxvCpus", "desiredvCpus"}
_AWS_FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")


def require() -> None:
    """Skip the test where the double cannot run, except in CI: there it is expected, so fail."""
    if find_spec("moto") is not None:
        return
    if os.environ.get("CI") == "true":
        pytest.fail("the AWS double needs moto")
    pytest.skip("the AWS double needs moto: pip install -e '.[test]'")


@contextmanager
def running(scenario: Scenario, timeout: float = 600) -> Iterator[Double]:
    """The double, holding the scenario, for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as messages:
        file = Path(folder, "scenario.json")
        file.write_text(json.dumps(scenario.to_json()), encoding="utf-8")
        command = [sys.executable, "-m", "tests.lab.aws", "--port", "0", "--scenario", str(file)]
        with Popen(command, cwd=ROOT, stdout=PIPE, stderr=messages, text=True) as process:
            try:
                yield Double(_ready(process, messages, timeout), scenario.region)
            finally:
                _stop(process)


def _ready(process: Popen[str], messages: IO[str], timeout: float) -> str:
    assert process.stdout is not None
    # Killing it ends the loop below: a pipe that is read line by line cannot itself time out.
    timer = Timer(timeout, process.kill)
    timer.start()
    try:
        for line in process.stdout:
            word, _, url = line.strip().partition(" ")
            if word == "ready":
                return url
    finally:
        timer.cancel()
    messages.seek(0)
    raise RuntimeError(f"the AWS double was not ready within {timeout:g} s; it printed:\n{messages.read()}")


def _stop(process: Popen[str]) -> None:
    process.terminate()
    timer = Timer(STOP_SECONDS, process.kill)
    timer.start()
    try:
        process.wait()
    finally:
        timer.cancel()
