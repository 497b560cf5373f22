"""`nfconfgen check` where nothing has changed, as most of the time; nfconfgen/commands/check.py does the rest."""

from __future__ import annotations

import sys

from nfconfgen.errors import OK
from nfconfgen.fast import cache, discovery
from nfconfgen.fast.enclosing import around
from nfconfgen.fast.unchanged import up_to_date
from nfconfgen.wording import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    Known = tuple[bool, list[Any] | None]
    """Whether the generated files are known to be up to date; what is known to be wrong with the pipeline around the
    profile, or None if nothing is known."""
    Closer = Callable[[Mapping[str, Known], str, str, bool], int]

_SOUND: Known = (True, [])
_NOTHING: Known = (False, None)


def run(arguments: Sequence[str], output_format: str, colour: str, closer: Closer, *, quiet: bool, full: bool) -> int:
    """The exit code: 0 if everything is up to date, 1 if there are findings. `closer` takes over if names and hashes
    do not suffice."""
    known = recall(arguments, full=full)
    if output_format != "json" and all(one == _SOUND for one in known.values()):
        if not quiet:
            report_up_to_date(len(known))
        return OK
    return closer(known, output_format, colour, quiet)


def recall(arguments: Sequence[str], *, full: bool) -> Mapping[str, Known]:
    """What is known about each profile that these files are, or belong to; without files, about each profile of the
    repository. With `full`, and always in CI, nothing that this machine remembers is believed."""
    profiles = discovery.of_arguments(arguments) if arguments else discovery.of_repository()
    full = full or cache.in_ci()
    cache.believes_templates = not full
    return {profile: _NOTHING if full else (up_to_date(profile), _of_pipeline(profile)) for profile in profiles}


def report_up_to_date(count: int) -> None:
    print(f"{counted(count, 'profile is', 'profiles are')} in step", file=sys.stderr, flush=True)


def _of_pipeline(profile: str) -> list[Any] | None:
    folder = around(profile)
    return [] if folder is None else cache.known_findings(profile, folder)
