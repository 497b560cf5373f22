"""The application of typer to which nfconfgen/cli.py adds the commands, and its own options."""

from __future__ import annotations

from typing import Annotated

import typer

from nfconfgen import __version__

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
