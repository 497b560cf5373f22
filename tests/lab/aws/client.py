"""What tests use: the double in a process of its own, and a handle on it."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen
from threading import Timer
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

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

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data=data, method=method)
        try:
            # Whatever proxy the machine has: loopback is reached without one.
            with build_opener(ProxyHandler({})).open(request, timeout=60) as answer:
                return json.load(answer)
        except HTTPError as error:
            with error:
                raise ValueError(f"{method} {path}: {error.read().decode()}") from None


_AWS_FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")


@contextmanager
def running(scenario: Scenario, timeout: float = 60) -> Iterator[Double]:
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
    raise RuntimeError(f"the AWS double was not ready within {timeout:g} s; it said:\n{messages.read()}")


def _stop(process: Popen[str]) -> None:
    process.terminate()
    timer = Timer(STOP_SECONDS, process.kill)
    timer.start()
    try:
        process.wait()
    finally:
        timer.cancel()
