"""The application of typer, to which cli.py and command_line/cli_sites.py add the commands, and its own options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

from nfconfgen import __version__
from nfconfgen.shell.examples import epilog

app = typer.Typer(
    name="nfconfgen",
    help="Generate Slurm and AWS Batch profiles for Nextflow from one profile.yml, and prove that each request fits.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nfconfgen {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


_Command = TypeVar("_Command", bound=Callable[..., None])


def command(function: _Command) -> _Command:
    """A command of this name (without a last `_`, for words of Python), whose help ends with examples."""
    name = function.__name__.rstrip("_")
    return app.command(name, epilog=epilog(name))(function)
