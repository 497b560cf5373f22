"""From a profile to its plan, the same way for every command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from nfconfgen.executors.table import EXECUTORS
from nfconfgen.facts import lock as locks
from nfconfgen.facts.gather import Gathered, gather, unasked
from nfconfgen.facts.lock import Lock
from nfconfgen.facts.model import Facts
from nfconfgen.facts.query import Query
from nfconfgen.facts.staleness import stale_facts
from nfconfgen.findings import Finding, has_errors
from nfconfgen.plan.model import Plan
from nfconfgen.plan.plan import plan
from nfconfgen.profile.document.schema import UNPROVEN
from nfconfgen.profile.load import Loaded, load
from nfconfgen.profile.model import Profile


def read_lock(profile: Path) -> Lock | None:
    """The lock of the profile at this path. LockError if there is one that cannot be read."""
    return locks.read(locks.path_for(profile), EXECUTORS)


def no_query(profile: Profile) -> Query | None:
    """None: facts come from the lock alone."""
    return None


@dataclass(frozen=True, slots=True)
class Ask:
    """How to assess a profile. `query` returns how facts are queried once it is read; `facts` replace a query.
    `needs_facts`: without a lock, unknown queues are findings. `now` (ISO 8601, UTC): the time for findings on old
    facts, if given. `choose` may leave out sites."""

    query: Callable[[Profile], Query | None] = no_query
    lock: Callable[[Path], Lock | None] = read_lock
    needs_facts: bool = True
    facts: Facts | None = None
    now: str = ""
    choose: Callable[[Profile], Profile] = lambda profile: profile


@dataclass(frozen=True, slots=True)
class Assessment:
    """A profile with its lock, facts and plan, as far as available; `aged` are findings on old facts.

    If the profile has errors, nothing is queried and the plan may be incomplete. If a request does not fit, the plan
    lacks only that request.
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
        """All findings, sorted by position."""
        found = [*self.aged]
        for part in (self.gathered, self.plan):
            found += part.findings if part is not None else ()
        proven = [finding for finding in found if not (self.loaded.pruned and finding.rule in UNPROVEN)]
        return tuple(sorted({*self.loaded.findings, *proven}))

    @property
    def sound_plan(self) -> Plan | None:
        """The plan; None if there are errors."""
        return None if has_errors(self.findings) else self.plan


def assess(path: Path, ask: Ask, loaded: Loaded | None = None) -> Assessment:
    """Reads a profile (unless it is `loaded`), gathers facts and plans. UnreadableError, LockError, and AskingError
    if a query has no answer."""
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
    aged = stale_facts(profile, gathered, ask.now) if ask.now and not broken else []
    made = plan(profile, gathered.facts)
    # names in outputs depend on all sites
    made = replace(made, profile=loaded.profile)
    return Assessment(path, loaded, lock, query, gathered, tuple(aged), made)
