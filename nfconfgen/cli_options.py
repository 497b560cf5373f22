"""The options that commands share, and what their texts mean. UsageError for a text that means nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, cast

import typer

from nfconfgen.errors import UsageError
from nfconfgen.fast.discovery import NAMES, of_arguments, of_repository
from nfconfgen.report.reporter import Format
from nfconfgen.terminal.console import Colour

FormatOption = Annotated[
    str,
    typer.Option("--format", help="How findings are told: text, json, or github (annotations).", metavar="FORMAT"),
]
ColourOption = Annotated[str, typer.Option("--color", help="auto, always or never.", metavar="WHEN")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Only findings and errors.")]
ProfileArgument = Annotated[Path | None, typer.Argument(help="The profile. Default: profile.yml here.")]
SitesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        help="The profile (default: profile.yml here), and two of its sites (default: the first with each other).",
        metavar="[PROFILE] [SITE SITE]",
    ),
]
OfflineOption = Annotated[bool, typer.Option("--offline", help="Ask nobody: take the facts from the lock.")]
CollectedOption = Annotated[
    list[Path] | None,
    typer.Option("--from", help="What `facts --collect` printed on a cluster; may be said again.", metavar="FILE"),
]
KeptFilesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        help="Profiles, or locks and outputs of them, or folders. Default: every profile of the repository."
    ),
]
FilesArgument = Annotated[
    list[str] | None,
    typer.Argument(help="Profiles, or locks and outputs of them, or folders. Default: profile.yml here."),
]
CollectOption = Annotated[
    bool, typer.Option("--collect", help="Print what this machine's Slurm offers, for --from elsewhere.")
]
ScaleOption = Annotated[
    bool, typer.Option("--scale", help="Raise minvCpus for the while, instead of submitting a tiny job.")
]
FullOption = Annotated[
    bool, typer.Option("--full", help="Render and compare, whatever is remembered; with CI=true always.")
]
RefreshOption = Annotated[bool, typer.Option("--refresh", help="Forget remembered figures where new ones are had.")]
LiveOption = Annotated[
    bool, typer.Option("--live", help="Ask AWS and Slurm, too, and tell what a build would take in.")
]
PipelineOption = Annotated[
    Path | None, typer.Option("--pipeline", help="Judge this pipeline's folder, too.", metavar="DIR")
]
AllOption = Annotated[bool, typer.Option("--all", help="Without files: every profile of the repository.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Say how AWS was asked.")]
StrictOption = Annotated[bool, typer.Option("--strict", help="Take warnings for errors.")]


def profiles_of(files: Sequence[str], *, everything: bool) -> list[Path]:
    if not files:
        return list(map(Path, of_repository())) if everything else [default_profile()]
    try:
        return list(map(Path, of_arguments(files)))
    except UsageError:
        if len(files) > 1:
            raise
        return [Path(files[0])]  # whatever it is, what is wrong with it is told at its place


def default_profile() -> Path:
    for name in NAMES:
        if Path(name).exists():
            return Path(name)
    raise UsageError(f"no {NAMES[0]} here: name the profile, as in `nfconfgen build profiles/salmon.yml`")


def seconds_of(text: str) -> int:
    from nfconfgen.profile.units import time_s

    try:
        return time_s(text)
    except ValueError:
        raise UsageError(f"--timeout {text}: a time such as 15m") from None


def format_of(text: str) -> Format:
    if text not in ("text", "json", "github"):
        raise UsageError(f"--format {text}: text, json or github")
    return cast("Format", text)


def colour_of(text: str) -> Colour:
    if text not in ("auto", "always", "never"):
        raise UsageError(f"--color {text}: auto, always or never")
    return cast("Colour", text)
