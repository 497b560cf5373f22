"""The facts of the cluster that sites share: collected elsewhere, asked for by ssh, or of this machine's Slurm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nfconfgen.executors.awsbatch.facts.queues import Problem
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
from nfconfgen.facts.query import Asking
from nfconfgen.profile.model import Site, Slurm
from nfconfgen.suggest import near

WHOLE_SITE = ""
"""As the queue of a problem: it concerns them all."""


def place(site: Site) -> str:
    """What the facts of a site are kept under: its cluster, the host that is asked, or its own name."""
    settings = _settings(site)
    return settings.cluster or settings.host or site.name


def observe(
    sites: Sequence[Site], known: ClusterFacts | None, asking: Asking
) -> tuple[ClusterFacts | None, list[Problem]]:
    """What is known now, and what is wrong. What was known stays where nothing changed, or nobody can be asked.

    SlurmError where the host that a site names does not answer.
    """
    found, doubts = _found(sites, known, asking)
    if found is None:
        return known, doubts
    problems = [*doubts, *_not_there(sites, found)]
    auto = any(_settings(site).auto for site in sites)
    found = found.only(
        None if auto else [queue.value for site in sites for queue in site.queues],
        _accounts(sites, found),
        [_settings(site).sbatch.qos for site in sites],
    )
    if known is not None and found.same_but_time(known) and not asking.refresh:
        found = replace(found, time=known.time)
    return found, problems


def unused(sites: Sequence[Site], asking: Asking) -> list[str]:
    """The clusters among those collected elsewhere that none of these sites is on."""
    wanted = {_settings(site).cluster for site in sites}
    return [of.cluster for of in asking.collected if of.cluster not in wanted and not ("" in wanted and asking.alone)]


def _found(
    sites: Sequence[Site], known: ClusterFacts | None, asking: Asking
) -> tuple[ClusterFacts | None, list[Problem]]:
    wanted = next((_settings(site).cluster for site in sites if _settings(site).cluster), "")
    host = next((_settings(site).host for site in sites if _settings(site).host), "")
    for collected in asking.collected:
        if collected.cluster == wanted or (not wanted and asking.alone):
            return collected, []
    if not asking.network:
        return None, []
    from nfconfgen.executors.slurm.facts import query  # brings subprocess along, which a check has no use for

    if not (host or (query.here() and (wanted or asking.alone))):
        return None, []
    facts, doubts = query.ask(host, asking.now)
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
    said = [_settings(site).account for site in sites]
    if any(account is not None and account.env for account in said):
        return None
    return {account.name if account is not None else facts.default_account for account in said}


def _not_there(sites: Sequence[Site], facts: ClusterFacts) -> Iterator[Problem]:
    for name in dict.fromkeys(queue.value for site in sites for queue in site.queues):
        if name not in facts.partitions:
            advice = near(name, facts.partitions) or f"there are {', '.join(facts.partitions)}"
            yield Problem(name, "no-queue", f"cluster {facts.cluster} has no partition {name}", advice)


def _settings(site: Site) -> Slurm:
    assert isinstance(site.settings, Slurm)
    return site.settings
