"""`nfconfgen check --live`: compares the lock with the present state of AWS and Slurm. Read-only."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nfconfgen.assess import Ask, Assessment, assess
from nfconfgen.commands.common import querying
from nfconfgen.facts import lock as locks
from nfconfgen.facts.gather import scopes
from nfconfgen.findings import Finding, Place, has_errors
from nfconfgen.sync.differences import command
from nfconfgen.sync.live_changes import Difference, counted, of_facts, of_plans
from nfconfgen.terminal.console import Console


@dataclass(frozen=True, slots=True)
class Live:
    """Queries the same for each profile as a build. `collected` are files of `facts --collect`, without `network` the
    only source."""

    collected: tuple[Path, ...]
    console: Console
    network: bool = True

    def findings(self, path: Path) -> list[Finding]:
        """What a build would change in the lock and the plan. AskingError if there is no answer: facts in the lock
        are no substitute here."""
        before = assess(path, Ask())
        if not before.readable or before.lock is None:
            return []  # the check itself reports it
        query = querying(
            offline=not self.network, refresh=False, collected=self.collected, console=self.console, fallback=False
        )
        now = assess(path, Ask(query), before.loaded)
        assert before.gathered is not None
        assert now.gathered is not None
        if not self.collected:
            for scope in scopes(before.plan.profile) if before.plan is not None else ():
                self.console.info(*filter(None, [scope.executor.not_queried(scope.sites)]))
        facts = of_facts(before.gathered.known, now.gathered.known)
        self.console.info(f"{path}: {counted(facts)}")
        fix = command(path, *(f"--from {shlex.quote(str(file))}" for file in self.collected))
        return [*_of_facts(path, facts, fix), *_of_plan(before, now, fix)]


def _of_facts(path: Path, differences: Sequence[Difference], fix: str) -> Iterator[Finding]:
    place = Place(str(locks.path_for(path)))
    for difference in differences:
        yield Finding(place, "live-facts", difference.text, fix)


def _of_plan(before: Assessment, now: Assessment, fix: str) -> Iterator[Finding]:
    known = set(_found(before))
    yield from (finding for finding in _found(now) if finding not in known)
    if before.plan is None or now.plan is None or has_errors(now.plan.findings):
        return  # the findings above explain what cannot be planned
    places = {site.name: site.place for site in now.plan.profile.sites}
    for difference in of_plans(before.plan, now.plan):
        yield Finding(places[difference.site], "live-plan", difference.text, fix)


def _found(assessment: Assessment) -> list[Finding]:
    """The findings of facts and plan, without those of the profile itself."""
    assert assessment.gathered is not None
    assert assessment.plan is not None
    return [*assessment.gathered.findings, *assessment.plan.findings]
