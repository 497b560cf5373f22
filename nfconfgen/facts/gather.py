"""The facts of all sites of a profile: asked where they can be, else from the lock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from nfconfgen.errors import AskingError
from nfconfgen.executors.awsbatch.facts.queues import Problem
from nfconfgen.executors.slurm.facts import observe
from nfconfgen.facts import unasked as unasked_facts
from nfconfgen.facts.executors import EXECUTORS, PlaceFacts
from nfconfgen.facts.lock import Lock
from nfconfgen.facts.model import Facts, Pool
from nfconfgen.facts.query import Asking
from nfconfgen.findings import Finding, Place
from nfconfgen.parallel import side_by_side
from nfconfgen.profile.model import Profile, Site

Known = Mapping[str, Mapping[str, PlaceFacts]]


@dataclass(frozen=True, slots=True)
class Gathered:
    """The facts by site, as the plan reads them, and by executor and place, as the lock keeps them."""

    facts: Facts
    known: Known
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Question:
    """One region or cluster, and the sites that share it."""

    executor: str
    place: str
    sites: tuple[Site, ...]

    @property
    def queues(self) -> list[str]:
        return sorted({queue.value for site in self.sites for queue in site.queues})


def gather(profile: Profile, lock: Lock, asking: Asking | None) -> Gathered:
    """The facts of every site. `asking` None: only from the lock, no socket is opened.

    Raises AskingError where AWS or a cluster cannot be asked and the lock does not know either.
    """
    questions = _questions(profile)
    if asking is not None:
        asking = replace(asking, alone=sum(question.executor == "slurm" for question in questions) == 1)
    # nothing to wait for where nobody is asked
    at_once = 8 if asking is not None and asking.network else 1
    answers = side_by_side(lambda question: _answer(question, lock, asking), questions, at_once)
    known: dict[str, dict[str, PlaceFacts]] = {}
    facts: dict[str, tuple[Pool, ...]] = dict(unasked_facts.facts(profile))
    for question, (place_facts, _) in zip(questions, answers, strict=True):
        if place_facts is not None:
            known.setdefault(question.executor, {})[question.place] = place_facts
        for site in question.sites:
            facts[site.name] = pools(site, place_facts)
    findings = [finding for _, found in answers for finding in found]
    findings += _of_other_clusters(profile, asking)
    return Gathered(facts, known, (*findings, *_nothing_to_choose_from(profile, facts)))


def _of_other_clusters(profile: Profile, asking: Asking | None) -> Iterator[Finding]:
    """Facts that were handed in for nobody: whoever did so takes them for used."""
    if asking is None:
        return
    sites = [site for site in profile.sites if site.executor == "slurm"]
    for name in observe.unused(sites, asking):
        message = f"the facts that were handed in are of cluster {name}, and no site is known to be on that"
        place = Place(profile.sites[0].place.file)
        yield Finding(
            place, "cluster", message, f"say cluster: {name} at the site that is, or collect them on the other"
        )


def _nothing_to_choose_from(profile: Profile, facts: Facts) -> Iterator[Finding]:
    for site in profile.sites:
        if not facts[site.name] and not site.queues:
            message = f"the partitions of {site.name} are not known, so none can be chosen"
            advice = "ask on its login node (nfconfgen facts --collect), or name them, as in queues: [short]"
            yield Finding(site.queues_place, "facts-missing", message, advice)


def anybody_to_ask(profile: Profile, executor: str = "") -> bool:
    """Whether any site runs on something that can be asked; of one executor, where one is named."""
    return any(question.executor == executor or not executor for question in _questions(profile))


def unasked(profile: Profile) -> Gathered:
    """What is known before anybody was asked: the limits that the profile names."""
    return Gathered(unasked_facts.facts(profile), {}, ())


def not_known(profile: Profile, gathered: Gathered) -> list[Site]:
    """The Slurm sites of whose nodes nothing is known."""
    return [
        site
        for site in profile.sites
        if site.executor == "slurm" and not any(pool.known for pool in gathered.facts[site.name])
    ]


def _questions(profile: Profile) -> list[_Question]:
    shared: dict[tuple[str, str], list[Site]] = {}
    for site in profile.sites:
        place = EXECUTORS[site.executor].place(site)
        shared.setdefault((site.executor, place), []).append(site)
    return [_Question(executor, place, tuple(sites)) for (executor, place), sites in shared.items()]


def _answer(question: _Question, lock: Lock, asking: Asking | None) -> tuple[PlaceFacts | None, list[Finding]]:
    remembered = lock.facts.get(question.executor, {}).get(question.place)
    if asking is None:
        return remembered, _unknown(question, remembered)
    try:
        facts, problems = EXECUTORS[question.executor].observe(question.sites, remembered, asking)
    except AskingError as error:
        if not asking.fallback or remembered is None or not set(question.queues) <= set(remembered.queues):
            raise
        message = f"{error.message}; built from the facts in the lock"
        file = question.sites[0].place.file
        rule = "aws" if question.executor == "awsbatch" else question.executor
        return remembered, [Finding(Place(file), rule, message, error.advice, "warning")]
    return facts, _told(question, problems) + ([] if asking.network else _unknown(question, facts))


def _unknown(question: _Question, remembered: PlaceFacts | None) -> list[Finding]:
    if remembered is None and question.executor == "slurm":
        return []  # its limits are in the profile, and the plan says that its nodes are not known
    known = remembered.queues if remembered is not None else {}
    advice = "build once without --offline, so that AWS is asked and the lock remembers"
    if question.executor == "slurm":
        advice = "build on a login node of the cluster, or with facts collected there (nfconfgen facts --collect)"
    return [
        Finding(
            queue.place,
            "facts-missing",
            f"the lock knows nothing of {queue.value} in {question.place}",
            advice,
        )
        for site in question.sites
        for queue in site.queues
        if queue.value not in known
    ]


def _told(question: _Question, problems: Sequence[Problem]) -> list[Finding]:
    """Each problem at every place that names the queue; one without a queue at every site."""
    places = [(queue.value, queue.place) for site in question.sites for queue in site.queues]
    places += [("", site.queues_place) for site in question.sites]
    return [
        Finding(place, problem.rule, problem.message, problem.advice, problem.level)
        for problem in problems
        for queue, place in places
        if queue == problem.queue
    ]


def pools(site: Site, facts: PlaceFacts | None) -> tuple[Pool, ...]:
    """The pools of a site, those that are known first; of a queue that is not known just the site's limits."""
    if facts is None:
        return unasked_facts.of_site(site)
    known = EXECUTORS[site.executor].pools(facts, site)
    if site.executor == "awsbatch":
        by_name = {pool.name: pool for pool in known}
        return tuple(by_name.get(pool.name, pool) for pool in unasked_facts.of_site(site))
    return known
