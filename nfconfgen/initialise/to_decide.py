"""What a first profile leaves to the user to decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from nfconfgen.initialise.first_build import FirstBuild
from nfconfgen.initialise.first_sites import FirstSite


def decisions(profile: Path, sites: Sequence[FirstSite], built: FirstBuild) -> Iterator[str]:
    """Keys of existing configs that were left out, and processes that no queue holds, with what to do."""
    aside = [(site.name, line) for site in sites if site.brought is not None for line in site.brought.aside]
    if aside:
        yield ""
        yield f"To decide, as it is only a comment in {profile}:"
        yield from (f"  {name}: {line}" for name, line in aside)
    if built.unfit:
        yield ""
        yield "To decide, as the pipeline asks for what no queue of a site holds:"
        yield from (f"  {finding.place}: {finding.text} [{finding.rule}]" for finding in built.unfit)
        yield f"  A run that comes to it fails or waits there: if yours do, change queues or tasks in {profile}."
        yield "  Until then, `nfconfgen check` reports it, and ends with exit code 1."
