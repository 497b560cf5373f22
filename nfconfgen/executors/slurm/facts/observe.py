"""The facts of the cluster that sites share: collected elsewhere, asked for by ssh, or of this machine's Slurm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nfconfgen.executors.interface import ScopeFacts
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
from nfconfgen.executors.slurm.settings import settings_of
from nfconfgen.facts.model import Problem
from nfconfgen.facts.query import Query
from nfconfgen.profile.model import Site
from nfconfgen.suggest import near

WHOLE_SITE = ""
"""As the queue of a problem: it concerns them all."""


def scope(site: Site) -> str:
    """The name that the facts of a site are kept under: its cluster, the host that is queried, or its own name."""
    settings = settings_of(site)
    return settings.cluster or settings.host or site.name


def observe(sites: Sequence[Site], known: ScopeFacts | None, query: Query) -> tuple[ScopeFacts | None, list[Problem]]:
    """What is known now, and what is wrong. What was known stays where nothing changed, or nobody can be asked.

    SlurmError where the host that a site names does not answer.
    """
    known = known if isinstance(known, ClusterFacts) else None
    found, doubts = _found(sites, known, query)
    if found is None:
        return known, doubts
    problems = [*doubts, *_not_there(sites, found)]
    auto = any(settings_of(site).auto for site in sites)
    found = found.only(
        None if auto else [queue.value for site in sites for queue in site.queues],
        _accounts(sites, found),
        [settings_of(site).sbatch.qos for site in sites],
    )
    if known is not None and found.same_but_time(known) and not query.refresh:
        found = replace(found, time=known.time)
    return found, problems


def reachable(sites: Sequence[Site]) -> bool:
    """Whether any cluster of these sites can be queried from here."""
    from nfconfgen.executors.slurm.facts import query as slurm

    return slurm.here() or any(settings_of(site).host for site in sites)


def not_queried(sites: Sequence[Site]) -> str:
    """Why none of these sites is queried; empty if it is."""
    if reachable(sites):
        return ""
    names = ", ".join(site.name for site in sites)
    return f"{names}: not asked, as there is no Slurm here; --from takes what was collected there"


def unused(sites: Sequence[Site], query: Query) -> Iterator[tuple[str, str]]:
    """Message and advice for each cluster, collected elsewhere, that none of these sites is on."""
    wanted = {settings_of(site).cluster for site in sites}
    for name in (facts.cluster for facts in _collected(query)):
        if name not in wanted and not ("" in wanted and query.alone):
            message = f"the facts that were handed in are of cluster {name}, and no site is known to be on that"
            yield message, f"say cluster: {name} at the site that is, or collect them on the other"


def _collected(query: Query) -> list[ClusterFacts]:
    return [one.facts for one in query.collected if isinstance(one.facts, ClusterFacts)]


def _found(
    sites: Sequence[Site], known: ClusterFacts | None, query: Query
) -> tuple[ClusterFacts | None, list[Problem]]:
    wanted = next((settings_of(site).cluster for site in sites if settings_of(site).cluster), "")
    host = next((settings_of(site).host for site in sites if settings_of(site).host), "")
    for collected in _collected(query):
        if collected.cluster == wanted or (not wanted and query.alone):
            return collected, []
    if not query.network:
        return None, []
    from nfconfgen.executors.slurm.facts import query as slurm

    if not (host or (slurm.here() and (wanted or query.alone))):
        return None, []
    facts, doubts = slurm.ask(host, query.now)
    told = [Problem(WHOLE_SITE, "slurm", f"{facts.cluster}: {doubt}", "", "warning") for doubt in doubts]
    if wanted and facts.cluster != wanted:
        if not host:
            return None, []
        message = f"{host} belongs to cluster {facts.cluster}, not {wanted}"
        return None, [Problem(WHOLE_SITE, "cluster", message, "name the right host or cluster")]
    if known is not None and known.cluster != facts.cluster and not host:
        message = (
            f"this machine belongs to cluster {facts.cluster}; what the lock knows is of {known.cluster}, and stays"
        )
        return None, [Problem(WHOLE_SITE, "cluster", message, f"say cluster: {known.cluster}", "warning")]
    return facts, told


def _accounts(sites: Sequence[Site], facts: ClusterFacts) -> set[str] | None:
    """The accounts that jobs of these sites are charged to; None where only a variable says it."""
    said = [settings_of(site).account for site in sites]
    if any(account is not None and account.env for account in said):
        return None
    return {account.name if account is not None else facts.default_account for account in said}


def _not_there(sites: Sequence[Site], facts: ClusterFacts) -> Iterator[Problem]:
    for name in dict.fromkeys(queue.value for site in sites for queue in site.queues):
        if name not in facts.partitions:
            advice = near(name, facts.partitions) or f"there are {', '.join(facts.partitions)}"
            yield Problem(name, "no-queue", f"cluster {facts.cluster} has no partition {name}", advice)
