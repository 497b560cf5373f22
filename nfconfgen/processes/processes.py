"""Plan + pipeline → the plan of each process on each site."""

from __future__ import annotations

import math

from nfconfgen.pipeline.model import Sources, Task
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.processes import asked, fit
from nfconfgen.processes.asked import AskingTask, Codes
from nfconfgen.processes.generated import Written, written
from nfconfgen.processes.include_line import include_of
from nfconfgen.processes.model import Asks, ProcessAttempt, ProcessPlan, SiteProcesses
from nfconfgen.processes.params import Params
from nfconfgen.processes.precedence import PARSERS, Blocks, Held, Matching, Value, merged, own_values, settings

Attempts = tuple[ProcessAttempt, ...]


def processes(plan: Plan, sources: Sources) -> tuple[SiteProcesses, ...]:
    """The plan of every process of the pipeline, site by site."""
    codes, matching = Codes(), Matching()
    return tuple(_site(site, written(site, plan), sources, codes, matching) for site in plan.sites)


def _site(site: SitePlan, ours: Written, sources: Sources, codes: Codes, matching: Matching) -> SiteProcesses:
    line = include_of(sources.config, site.site.name)
    number = line.number if line is not None else math.inf
    theirs = list(settings(sources.config, site.site.name))
    own = own_values(ours.blocks, number)
    blocks = {parser: merged([*theirs, *own], parser) for parser in PARSERS}
    given = {**site.site.params, **site.site.launch.params}
    maker = _Maker(site, Params(sources.config, site.site.name, given), codes)
    found: list[ProcessPlan] = []
    holding = {task.qualified: matching.held(blocks["v2"], task) for task in sources.tasks}
    for task in sources.tasks:
        read = {parser: maker.attempts(task, blocks[parser], holding[task.qualified]) for parser in PARSERS}
        if read["v1"] == read["v2"]:
            found.append(ProcessPlan(task, read["v2"], PARSERS))
        else:
            found += (ProcessPlan(task, attempts, (parser,)) for parser, attempts in read.items())
    return SiteProcesses(site, tuple(found), holding)


class _Maker:
    """Makes the attempts of processes on one site; many ask for the same."""

    def __init__(self, site: SitePlan, params: Params, codes: Codes) -> None:
        self._site = site
        self._params = params
        self._codes = codes
        self._fits: dict[object, ProcessAttempt] = {}
        self._known: dict[object, Attempts] = {}

    def attempts(self, task: Task, blocks: Blocks, holding: Held) -> Attempts:
        """Processes with the same settings have the same attempts, unless these depend on the name."""
        winning = asked.settings_of(task, blocks, holding)
        # the position of the process is that of what nobody sets
        key = tuple(_identity(value, task) for value in winning.values())
        if key in self._known:
            return self._known[key]
        first = AskingTask(task, 1, winning, self._params, self._codes)
        asking = [first]
        for number in range(2, asked.attempts(first) + 1):
            asking.append(AskingTask(task, number, winning, self._params, self._codes))
        made = tuple(self._attempt(task, one.number, asked.asks(one)) for one in asking)
        if not any(one.personal for one in asking):
            self._known[key] = made
        return made

    def _attempt(self, task: Task, number: int, asks: Asks) -> ProcessAttempt:
        key = (number, asks)
        if key not in self._fits:
            self._fits[key] = fit.attempt(number, asks, self._site, task.process.place)
        return self._fits[key]


def _identity(value: Value | None, task: Task) -> object:
    if value is None:
        return task.process.place
    return value.selector, value.place, value.number, value.beneath is None or value.beneath.place
