"""The facts of all sites of a profile: queried if possible, otherwise from the lock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nfconfgen.errors import AskingError
from nfconfgen.executors.interface import Executor, ScopeFacts
from nfconfgen.facts.lock import Lock
from nfconfgen.facts.model import Facts, Pool, Problem
from nfconfgen.findings import Finding, Place
from nfconfgen.parallel import side_by_side
from nfconfgen.profile.model import Profile, Site

if TYPE_CHECKING:
    from nfconfgen.facts.query import Query

Known = Mapping[str, Mapping[str, ScopeFacts]]
"""By executor, then scope, as the lock keeps them."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The facts by site for the plan (`facts`), and by executor and scope for the lock (`known`)."""

    facts: Facts
    known: Known
    findings: tuple[Finding, ...]

    def of(self, site: Site) -> ScopeFacts | None:
        """The facts of the scope of a site; None if unknown."""
        return self.known.get(site.executor.name, {}).get(site.executor.scope(site))


@dataclass(frozen=True, slots=True)
class Scope:
    """One region, cluster or machine, and the sites that share it."""

    executor: Executor
    name: str
    sites: tuple[Site, ...]

    @property
    def queues(self) -> set[str]:
        return {queue.value for site in self.sites for queue in site.named}


def gather(profile: Profile, lock: Lock, query: Query | None) -> Gathered:
    """The facts of every site. `query` None: only from the lock, no socket is opened.

    Raises AskingError if a scope does not answer and the lock has no facts of it.
    """
    all_scopes = scopes(profile)
    # without a query there is nothing to wait for
    at_once = 8 if query is not None and query.network else 1
    answers = side_by_side(lambda scope: _answer(scope, all_scopes, lock, query), all_scopes, at_once)
    known: dict[str, dict[str, ScopeFacts]] = {}
    facts: dict[str, tuple[Pool, ...]] = {}
    for scope, (scope_facts, _) in zip(all_scopes, answers, strict=True):
        if scope_facts is not None:
            known.setdefault(scope.executor.name, {})[scope.name] = scope_facts
        for site in scope.sites:
            facts |= pools_of(site, scope_facts)
    findings = [finding for _, found in answers for finding in found]
    findings += _of_other_scopes(profile, all_scopes, query)
    return Gathered(facts, known, (*findings, *_nothing_to_choose_from(profile, facts)))


def unasked(profile: Profile) -> Gathered:
    """What is known before anything is queried: the limits of the profile."""
    return Gathered({key: pools for site in profile.sites for key, pools in pools_of(site, None).items()}, {}, ())


def pools_of(site: Site, facts: ScopeFacts | None) -> Facts:
    """The queues of a site, and as its task classes see them."""
    return {seen.key: seen.executor.pools(seen, facts) for seen in site.seen}


def scopes(profile: Profile) -> list[Scope]:
    """The scopes of all sites, in their order."""
    shared: dict[tuple[str, str], list[Site]] = {}
    for site in profile.sites:
        shared.setdefault((site.executor.name, site.executor.scope(site)), []).append(site)
    return [Scope(sites[0].executor, name, tuple(sites)) for (_, name), sites in shared.items()]


def _of_other_scopes(profile: Profile, all_scopes: Sequence[Scope], query: Query | None) -> Iterator[Finding]:
    """Findings for collected facts that belong to no site, as the user expects them to be used."""
    if query is None:
        return
    for executor in dict.fromkeys(one.executor for one in query.collected):
        sites = [site for site in profile.sites if site.executor is executor]
        alone = is_alone(executor, all_scopes)
        for message, advice in executor.unused(sites, replace(query, alone=alone)):
            yield Finding(Place(profile.sites[0].place.file), "cluster", message, advice)


def is_alone(executor: Executor, all_scopes: Sequence[Scope]) -> bool:
    """Whether all sites of the executor share one scope."""
    return sum(scope.executor is executor for scope in all_scopes) == 1


def _nothing_to_choose_from(profile: Profile, facts: Facts) -> Iterator[Finding]:
    for site in profile.sites:
        if not facts[site.key] and not site.queues:
            message = f"the {site.executor.words.queue}s of {site.name} are unknown, so none can be chosen"
            advice = "query them on a login node (nfconfgen facts --collect), or name them, as in queues: [short]"
            yield Finding(site.queues_place, "facts-missing", message, advice)


def _answer(
    scope: Scope, all_scopes: Sequence[Scope], lock: Lock, query: Query | None
) -> tuple[ScopeFacts | None, list[Finding]]:
    remembered = lock.facts.get(scope.executor.name, {}).get(scope.name)
    if query is None:
        return remembered, _unknown(scope, remembered)
    query = replace(query, alone=is_alone(scope.executor, all_scopes))
    try:
        facts, problems = scope.executor.observe(scope.sites, remembered, query)
    except AskingError as error:
        if not query.fallback or remembered is None or not scope.queues <= set(remembered.queues):
            raise
        message = f"{error.message}; built from the facts in the lock"
        return remembered, [Finding(Place(scope.sites[0].place.file), error.rule, message, error.advice, "warning")]
    return facts, findings_of(scope, problems) + ([] if query.network else _unknown(scope, facts))


def _unknown(scope: Scope, remembered: ScopeFacts | None) -> list[Finding]:
    """Findings for queues that are needed for a plan and that the lock does not cover."""
    if not scope.name or (remembered is None and scope.executor.plans_blind):
        return []
    known = remembered.queues if remembered is not None else {}
    advice = scope.executor.remedy_of_lock
    return [
        Finding(queue.place, "facts-missing", f"the lock has no facts about {queue.value} in {scope.name}", advice)
        for site in scope.sites
        for queue in site.named
        if queue.value not in known
    ]


def findings_of(scope: Scope, problems: Sequence[Problem]) -> list[Finding]:
    """A finding for each problem at every place that names its queue, or at every site if it has none."""
    places = [(queue.value, queue.place) for site in scope.sites for queue in site.named]
    places += [("", site.queues_place) for site in scope.sites]
    return [
        Finding(place, problem.rule, problem.message, problem.advice, problem.level)
        for problem in problems
        for queue, place in places
        if queue == problem.queue
    ]
