"""What a first build proves, in a line for each site."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nfconfgen.plan.model import SitePlan
from nfconfgen.processes.model import ProcessPlan, SiteProcesses
from nfconfgen.profile.model import Limits
from nfconfgen.wording import counted, listed, plural


def proof_lines(sites: Sequence[SitePlan], planned: Sequence[SiteProcesses]) -> Iterator[str]:
    """How many processes fit, site by site; `planned` is empty without a pipeline."""
    of_site = {one.site.site.name: one.processes for one in planned}
    for site in sites:
        words = site.site.executor.words
        known = [pool for pool in site.pools if pool.known]
        machines = listed((shape.name for pool in known for shape in pool.shapes), 4)
        if machines:
            capped = ", capped by its limits" if site.site.limits != Limits() else ""
            yield f"{site.site.name} ({machines}){_processes(of_site.get(site.site.name, ()))}{capped}"
        else:
            yield f"{site.site.name}: its {words.machine}s are unknown, so nothing is proven"


def _processes(plans: Sequence[ProcessPlan]) -> str:
    """Each process once, as the two parsers may read it differently; empty without any."""
    every = {plan.task.qualified for plan in plans}
    if not every:
        return ""
    unfit = {plan.task.qualified for plan in plans if plan.unfit}
    fitting = {plan.task.qualified for plan in plans if all(attempt.shape is not None for attempt in plan.attempts)}
    fitting -= unfit
    parts = [f"{len(fitting)} of {counted(len(every), 'process', 'processes')} fit on every attempt"]
    if unfit:
        parts.append(f"{len(unfit)} {plural(len(unfit), 'does', 'do')} not fit")
    if rest := every - unfit - fitting:
        parts.append(f"{len(rest)} {plural(len(rest), 'depends', 'depend')} on what is known only in a run")
    return f": {', '.join(parts)}"
