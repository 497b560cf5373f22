"""The options that commands share, and how their values are read (UsageError for an invalid one)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from nfconfgen.errors import UsageError
from nfconfgen.fast.discovery import NAMES, of_arguments, of_repository
from nfconfgen.report import reporter
from nfconfgen.shell import completion
from nfconfgen.terminal import console

Format = Annotated[
    reporter.Format,
    typer.Option("--format", help="Format of the findings: text, json or github (annotations).", metavar="FORMAT"),
]
Colour = Annotated[console.Colour, typer.Option("--color", help="auto, always or never.", metavar="WHEN")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print findings and errors only.")]
Profile = Annotated[Path | None, typer.Argument(help="The profile. Default: profile.yml here.")]
ProfileOfRuns = Annotated[Path, typer.Argument(help="The profile.", metavar="PROFILE", show_default=False)]
Runs = Annotated[
    list[Path],
    typer.Argument(help="Traces and HTML reports of Nextflow, also as .gz.", metavar="RUN...", show_default=False),
]
SecondTries = Annotated[
    str, typer.Option("--second-tries", help="The share of tasks that may need a second try.", metavar="PERCENT")
]
Sites = Annotated[
    list[str] | None,
    typer.Argument(
        help="The profile (default: profile.yml here), and two of its sites (default: the first with each other).",
        metavar="[PROFILE] [SITE SITE]",
    ),
]
Folder = Annotated[Path, typer.Argument(help="The pipeline's folder. Default: this one.", show_default=False)]
NewSites = Annotated[
    list[str] | None,
    typer.Option("--site", help="slurm, awsbatch or local, as in cluster=slurm; repeatable.", metavar="[NAME=]WHERE"),
]
Partitions = Annotated[
    list[str] | None, typer.Option("--partition", help="A partition of Slurm, or auto; repeatable.", metavar="NAME")
]
JobQueues = Annotated[
    list[str] | None, typer.Option("--queue", help="A job queue of AWS Batch; repeatable.", metavar="NAME")
]
Region = Annotated[str, typer.Option("--region", help="The region of AWS.", metavar="NAME")]
WorkDirs = Annotated[
    list[str] | None,
    typer.Option("--work-dir", help="Nextflow's work directory; s3://… is for AWS; repeatable.", metavar="DIR"),
]
CliPath = Annotated[
    str, typer.Option("--cli-path", help="The AWS CLI on the instances; default: in the images.", metavar="FILE")
]
Imports = Annotated[
    bool | None,
    typer.Option("--import/--no-import", help="Import existing configs for Slurm or AWS Batch.", show_default=False),
]
PipelineName = Annotated[str, typer.Option("--name", help="Short name of the pipeline.", metavar="NAME")]
Offline = Annotated[bool, typer.Option("--offline", help="Query nothing: use the facts in the lock.")]
Collected = Annotated[
    list[Path] | None,
    typer.Option(
        "--from", help="Facts of a cluster, collected there or written by hand; repeatable.", metavar="FILE"
    ),
]
BuiltFiles = Annotated[
    list[str] | None,
    typer.Argument(help="Profiles, their locks or outputs, or folders. Default: every profile of the repository."),
]
Files = Annotated[
    list[str] | None,
    typer.Argument(help="Profiles, their locks or outputs, or folders. Default: profile.yml here."),
]
Collect = Annotated[
    bool, typer.Option("--collect", help="Print what this machine's Slurm offers, for --from on another machine.")
]
CollectScript = Annotated[
    bool, typer.Option("--collect-script", help="Print a shell script that does so without nfconfgen.")
]
Scale = Annotated[bool, typer.Option("--scale", help="Raise minvCpus temporarily instead of submitting a tiny job.")]
Full = Annotated[
    bool, typer.Option("--full", help="Ignore the cache: render and compare everything. Always on with CI=true.")
]
Refresh = Annotated[bool, typer.Option("--refresh", help="Ignore cached values and query again.")]
Live = Annotated[bool, typer.Option("--live", help="Also query AWS and Slurm, and report what a build would change.")]
Pipeline = Annotated[
    Path | None, typer.Option("--pipeline", help="Also check the profile against this pipeline.", metavar="DIR")
]
OfPipeline = Annotated[
    Path | None,
    typer.Option("--pipeline", help="Also its processes; default: the pipeline around the profile.", metavar="DIR"),
]
LabelledPipeline = Annotated[
    Path | None,
    typer.Option("--pipeline", help="For --labels; default: the pipeline around the profile.", metavar="DIR"),
]
RunPipeline = Annotated[
    Path | None,
    typer.Option("--pipeline", help="Also its processes; Nextflow runs the pipeline's config.", metavar="DIR"),
]
All = Annotated[bool, typer.Option("--all", help="Without files: every profile of the repository.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print how many AWS calls were made.")]
Process = Annotated[
    str,
    typer.Option("--process", help="Only this process, label or default.", autocompletion=completion.processes),
]
Site = Annotated[str, typer.Option("--site", help="Only this site.", autocompletion=completion.sites)]
ForcePage = Annotated[bool, typer.Option("--force", help="Replace FILE even if it is no such page.")]
Samples = Annotated[
    int | None,
    typer.Option("--samples", help="Of the run that is planned; default: as many as these had.", min=1, metavar="N"),
]
Html = Annotated[Path | None, typer.Option("--html", help="Write an HTML page.", metavar="FILE")]
Prices = Annotated[
    str | None,
    typer.Option("--prices", help="What tasks cost, by a file of prices or live from AWS.", metavar="FILE|live"),
]
Rule = Annotated[str, typer.Argument(help="The word in brackets of a finding.", autocompletion=completion.rules)]
Schema = Annotated[
    str,
    typer.Argument(
        help=f"{', '.join(completion.SCHEMAS[:-1])} or {completion.SCHEMAS[-1]}.",
        autocompletion=completion.schemas,
    ),
]
Configs = Annotated[
    list[Path], typer.Argument(help="Nextflow configs: each describes a site, or several as profiles.")
]
Profiles = Annotated[
    list[str] | None,
    typer.Option("--profile", help="Only this profile of the configs; repeatable.", metavar="NAME"),
]
ProfileOut = Annotated[Path, typer.Option("--out", help="The profile to write.", metavar="FILE")]
Strict = Annotated[bool, typer.Option("--strict", help="Treat warnings as errors.")]


def profiles_of(files: Sequence[str], *, everything: bool) -> list[Path]:
    if not files:
        return list(map(Path, of_repository())) if everything else [default_profile()]
    try:
        return list(map(Path, of_arguments(files)))
    except UsageError:
        if len(files) > 1:
            raise
        return [Path(files[0])]  # reading it gives a finding with its position


def default_profile() -> Path:
    for name in NAMES:
        if Path(name).exists():
            return Path(name)
    raise UsageError(f"no {NAMES[0]} here: name the profile, as in `nfconfgen build profiles/salmon.yml`")


def seconds_of(text: str, option: str = "--timeout") -> int:
    from nfconfgen.profile.units import time_s

    try:
        return time_s(text)
    except ValueError:
        raise UsageError(f"{option} {text}: must be a time such as 15m") from None
