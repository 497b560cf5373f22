"""Runs the command line in this process, where a test needs it often and nothing but its effects."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from unittest import mock

from nfconfgen.__main__ import main


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str


def process(*arguments: object, environment: Mapping[str, str]) -> Ended:
    """The same in a process of its own, with this environment and no other."""
    command = [sys.executable, "-m", "nfconfgen", *map(str, arguments)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(environment))
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def nfconfgen(
    *arguments: object, environment: Mapping[str, str] | Sequence[tuple[str, str]] = (), alone: bool = False
) -> Ended:
    """What `nfconfgen ARGUMENTS` prints, and its exit code; `alone`: with this environment and no other."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch("sys.argv", ["nfconfgen", *map(str, arguments)]),
        # or a usage line would name the module that python was started with
        mock.patch("__main__.__package__", None, create=True),
        # where the tests run in CI, checks would look more closely than those of a user do
        mock.patch.dict("os.environ", {"CI": "", **dict(environment)}, clear=alone),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = main()
    return Ended(code, out.getvalue(), err.getvalue())
