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
    unused = built.plan.profile.pipeline.unused if built.plan is not None else {}
    if unused:
        yield ""
        yield f"To decide, as no queue has the GPUs that {', '.join(unused)} ask for:"
        yield f"  {profile} names them under unused, as if your runs never came to them. If they do, a run fails or"
        yield "  waits there: name a queue with GPUs, and remove the line."
    unfit = [finding for finding in built.unfit if finding.level == "error"]
    if unfit:
        yield ""
        yield "To decide, as the pipeline asks for what no queue of a site holds:"
        yield from (f"  {finding.place}: {finding.text} [{finding.rule}]" for finding in unfit)
        names = _unfit(built)
        yield f"  A run that comes there fails or waits: change queues or tasks in {profile}; or, if yours never do:"
        yield f"    pipeline: {{..., unused: [{', '.join(names)}]}}"
        yield "  Until then, `nfconfgen check` ends with exit code 1."


def _unfit(built: FirstBuild) -> list[str]:
    """The names of the processes, without those that are unused already."""
    plans = ((plan, site) for site in built.planned for plan in site.processes)
    return sorted({plan.task.alias for plan, site in plans if plan.unfit and plan.task.qualified not in site.unused})
