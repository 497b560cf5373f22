"""Where the machines of a plan are bought, and which prices it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nfconfgen.explain.price_file import Market
from nfconfgen.facts.gather import Gathered
from nfconfgen.plan.model import Plan
from nfconfgen.processes.model import SiteProcesses

Needed = Mapping[str, tuple[Market, Mapping[str, bool]]]
"""By region: a market there, and the types of machines in the plan; whether on Spot as well."""


def markets(plan: Plan, gathered: Gathered) -> dict[str, Market]:
    """By site, for those whose machines have prices."""
    sites = [planned.site for planned in plan.sites]
    able = [(site, site.executor.prices) for site in sites]
    return {site.name: prices(site, gathered.of(site)) for site, prices in able if prices is not None}


def needed(by_site: Mapping[str, Market], plan: Plan, planned: Sequence[SiteProcesses]) -> Needed:
    """The machines of all classes and processes."""
    found: dict[str, tuple[Market, dict[str, bool]]] = {}
    for site, queue, machine in _machines(plan, planned):
        market = by_site.get(site)
        if market is not None and not market.unpriced(queue):
            _, machines = found.setdefault(market.region, (market, {}))
            machines[machine] = machines.get(machine, False) or market.spot(queue, machine)
    return found


def _machines(plan: Plan, planned: Sequence[SiteProcesses]) -> Iterator[tuple[str, str, str]]:
    """Site, queue and type of machine of each attempt that has one."""
    for site in plan.sites:
        for attempt in (attempt for task_plan in site.task_plans for attempt in task_plan.attempts):
            if attempt.shape is not None:
                yield site.site.name, attempt.request.queue, attempt.shape.name
    for of_site in planned:
        for each in (attempt for process in of_site.processes for attempt in process.attempts):
            if each.shape is not None:
                yield of_site.site.site.name, each.asks.queue.value or "", each.shape.name
