"""The command line: each command parses its options and makes one call, which returns the exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nfconfgen.command_line import cli_options as opt
from nfconfgen.errors import UsageError
from nfconfgen.report.reporter import Reporting
from nfconfgen.shell import application
from nfconfgen.shell.application import app as app
from nfconfgen.terminal.console import Console


@application.command
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
    imports: opt.Imports = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: take what is found.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the profile; ask and write nothing.")] = False,
    quiet: opt.Quiet = False,
    colour: opt.Colour = "auto",
) -> None:
    """Write a first profile for a pipeline: finds processes, partitions and queues, asks the rest, and builds."""
    from nfconfgen.commands import init as command
    from nfconfgen.initialise.wanted import Wanted

    wanted = Wanted(sites or (), partitions or (), queues or (), region, work_dirs or (), cli_path)
    options = command.Init(folder, wanted, name, tuple(collected or ()), imports, yes, dry_run)
    raise typer.Exit(command.run(options, Console(colour, quiet)))


@application.command
def build(
    files: opt.Files = None,
    everything: opt.All = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write conf/ and launch/ into this folder.")] = None,
    offline: opt.Offline = False,
    refresh: opt.Refresh = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that were edited.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; write nothing.")] = False,
    collected: opt.Collected = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="End with 1 if any file changes.")] = False,
    strict: opt.Strict = False,
    verbose: opt.Verbose = False,
    quiet: opt.Quiet = False,
    output_format: opt.Format = "text",
    colour: opt.Colour = "auto",
) -> None:
    """Generate the Nextflow profiles, job definitions and scripts of a profile, and show the plan."""
    from nfconfgen.commands import build as command

    if offline and refresh:
        raise UsageError("--offline and --refresh cannot be combined: refreshing queries AWS")
    reporting = Reporting(output_format, strict, verbose)
    profiles = opt.profiles_of(files or [], everything=everything)
    how = (reporting, out, offline, refresh, force, dry_run, exit_code, tuple(collected or ()))
    builds = [command.Build(path, *how) for path in profiles]
    raise typer.Exit(command.run(builds, Console(colour, quiet)))


@application.command
def validate(
    profiles: Annotated[list[Path] | None, typer.Argument(help="The profiles. Default: profile.yml here.")] = None,
    strict: opt.Strict = False,
    quiet: opt.Quiet = False,
    output_format: opt.Format = "text",
    colour: opt.Colour = "auto",
) -> None:
    """Check profiles offline, and whether requests fit if the lock has the queues. Read-only."""
    from nfconfgen.commands import validate as command

    paths = profiles or [opt.default_profile()]
    raise typer.Exit(command.run(paths, Reporting(output_format, strict), Console(colour, quiet)))


@application.command
def check(
    files: opt.BuiltFiles = None,
    full: opt.Full = False,
    live: opt.Live = False,
    collected: opt.Collected = None,
    pipeline: opt.Pipeline = None,
    quiet: opt.Quiet = False,
    output_format: opt.Format = "text",
    colour: opt.Colour = "auto",
) -> None:
    """Check that generated files are up to date, and print the command that fixes them. Offline, read-only."""
    from nfconfgen.commands import check as command
    from nfconfgen.fast.quick_check import recall

    # plain arguments do not get here: fast/quick_check.py reads them without typer
    console = Console(colour, quiet)
    more = command.more_checks(live=live, collected=tuple(collected or ()), pipeline=pipeline, console=console)
    known = recall(files or [], full=full)
    raise typer.Exit(command.run(known, output_format, console, more, with_own_pipeline=pipeline is None))


@application.command
def facts(
    profile: opt.Profile = None,
    offline: opt.Offline = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Write what is found into the lock.")] = False,
    collect: opt.Collect = False,
    script: opt.CollectScript = False,
    collected: opt.Collected = None,
    strict: opt.Strict = False,
    verbose: opt.Verbose = False,
    quiet: opt.Quiet = False,
    output_format: opt.Format = "text",
    colour: opt.Colour = "auto",
) -> None:
    """Show what the queues offer: machines, their memory, where each number comes from and how old it is."""
    from nfconfgen.commands import facts as command

    if collect or script:
        raise typer.Exit(command.collect(Console(colour, quiet), script=script))
    reporting = Reporting(output_format, strict, verbose)
    options = command.Facts(profile or opt.default_profile(), reporting, offline, refresh, tuple(collected or ()))
    raise typer.Exit(command.run(options, Console(colour, quiet)))


@application.command
def verify(
    profile: opt.Profile = None,
    pipeline: opt.RunPipeline = None,
    strict: opt.Strict = False,
    quiet: opt.Quiet = False,
    output_format: opt.Format = "text",
    colour: opt.Colour = "auto",
) -> None:
    """Compare the configuration that the installed Nextflow resolves with the plan, value by value."""
    from nfconfgen.commands import verify as command

    reporting = Reporting(output_format, strict)
    raise typer.Exit(command.run(profile or opt.default_profile(), reporting, Console(colour, quiet), pipeline))


@application.command
def explain(
    profile: opt.Profile = None,
    process: opt.Process = "",
    pipeline: opt.OfPipeline = None,
    site: opt.Site = "",
    prices: opt.Prices = None,
    html: opt.Html = None,
    force: opt.ForcePage = False,
    strict: opt.Strict = False,
    quiet: opt.Quiet = False,
    output_format: opt.Format = "text",
    colour: opt.Colour = "auto",
) -> None:
    """Show why each request fits: its machine, how full that is, the source of each number, and what failures do."""
    from nfconfgen.commands import explain as command

    how = (Reporting(output_format, strict), process, site, html, force, pipeline, prices)
    options = command.Explain(profile or opt.default_profile(), *how)
    raise typer.Exit(command.run(options, Console(colour, quiet)))


@application.command
def recommend(
    profile: opt.ProfileOfRuns,
    runs: opt.Runs,
    second_tries: opt.SecondTries = "5%",
    write: Annotated[bool, typer.Option("--write", help="Change the profile; comments and style stay.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what --write changes.")] = False,
    labels: Annotated[bool, typer.Option("--labels", help="One request for each label in the profile.")] = False,
    pipeline: opt.LabelledPipeline = None,
    machines: Annotated[bool, typer.Option("--machines", help="Ask AWS which machines it offers.")] = False,
    prices: opt.Prices = None,
    samples: opt.Samples = None,
    within: Annotated[str, typer.Option("--within", help="When they shall be done: how many machines.")] = "",
    html: opt.Html = None,
    force: opt.ForcePage = False,
    strict: opt.Strict = False,
    quiet: opt.Quiet = False,
    output_format: opt.Format = "text",
    colour: opt.Colour = "auto",
) -> None:
    """Size tasks by what past runs used: reads their traces and reports, proposes requests, and edits the profile."""
    from nfconfgen.commands import recommend as command
    from nfconfgen.commands.recommending.where_to_run import Wanted

    within_s = opt.seconds_of(within, "--within") if within else None
    wanted = Wanted(machines, prices, samples, within_s)
    how = (Reporting(output_format, strict), command.chance_of(second_tries), write, diff, html, force, wanted)
    options = command.Recommend(profile, tuple(runs), *how, labels, pipeline)
    raise typer.Exit(command.run(options, Console(colour, quiet)))


@application.command
def diff(
    arguments: opt.Sites = None,
    pipeline: opt.OfPipeline = None,
    quiet: opt.Quiet = False,
    output_format: opt.Format = "text",
    colour: opt.Colour = "auto",
) -> None:
    """Compare sites side by side: what is equal, what differs on purpose, and what is a finding."""
    from nfconfgen.commands import diff as command

    profile, sites = command.arguments(arguments or [])
    options = command.Diff(profile or opt.default_profile(), output_format, sites, pipeline)
    raise typer.Exit(command.run(options, Console(colour, quiet)))


@application.command
def rule(name: opt.Rule = "", colour: opt.Colour = "auto") -> None:
    """Explain a rule: what it means, why it matters, how to fix it, with an example. Without a name, list all."""
    from nfconfgen.commands import reference

    raise typer.Exit(reference.rule(name, Console(colour)))


@application.command
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


@application.command
def schema(name: opt.Schema = "profile") -> None:
    """Print the JSON Schema of profile.yml, the lock or a report; its descriptions are the manual."""
    from nfconfgen.commands import reference

    raise typer.Exit(reference.schema(name, Console()))
