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
from nfconfgen.profile.queue_model import Located
from nfconfgen.wording import listed

if TYPE_CHECKING:
    from nfconfgen.facts.query import Query

Known = Mapping[str, Mapping[str, ScopeFacts]]
"""By executor, then scope, as the lock keeps them."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The facts by site for the plan (`facts`), and by executor and scope for the lock (`known`). `left_out` are the
    names of sites that cannot be planned, as their facts are not known; findings that are `apart` concern only such
    sites, or the proof of one: they stop no build of the others."""

    facts: Facts
    known: Known
    findings: tuple[Finding, ...]
    left_out: frozenset[str] = frozenset()
    apart: frozenset[Finding] = frozenset()

    def of(self, site: Site) -> ScopeFacts | None:
        """The facts of the scope of a site; None if unknown."""
        return self.known.get(site.executor.name, {}).get(site.executor.scope(site))


@dataclass(frozen=True, slots=True)
class _Gap:
    """Facts of a site that are not known; `planned`: it can be planned without them."""

    site: str
    finding: Finding
    planned: bool = False


@dataclass(frozen=True, slots=True)
class _Answer:
    facts: ScopeFacts | None
    findings: Sequence[Finding] = ()
    gaps: Sequence[_Gap] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """One region, cluster or machine, and the sites that share it."""

    executor: Executor
    name: str
    sites: tuple[Site, ...]


def gather(profile: Profile, lock: Lock, query: Query | None) -> Gathered:
    """The facts of every site. `query` None: only from the lock, no socket is opened. AskingError if a scope does not
    answer and the query allows no substitute."""
    all_scopes = scopes(profile)
    if query is not None and query.faults:
        return Gathered(_blind(profile), lock.facts, query.faults)
    # without a query there is nothing to wait for
    at_once = 8 if query is not None and query.network else 1
    answers = side_by_side(lambda scope: _answer(scope, all_scopes, lock, query), all_scopes, at_once)
    known: dict[str, dict[str, ScopeFacts]] = {}
    found: dict[str, tuple[Pool, ...]] = {}
    for scope, answer in zip(all_scopes, answers, strict=True):
        if answer.facts is not None:
            known.setdefault(scope.executor.name, {})[scope.name] = answer.facts
        for site in scope.sites:
            found |= pools_of(site, answer.facts)
    findings = [finding for answer in answers for finding in answer.findings]
    findings += _of_other_scopes(profile, all_scopes, query)
    gaps = [gap for answer in answers for gap in answer.gaps]
    return _gathered(profile, found, known, findings, [*gaps, *_nothing_to_choose_from(profile, found, known)])


def unasked(profile: Profile) -> Gathered:
    """What is known before anything is queried: the limits of the profile."""
    return _gathered(profile, _blind(profile), {}, (), ())


def _blind(profile: Profile) -> Facts:
    return {key: pools for site in profile.sites for key, pools in pools_of(site, None).items()}


def _gathered(
    profile: Profile, facts: Facts, known: Known, findings: Sequence[Finding], gaps: Sequence[_Gap]
) -> Gathered:
    undecided = (
        _Gap(site.name, finding)
        for site in profile.sites
        for finding in site.executor.undecided(site, facts[site.key])
    )
    every = [*gaps, *undecided]
    apart = [gap.finding for gap in every]
    left_out = frozenset(gap.site for gap in every if not gap.planned)
    return Gathered(facts, known, (*findings, *apart), left_out, frozenset(apart))


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


def _nothing_to_choose_from(profile: Profile, facts: Facts, known: Known) -> Iterator[_Gap]:
    for site in profile.sites:
        if facts[site.key] or site.queues:
            continue
        scope = site.executor.scope(site)
        reasons: dict[str, list[str]] = {}
        for queue, why in site.executor.left_out(site, known.get(site.executor.name, {}).get(scope)):
            reasons.setdefault(why, []).append(queue)
        if reasons:
            most_first = sorted(reasons.items(), key=lambda one: -len(one[1]))
            each = "; ".join(f"{why} ({listed(queues)})" for why, queues in most_first)
            message = f"no {site.executor.words.queue} is for jobs of {site.name}: {each}"
            advice = "correct what the site asks for, or name one under queues"
            yield _Gap(site.name, Finding(site.queues_place, "no-access", message, advice))
        else:
            unknown = f"the {site.executor.words.queue}s of {site.name} are unknown"
            message = f"{unknown}, so none can be chosen, and it is left out"
            advice = "name them, as in queues: [short], or see nfconfgen facts --collect-script"
            yield _Gap(site.name, Finding(site.queues_place, "facts-missing", message, advice))


def _answer(scope: Scope, all_scopes: Sequence[Scope], lock: Lock, query: Query | None) -> _Answer:
    remembered = scope.executor.declared(scope.sites, lock.facts.get(scope.executor.name, {}).get(scope.name))
    if query is None:
        return _Answer(remembered, gaps=_unknown(scope, remembered))
    query = replace(query, alone=is_alone(scope.executor, all_scopes))
    try:
        facts, problems = scope.executor.observe(scope.sites, remembered, query)
    except AskingError as error:
        if not query.fallback:
            raise
        return _without_answer(scope, remembered, error)
    return _Answer(facts, findings_of(scope, problems), () if query.network else _unknown(scope, facts))


def _without_answer(scope: Scope, remembered: ScopeFacts | None, error: AskingError) -> _Answer:
    """What the lock has, and for each site what the missing answer means."""
    findings, gaps = [], []
    for site in scope.sites:
        lacking = _lacking(site, remembered)
        planned = remembered is None and scope.executor.plans_blind
        if remembered is not None and not lacking:
            message = f"{error.message}; {site.name} is built from the facts in the lock"
            findings.append(Finding(site.place, error.rule, message, error.advice, "warning"))
        elif planned:
            message = f"{error.message}: the {scope.executor.words.machine}s of {site.name} are unknown"
            message += ", so its requests are not proven"
            gaps.append(_Gap(site.name, Finding(site.place, error.rule, message, error.advice), planned))
        else:
            queues = listed(dict.fromkeys(queue.value for queue in lacking))
            message = f"{error.message}, and the lock has no facts about {queues}, so {site.name} is left out"
            message += ": its requests are not proven, its files not written"
            gaps.append(_Gap(site.name, Finding(site.place, error.rule, message, error.advice)))
    return _Answer(remembered, findings, gaps)


def _unknown(scope: Scope, remembered: ScopeFacts | None) -> list[_Gap]:
    """The queues that are needed for a plan and that the lock does not cover."""
    # without a name nothing can be queried
    if not scope.name or (remembered is None and scope.executor.plans_blind):
        return []
    advice = scope.executor.remedy_of_lock
    return [
        _Gap(site.name, Finding(queue.place, "facts-missing", _no_facts(queue.value, scope, site), advice))
        for site in scope.sites
        for queue in _lacking(site, remembered)
    ]


def _no_facts(queue: str, scope: Scope, site: Site) -> str:
    return f"the lock has no facts about {queue} in {scope.name}, so {site.name} is left out"


def _lacking(site: Site, remembered: ScopeFacts | None) -> list[Located[str]]:
    """The queues of a site that these facts do not cover."""
    known = remembered.queues if remembered is not None else {}
    return [queue for queue in site.named if queue.value not in known]


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
