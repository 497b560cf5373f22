"""Plan + pipeline → the plan of each process on each site."""

from __future__ import annotations

from nfconfgen.pipeline.model import Sources, Task
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.processes import asked, fit, match
from nfconfgen.processes.asked import AskingTask
from nfconfgen.processes.model import ProcessAttempt, ProcessPlan, SiteProcesses
from nfconfgen.processes.precedence import PARSERS, Matching, Parser, Value
from nfconfgen.processes.sides import Sides, sides

Attempts = tuple[ProcessAttempt, ...]


def processes(plan: Plan, sources: Sources) -> tuple[SiteProcesses, ...]:
    """The plan of every process of the pipeline, site by site."""
    matching = Matching()
    selectors = plan.profile.pipeline.unused
    unused = frozenset(
        task.qualified
        for task in sources.tasks
        if any(match.usable(one) and match.strength("withName", one, task) is not None for one in selectors)
    )
    return tuple(_site(site, sides(site, plan, sources, matching), sources, unused) for site in plan.sites)


def _site(site: SitePlan, both: Sides, sources: Sources, unused: frozenset[str]) -> SiteProcesses:
    maker = _Maker(site, both)
    found: list[ProcessPlan] = []
    for task in sources.tasks:
        read = {parser: maker.attempts(task, parser) for parser in PARSERS}
        if read["v1"] == read["v2"]:
            found.append(ProcessPlan(task, read["v2"], PARSERS))
        else:
            found += (ProcessPlan(task, attempts, (parser,)) for parser, attempts in read.items())
    return SiteProcesses(site, tuple(found), both, unused)


class _Maker:
    """Makes the attempts of processes on one site; many ask for the same."""

    def __init__(self, site: SitePlan, both: Sides) -> None:
        self._site = site
        self._sides = both
        self._known: dict[object, Attempts] = {}

    def attempts(self, task: Task, parser: Parser) -> Attempts:
        """Processes with the same settings have the same attempts, unless these depend on the name."""
        winning = asked.settings_of(task, self._sides.both[parser], self._sides.held[task.qualified])
        key = tuple(_identity(value, task) for value in winning.values())
        if key in self._known:
            return self._known[key]
        after = self._site.site.retry.grows_after
        first = AskingTask(task, 1, winning, self._sides.params, after)
        later = range(2, asked.attempts(first) + 1)
        asking = [first, *(AskingTask(task, number, winning, self._sides.params, after) for number in later)]
        place = task.process.place
        made = tuple(
            fit.attempt(one.number, asked.asks(one, self._site.site.executor.name), self._site, place)
            for one in asking
        )
        if not any(one.personal for one in asking):
            self._known[key] = made
        return made


def _identity(value: Value | None, task: Task) -> object:
    """What two processes with the same value have in common. One that is not set is reported at the process."""
    if value is None:
        return task.process.place
    return value.selector, value.place, value.number, value.beneath is None or value.beneath.place
