"""The commands that begin a profile."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nfconfgen.command_line import cli_options as opt
from nfconfgen.command_line.cli_app import command
from nfconfgen.report.reporter import Reporting
from nfconfgen.terminal.console import Console


@command
def init(
    folder: opt.Folder = Path(),
    sites: opt.NewSites = None,
    partitions: opt.Partitions = None,
    queues: opt.JobQueues = None,
    region: opt.Region = "",
    work_dirs: opt.WorkDirs = None,
    cli_path: opt.CliPath = "",
    collected: opt.Collected = None,
    name: opt.PipelineName = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: take what is found.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the profile; ask and write nothing.")] = False,
    quiet: opt.Quiet = False,
    colour: opt.Colour = "auto",
) -> None:
    """Write a first profile for a pipeline: finds processes, partitions and queues, asks the rest, and builds."""
    from nfconfgen.commands import init as command
    from nfconfgen.initialise.first_sites import Wanted

    wanted = Wanted(sites or (), partitions or (), queues or (), region, work_dirs or (), cli_path)
    options = command.Init(folder, wanted, name, tuple(collected or ()), yes, dry_run)
    raise typer.Exit(command.run(options, Console(colour, quiet)))


@command
def import_(
    configs: opt.Configs,
    profiles: opt.Profiles = None,
    out: opt.ProfileOut = Path("profile.yml"),
    name: Annotated[str, typer.Option("--name", help="Name of the pipeline. Default: of the folder.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace the profile if it exists.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the profile; write nothing.")] = False,
    strict: opt.Strict = False,
    quiet: opt.Quiet = False,
    output_format: opt.Format = "text",
    colour: opt.Colour = "auto",
) -> None:
    """Write a profile from existing Nextflow configs, and compare what it builds with them."""
    from nfconfgen.imports import run_import as command

    reporting = Reporting(output_format, strict)
    options = command.Import(tuple(configs), tuple(profiles or ()), out, name, reporting, force, dry_run)
    raise typer.Exit(command.run(options, Console(colour, quiet)))
