"""Where recommended requests run: for `nfconfgen recommend`, by the plan, by what AWS offers, and simulated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nfconfgen.assess import Assessment
from nfconfgen.commands.common import no_site, utc_now
from nfconfgen.executors.table import EXECUTORS
from nfconfgen.explain import price_file
from nfconfgen.explain.price_file import Market, Prices
from nfconfgen.explain.priced_machines import markets
from nfconfgen.facts.model import Shape
from nfconfgen.facts.query import Query, read_all
from nfconfgen.facts.rows import Row
from nfconfgen.findings import Finding
from nfconfgen.plan.model import SitePlan
from nfconfgen.recommend.charts.fleet_view import Simulated
from nfconfgen.recommend.proposal import Proposal
from nfconfgen.recommend.simulation.of_site import Rates, simulated
from nfconfgen.recommend.simulation.queue_machines import STARTUP_S, UNLIMITED
from nfconfgen.recommend.where import machines_text, placements
from nfconfgen.recommend.where.worth_having import Worth, to_price, worth_having
from nfconfgen.sync.price_files import prices_by
from nfconfgen.terminal.console import Console

_FREE = "How many machines there are is not known: as many as are needed are assumed."


@dataclass(frozen=True, slots=True)
class Wanted:
    """`machines`: AWS is asked what it offers. `prices` is a file or `live`; None: no prices. `samples`: of the run
    that is planned (None: as many as the runs had), which shall end `within_s`."""

    machines: bool = False
    prices: str | None = None
    samples: int | None = None
    within_s: int | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """The plan of the changed profile with what machines there are and what they cost."""

    assessment: Assessment
    found: Sequence[Proposal]
    wanted: Wanted
    offered: Mapping[str, Sequence[Shape]]
    markets: Mapping[str, Market]
    prices: Prices | None
    doubts: tuple[Finding, ...] = ()
    """Of the prices: old ones, and those that are missing."""

    @property
    def plans(self) -> Sequence[SitePlan]:
        return _sites(self.assessment)

    @property
    def placements(self) -> list[placements.Placement]:
        return placements.placements(self.plans, [each.process for each in self.found])

    def lines(self) -> Iterator[str]:
        """The placements, and for each site with prices or types what is worth having."""
        yield from placements.lines(self.placements)
        for plan in self.plans:
            worths = self._worth(plan) if plan.site.name in self.offered else []
            if worths:
                yield ""
                by = f"prices of {self.prices.date}" if self.prices is not None else ""
                yield from machines_text.lines(worths, plan.site.executor.scope(plan.site), "instance types", by)
                yield from self._fleet(worths)

    def simulated(self, before: Sequence[SitePlan]) -> Iterator[Simulated]:
        """The runs at each site, as the processes asked before and as proposed."""
        seen = [each.observed for each in self.found]
        for plan in self.plans:
            asked = next((each for each in before if each.site.name == plan.site.name), None)
            rows, rates = self._rows(plan), self._rates(plan)
            first = simulated(asked, seen, rows, self.wanted.samples, rates) if asked is not None else None
            then = simulated(plan, seen, rows, self.wanted.samples, rates)
            uses = [use for run in (first, then) if run is not None for use in run.queues]
            if uses:
                free = any(use.queue.most == UNLIMITED for use in uses)
                yield Simulated(plan.site.name, first, then, (_FREE,) if free else ())

    def _worth(self, plan: SitePlan) -> list[Worth]:
        rates = self._rates(plan)
        return worth_having(self.found, plan, self.offered[plan.site.name], rates[1] if rates else {})

    def _fleet(self, worths: Sequence[Worth]) -> Iterator[str]:
        if self.wanted.within_s is None:
            return
        seen = {each.process: each.observed for each in self.found}
        for each in worths:
            of_samples = len(seen[each.process].each) * (self.wanted.samples or 0)
            tasks = of_samples or seen[each.process].tasks
            yield f"{each.process}: {machines_text.fleet(each, tasks, self.wanted.within_s, STARTUP_S)}"

    def _rates(self, plan: SitePlan) -> Rates | None:
        market = self.markets.get(plan.site.name)
        if market is None or self.prices is None:
            return None
        return market, self.prices.regions.get(market.region, {})

    def _rows(self, plan: SitePlan) -> list[Row]:
        gathered = self.assessment.gathered
        assert gathered is not None, "there is a plan"
        return list(plan.site.executor.rows(plan.site, plan.pools, gathered.of(plan.site), utc_now()))


def where(
    profile: Path, assessment: Assessment, found: Sequence[Proposal], wanted: Wanted, console: Console
) -> Where:
    """Asks AWS what is wanted of it. AskingError without an answer."""
    plan = assessment.plan
    able = [each for each in _sites(assessment) if each.site.executor.offered is not None]
    if wanted.machines and not able:
        console.info(f"{no_site(lambda executor: executor.offered)}: --machines shows nothing")
    offered = {each.site.name: _offered(each, assessment, wanted, console) for each in able}
    by_site = markets(plan, assessment.gathered) if plan is not None and assessment.gathered is not None else {}
    prices, doubts = None, list[Finding]()
    if wanted.prices is not None:
        bought = [(by_site[each.site.name], each) for each in able if each.site.name in by_site]
        needed = {market.region: (market, to_price(found, each, offered[each.site.name])) for market, each in bought}
        prices, path = prices_by(wanted.prices, profile, needed, console)
        doubts = price_file.findings(prices, needed, str(path), utc_now())
    shown = {name: shapes for name, shapes in offered.items() if shapes or prices is not None or wanted.within_s}
    return Where(assessment, found, wanted, shown, by_site, prices, tuple(doubts))


def _sites(assessment: Assessment) -> Sequence[SitePlan]:
    """Those of its plan, without variants."""
    plan = assessment.plan
    return [each for each in plan.sites if not each.site.is_variant] if plan is not None else ()


def _offered(plan: SitePlan, assessment: Assessment, wanted: Wanted, console: Console) -> Sequence[Shape]:
    if not wanted.machines or plan.site.executor.offered is None or assessment.gathered is None:
        return ()
    console.info(f"asking which machines {plan.site.executor.scope(plan.site)} offers …")
    query = Query(utc_now(), False, read_all((), EXECUTORS), network=True, fallback=False)
    return plan.site.executor.offered(plan.site, assessment.gathered.of(plan.site), query)
