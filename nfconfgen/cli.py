"""The command line: options in, one call, exit code out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nfconfgen import __version__
from nfconfgen.cli_options import (
    AllOption,
    CollectedOption,
    CollectOption,
    ColourOption,
    FilesArgument,
    FormatOption,
    FullOption,
    KeptFilesArgument,
    LiveOption,
    OfflineOption,
    PipelineOption,
    ProfileArgument,
    QuietOption,
    RefreshOption,
    ScaleOption,
    SitesArgument,
    StrictOption,
    VerboseOption,
    colour_of,
    default_profile,
    format_of,
    profiles_of,
    seconds_of,
)
from nfconfgen.commands.options import Build, Common, Facts
from nfconfgen.errors import UsageError
from nfconfgen.terminal.console import Console

app = typer.Typer(
    name="nfconfgen",
    help="One profile.yml in, matching Slurm and AWS Batch profiles for Nextflow out, each request shown to fit.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

_SCHEMAS = ("profile", "lock", "report", "facts", "verify", "explain", "diff")


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


@app.command()
def build(
    files: FilesArgument = None,
    everything: AllOption = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write conf/ and launch/ into this folder.")] = None,
    offline: OfflineOption = False,
    refresh: RefreshOption = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that somebody has edited.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, write nothing.")] = False,
    collected: CollectedOption = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="End with 1 if any file changes.")] = False,
    strict: StrictOption = False,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
    output_format: FormatOption = "text",
    colour: ColourOption = "auto",
) -> None:
    """Make the Nextflow profiles, job definitions and scripts of a profile, and show the plan."""
    from nfconfgen.commands import build as command

    if offline and refresh:
        raise UsageError("--offline and --refresh do not go together: refreshing asks AWS")
    common = Common(format_of(output_format), strict, verbose)
    profiles = profiles_of(files or [], everything=everything)
    if out is not None and len(profiles) > 1:
        raise UsageError(f"--out takes one profile, as each writes the same names: {', '.join(map(str, profiles))}")
    builds = [
        Build(path, common, out, offline, refresh, force, dry_run, exit_code, tuple(collected or ()))
        for path in profiles
    ]
    raise typer.Exit(command.run(builds, Console(colour_of(colour), quiet)))


@app.command()
def validate(
    profiles: Annotated[list[Path] | None, typer.Argument(help="The profiles. Default: profile.yml here.")] = None,
    strict: StrictOption = False,
    quiet: QuietOption = False,
    output_format: FormatOption = "text",
    colour: ColourOption = "auto",
) -> None:
    """Judge profiles without asking anybody; whether requests fit, where the lock knows the queues."""
    from nfconfgen.commands import validate as command

    paths = profiles or [default_profile()]
    raise typer.Exit(command.run(paths, Common(format_of(output_format), strict), Console(colour_of(colour), quiet)))


@app.command()
def check(
    files: KeptFilesArgument = None,
    full: FullOption = False,
    live: LiveOption = False,
    collected: CollectedOption = None,
    pipeline: PipelineOption = None,
    quiet: QuietOption = False,
    output_format: FormatOption = "text",
    colour: ColourOption = "auto",
) -> None:
    """Tell whether every output is what profile and lock give, and what mends it; asks nobody, writes nothing."""
    from nfconfgen.commands import check as command
    from nfconfgen.commands.more_checks import more_checks
    from nfconfgen.fast.quick_check import recall

    # plain arguments do not come here: fast/arguments.py reads them, much sooner
    console = Console(colour_of(colour), quiet)
    more = more_checks(live=live, collected=tuple(collected or ()), pipeline=pipeline, console=console)
    told = (recall(files or [], full=full), format_of(output_format), colour_of(colour))
    raise typer.Exit(command.run(*told, quiet=quiet, more=more, by_itself=not pipeline))


@app.command()
def facts(
    profile: ProfileArgument = None,
    offline: OfflineOption = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Write what is found into the lock.")] = False,
    collect: CollectOption = False,
    collected: CollectedOption = None,
    strict: StrictOption = False,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
    output_format: FormatOption = "text",
    colour: ColourOption = "auto",
) -> None:
    """Show what the queues offer: machines, their memory, where each number comes from and how old it is."""
    from nfconfgen.commands import facts as command

    if collect:
        raise typer.Exit(command.collect(Console(colour_of(colour), quiet)))
    if offline and refresh and not collected:
        raise UsageError("--offline and --refresh do not go together: refreshing asks AWS and Slurm")
    common = Common(format_of(output_format), strict, verbose)
    options = Facts(profile or default_profile(), common, offline, refresh, tuple(collected or ()))
    raise typer.Exit(command.run(options, Console(colour_of(colour), quiet)))


@app.command()
def probe(
    profile: ProfileArgument = None,
    queues: Annotated[list[str] | None, typer.Option("--queue", help="Only this queue; may be said again.")] = None,
    scale: ScaleOption = False,
    restore: Annotated[bool, typer.Option("--restore", help="Undo a probe that was cut off.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Measure also what is measured already.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Start instances, or undo, without asking.")] = False,
    timeout: Annotated[str, typer.Option("--timeout", help="How long to wait for an instance.")] = "15m",
    poll: Annotated[float, typer.Option("--poll", help="Seconds between two looks.", min=0.0)] = 10.0,
    quiet: QuietOption = False,
    colour: ColourOption = "auto",
) -> None:
    """Measure: start an instance of each type the plan stands on, read what it registers, end it again."""
    from nfconfgen.commands import probe as command
    from nfconfgen.executors.tasks import Measure

    path, seconds = profile or default_profile(), seconds_of(timeout)
    chosen = Measure(path, tuple(queues or ()), scale, again, yes, seconds, poll)
    raise typer.Exit(command.run(chosen, Console(colour_of(colour), quiet), restore=restore))


@app.command()
def doctor(
    profile: ProfileArgument = None,
    strict: StrictOption = False,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
    output_format: FormatOption = "text",
    colour: ColourOption = "auto",
) -> None:
    """Ask AWS whether jobs will run, start at once and leave nothing to pay for; changes nothing."""
    from nfconfgen.commands import doctor as command

    common = Common(format_of(output_format), strict, verbose)
    raise typer.Exit(command.run(profile or default_profile(), common, Console(colour_of(colour), quiet)))


@app.command()
def verify(
    profile: ProfileArgument = None,
    strict: StrictOption = False,
    quiet: QuietOption = False,
    output_format: FormatOption = "text",
    colour: ColourOption = "auto",
) -> None:
    """Have the installed Nextflow read what was built, and compare what it resolves with the plan, cell by cell."""
    from nfconfgen.commands import verify as command

    common = Common(format_of(output_format), strict)
    raise typer.Exit(command.run(profile or default_profile(), common, Console(colour_of(colour), quiet)))


@app.command()
def explain(
    profile: ProfileArgument = None,
    process: Annotated[str, typer.Option("--process", help="Only this process, label or default.")] = "",
    site: Annotated[str, typer.Option("--site", help="Only this site.")] = "",
    html: Annotated[Path | None, typer.Option("--html", help="Write a page to look at.", metavar="FILE")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE whatever it is.")] = False,
    strict: StrictOption = False,
    quiet: QuietOption = False,
    output_format: FormatOption = "text",
    colour: ColourOption = "auto",
) -> None:
    """Show the proof: what holds each request, how full it is, where each number comes from, what a failure does."""
    from nfconfgen.commands import explain as command

    common = Common(format_of(output_format), strict)
    options = command.Explain(profile or default_profile(), common, process, site, html, force)
    raise typer.Exit(command.run(options, Console(colour_of(colour), quiet)))


@app.command()
def diff(
    arguments: SitesArgument = None,
    quiet: QuietOption = False,
    output_format: FormatOption = "text",
    colour: ColourOption = "auto",
) -> None:
    """Show sites side by side: what is the same, what is meant to differ, and what is a finding."""
    from nfconfgen.commands import diff as command

    profile, sites = command.arguments(arguments or [])
    options = command.Diff(profile or default_profile(), format_of(output_format), sites)
    raise typer.Exit(command.run(options, Console(colour_of(colour), quiet)))


@app.command()
def schema(
    name: Annotated[str, typer.Argument(help=f"{', '.join(_SCHEMAS[:-1])} or {_SCHEMAS[-1]}.")] = "profile",
) -> None:
    """Print the JSON Schema of profile.yml (or of the lock, or of reports): its descriptions are the manual."""
    from nfconfgen._data import folder

    if name not in _SCHEMAS:
        raise UsageError(f"there is no schema '{name}': {', '.join(_SCHEMAS[:-1])} or {_SCHEMAS[-1]}")
    Console().document((folder("schemas") / f"{name}.schema.json").read_text(encoding="utf-8"))
