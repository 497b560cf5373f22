"""Runs the command line in this process. Tests of streams, signals and start-up start a process themselves."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from unittest import mock

import typer

from nfconfgen.__main__ import main
from nfconfgen.fast import discovery


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str

    def findings(self) -> list[str]:
        """The lines of a report as text, without the excerpts below them."""
        return [line for line in self.out.splitlines() if not line.startswith("  ")]


_commands = cache(typer.main.get_command)


def nfconfgen(
    *arguments: object, environment: Mapping[str, str] | Sequence[tuple[str, str]] = (), alone: bool = False
) -> Ended:
    """What `nfconfgen ARGUMENTS` prints, and its exit code; `alone`: with this environment and no other."""
    _forget()
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch("sys.argv", ["nfconfgen", *map(str, arguments)]),
        # or a usage line would name the module that python was started with
        mock.patch("__main__.__package__", None, create=True),
        # typer makes its commands anew for each call, from what does not change
        mock.patch("typer.main.get_command", _commands),
        # where the tests run in CI, checks would look more closely than those of a user do
        mock.patch.dict("os.environ", {"CI": "", **dict(environment)}, clear=alone),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = main()
    return Ended(code, out.getvalue(), err.getvalue())


def _forget() -> None:
    """What an earlier run found on the disk: a program that is started knows nothing of it."""
    for value in vars(discovery).values():
        if hasattr(value, "cache_clear"):
            value.cache_clear()
