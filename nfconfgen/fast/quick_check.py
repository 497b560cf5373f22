"""`nfconfgen check` where nothing has changed, which is the usual case; nfconfgen/commands/check.py does the rest.

Plain arguments are read without typer, whose import takes longer than the check (CONTRIBUTING.md, decision 59).
"""

from __future__ import annotations

import os
import sys

from nfconfgen.errors import OK
from nfconfgen.fast import cache, discovery
from nfconfgen.fast.unchanged import up_to_date
from nfconfgen.wording import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    Known = tuple[bool, list[Any] | None]
    """Whether the generated files are known to be up to date, and the known findings on the pipeline around the
    profile (None: not known)."""
    Closer = Callable[[Mapping[str, Known], str, str, bool, str], int]

_SOUND: Known = (True, [])
_NOTHING: Known = (False, None)
_VALUES = {"--format": ("text", "json", "github"), "--color": ("auto", "always", "never")}


def run_plain(arguments: Sequence[str], closer: Closer) -> int | None:
    """The exit code of `nfconfgen check`. None, and nothing is done, for another command and for arguments that typer
    has to read: --help, a misspelt option. `closer` takes over where names and hashes do not suffice."""
    if not arguments or arguments[0] != "check":
        return None
    paths, values, quiet, full = [], {"--format": "text", "--color": "auto"}, False, False
    pipeline = ""
    rest = iter(arguments[1:])
    for argument in rest:
        if argument in ("-q", "--quiet"):
            quiet = True
        elif argument == "--full":
            full = True
        elif argument == "--pipeline" and not pipeline:
            pipeline = next(rest, "")
            if not pipeline or _on_the_path("nextflow"):
                return None  # Nextflow is queried, so nothing that is remembered counts
        elif argument in _VALUES:
            value = next(rest, "")
            if value not in _VALUES[argument]:
                return None
            values[argument] = value
        elif argument.startswith("-") or not argument:
            return None
        else:
            paths.append(argument)
    known = recall(paths, full=full, own=not pipeline)
    if values["--format"] != "json" and not pipeline and all(one == _SOUND for one in known.values()):
        if not quiet:
            report_up_to_date(len(known))
        return OK
    return closer(known, values["--format"], values["--color"], quiet, pipeline)


def _on_the_path(command: str) -> bool:
    """As by shutil.which, whose import takes longer than the check."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return any(os.access(os.path.join(folder, command), os.X_OK) for folder in folders)


def recall(arguments: Sequence[str], *, full: bool, own: bool = True) -> Mapping[str, Known]:
    """What is known about each profile that these files are, or belong to; without files, about each profile of the
    repository. With `full`, and always in CI, nothing is taken from the cache; `own`: also the pipeline around it."""
    profiles = discovery.of_arguments(arguments) if arguments else discovery.of_repository()
    full = full or cache.in_ci()
    cache.believes_templates = not full
    if full:
        return dict.fromkeys(profiles, _NOTHING)
    return {profile: (up_to_date(profile), _of_pipeline(profile) if own else None) for profile in profiles}


def report_up_to_date(count: int) -> None:
    print(f"{counted(count, 'profile is', 'profiles are')} up to date", file=sys.stderr, flush=True)


def _of_pipeline(profile: str) -> list[Any] | None:
    folder = discovery.pipeline_around(profile)
    return [] if folder is None else cache.known_findings(profile, folder)
