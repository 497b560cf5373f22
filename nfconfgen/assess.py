"""From a profile to its plan; every command goes through this."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nfconfgen import own_options
from nfconfgen.executors.table import EXECUTORS
from nfconfgen.facts import lock as locks
from nfconfgen.facts.gather import Gathered, gather, unasked
from nfconfgen.facts.lock import Lock
from nfconfgen.facts.model import Facts
from nfconfgen.facts.staleness import stale_facts
from nfconfgen.findings import Finding, has_errors, once_for_variants
from nfconfgen.plan.model import Plan
from nfconfgen.plan.plan import plan
from nfconfgen.profile.document.schema import UNPROVEN
from nfconfgen.profile.load import Loaded, load
from nfconfgen.profile.model import Profile, Site

if TYPE_CHECKING:
    from nfconfgen.facts.query import Query


def read_lock(profile: Path) -> Lock | None:
    """The lock of the profile at this path. LockError if it cannot be read."""
    return locks.read(locks.path_for(profile), EXECUTORS)


def no_query(profile: Profile) -> Query | None:
    """No query: facts come from the lock alone."""
    return None


@dataclass(frozen=True, slots=True)
class Ask:
    """How to assess a profile. `query` makes the query for facts once the profile is read; `facts` replaces it.
    `needs_facts`: unknown queues are findings even without a lock. If `now` (ISO 8601, UTC) is set, facts that are
    old at this time are findings. `choose` may leave sites out."""

    query: Callable[[Profile], Query | None] = no_query
    lock: Callable[[Path], Lock | None] = read_lock
    needs_facts: bool = True
    facts: Facts | None = None
    now: str = ""
    choose: Callable[[Profile], Profile] = lambda profile: profile


@dataclass(frozen=True, slots=True)
class Assessment:
    """A profile with its lock, facts and plan, as far as they are available; `aged` are findings about old facts.

    With errors in the profile nothing is queried, and the plan may be incomplete. There is a plan even if some
    requests do not fit; it lacks just these.
    """

    path: Path
    loaded: Loaded
    lock: Lock | None = None
    query: Query | None = None
    gathered: Gathered | None = None
    aged: tuple[Finding, ...] = ()
    plan: Plan | None = None

    @property
    def profile(self) -> Profile | None:
        return self.loaded.profile

    @property
    def readable(self) -> bool:
        """Whether the profile itself has no errors."""
        return self.profile is not None and not has_errors(self.loaded.findings)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, in the order of their positions."""
        found = [*self.aged]
        for part in (self.gathered, self.plan):
            found += part.findings if part is not None else ()
        proven = [finding for finding in found if not (self.loaded.pruned and finding.rule in UNPROVEN)]
        sites = self.profile.sites if self.profile is not None else ()
        variants = [site.name for site in sites if site.is_variant]
        return tuple(sorted(once_for_variants([*self.loaded.findings, *proven], variants)))

    @property
    def left_out(self) -> tuple[Site, ...]:
        """The sites that the plan lacks, as their facts are not known."""
        if self.profile is None or self.gathered is None:
            return ()
        return tuple(site for site in self.profile.sites if site.name in self.gathered.left_out)

    @property
    def stopping(self) -> tuple[Finding, ...]:
        """The findings without those that concern only sites that are left out, or the proof of one."""
        apart = self.gathered.apart if self.gathered is not None else ()
        return tuple(finding for finding in self.findings if finding not in apart)

    @property
    def sound_plan(self) -> Plan | None:
        """The plan of the sites that can be planned, if there are any, and no errors."""
        planned = self.plan is not None and self.plan.sites
        return self.plan if planned and not has_errors(self.stopping) else None


def assess(path: Path, ask: Ask, loaded: Loaded | None = None) -> Assessment:
    """The assessment of a profile; `loaded` if it is read already. UnreadableError if there is no text to check,
    LockError, and AskingError if a query has no answer and allows no substitute."""
    loaded = loaded or load(path, EXECUTORS)
    if loaded.profile is None:
        return Assessment(path, loaded)
    lock = ask.lock(path)
    broken = has_errors(loaded.findings)
    profile = loaded.profile if broken else ask.choose(loaded.profile)
    query = None if broken else ask.query(profile)
    if ask.facts is not None:
        gathered = Gathered(ask.facts, {}, ())
    elif query is None and lock is None and (broken or not ask.needs_facts):
        gathered = unasked(profile)
    else:
        gathered = gather(profile, lock or Lock(), query)
    loaded = replace(loaded, profile=_informed(loaded.profile, gathered))
    profile = _informed(profile, gathered)
    aged = stale_facts(profile, gathered, ask.now) if ask.now and not broken else []
    made = plan(profile, gathered.facts)
    sites = tuple(planned for planned in made.sites if planned.site.name not in gathered.left_out)
    if any(planned.site.run.places for planned in sites):
        given = own_options.findings(replace(made, sites=sites))
        made = replace(made, findings=tuple(sorted({*made.findings, *given})))
    # names in outputs depend on all sites
    made = replace(made, profile=loaded.profile or profile, sites=sites)
    return Assessment(path, loaded, lock, query, gathered, tuple(aged), made)


def _informed(profile: Profile, gathered: Gathered) -> Profile:
    """The profile with the settings that facts decide."""

    def informed(site: Site) -> Site:
        settings = site.executor.informed(site.settings, gathered.of(site))
        if settings is site.settings:
            return site
        return replace(site, settings=settings, apart=tuple(map(informed, site.apart)))

    return replace(profile, sites=tuple(map(informed, profile.sites)))
