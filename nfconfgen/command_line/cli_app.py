"""The command line as Typer sees it, and how its commands are added."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from nfconfgen.command_line import cli_options as opt
from nfconfgen.shell.application import app

__all__ = ["app"]

_Command = TypeVar("_Command", bound=Callable[..., None])


def command(function: _Command) -> _Command:
    """A command of this name (without an underscore at its end), whose help ends with examples."""
    name = function.__name__.removesuffix("_")
    return app.command(name=name, epilog=opt.epilog(name))(function)
