"""The commands that query or change clusters and accounts, other than a build does, after those of cli.py."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from nfconfgen.cli import app as app
from nfconfgen.command_line import cli_options as opt
from nfconfgen.errors import UsageError
from nfconfgen.report.reporter import Reporting
from nfconfgen.shell import application
from nfconfgen.terminal.console import Console


@application.command
def probe(
    profile: opt.Profile = None,
    queues: Annotated[list[str] | None, typer.Option("--queue", help="Only this queue; repeatable.")] = None,
    scale: opt.Scale = False,
    restore: Annotated[bool, typer.Option("--restore", help="Undo an interrupted probe.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Also measure what is measured already.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Start instances, or undo, without asking.")] = False,
    timeout: Annotated[str, typer.Option("--timeout", help="How long to wait for an instance.")] = "15m",
    poll: Annotated[float, typer.Option("--poll", help="Seconds between two queries.", min=0.0)] = 10.0,
    quiet: opt.Quiet = False,
    colour: opt.Colour = "auto",
) -> None:
    """Measure machines: start an instance of each type in the plan, read what it registers, terminate it."""
    from nfconfgen.commands.sites import probe as command
    from nfconfgen.executors.examination import Measure

    path, seconds = profile or opt.default_profile(), opt.seconds_of(timeout)
    chosen = Measure(path, tuple(queues or ()), scale, again, yes, seconds, poll)
    raise typer.Exit(command.run(chosen, Console(colour, quiet), restore=restore))


@application.command
def provision(
    profile: opt.Profile = None,
    diff: Annotated[bool, typer.Option("--diff", help="Show what AWS has otherwise; change nothing.")] = False,
    deploy: Annotated[bool, typer.Option("--deploy", help="Make or update the stack, then build again.")] = False,
    destroy: Annotated[bool, typer.Option("--destroy", help="Delete the stack, then build again.")] = False,
    sites: Annotated[list[str] | None, typer.Option("--site", help="Only this site; repeatable.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Deploy or destroy without asking.")] = False,
    timeout: Annotated[str, typer.Option("--timeout", help="How long to wait for AWS.")] = "1h",
    poll: Annotated[float, typer.Option("--poll", help="Seconds between two queries.", min=0.0)] = 5.0,
    quiet: opt.Quiet = False,
    colour: opt.Colour = "auto",
) -> None:
    """Make the queues that a profile declares: writes the CloudFormation stack, compares, deploys or deletes it."""
    from nfconfgen.commands.sites import provision as command
    from nfconfgen.executors.examination import Provision

    chosen: list[Literal["diff", "deploy", "destroy"]] = []
    if diff:
        chosen.append("diff")
    if deploy:
        chosen.append("deploy")
    if destroy:
        chosen.append("destroy")
    if len(chosen) > 1:
        raise UsageError(f"--{chosen[0]} and --{chosen[1]} cannot be combined")
    what = Provision(chosen[0], yes, opt.seconds_of(timeout), poll) if chosen else None
    options = command.Options(profile or opt.default_profile(), what, tuple(sites or ()))
    raise typer.Exit(command.run(options, Console(colour, quiet)))


@application.command
def register(
    profile: opt.Profile = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Then deregister what this build does not use any more.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the commands; register nothing.")] = False,
    colour: opt.Colour = "auto",
) -> None:
    """Register the job definitions with AWS Batch, as launch/register-job-definitions.sh does. Once is enough."""
    from nfconfgen.commands.sites import register as command

    options = command.Register(profile or opt.default_profile(), prune, dry_run)
    raise typer.Exit(command.run(options, Console(colour)))


@application.command
def doctor(
    profile: opt.Profile = None,
    strict: opt.Strict = False,
    verbose: opt.Verbose = False,
    quiet: opt.Quiet = False,
    output_format: opt.Format = "text",
    colour: opt.Colour = "auto",
) -> None:
    """Check with AWS and Slurm that jobs will run, and explain those that are stuck. Read-only."""
    from nfconfgen.commands.sites import doctor as command

    reporting = Reporting(output_format, strict, verbose)
    raise typer.Exit(command.run(profile or opt.default_profile(), reporting, Console(colour, quiet)))
