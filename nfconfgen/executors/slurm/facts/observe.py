"""The facts of the cluster that sites share: collected on another machine, or queried by ssh or on this machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from nfconfgen import files
from nfconfgen.errors import UnreadableError
from nfconfgen.executors.interface import Offers, ScopeFacts
from nfconfgen.executors.slurm.pools.job_options import JobOptions
from nfconfgen.executors.slurm.settings import configured, settings_of
from nfconfgen.facts.model import Problem, SitePools, unqueried
from nfconfgen.profile.model import Site
from nfconfgen.suggest import near

if TYPE_CHECKING:
    from pathlib import Path

    from nfconfgen.executors.slurm.facts.client import Asked
    from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
    from nfconfgen.facts.query import Query
    from nfconfgen.findings import Finding

WHOLE_SITE = ""
"""The queue of a problem that concerns all queues."""


def read(data: object, at: str) -> ScopeFacts:
    """The facts in the lock."""
    from nfconfgen.executors.slurm.facts.cluster import ClusterFacts

    return ClusterFacts.from_json(data, at)


def of_cluster(facts: ScopeFacts | None) -> ClusterFacts | None:
    """These facts if they are of a cluster. Without any, as before the first build, their model is not imported."""
    if facts is None:
        return None
    from nfconfgen.executors.slurm.facts.cluster import ClusterFacts

    return facts if isinstance(facts, ClusterFacts) else None


def pools(site: Site, facts: ScopeFacts | None) -> SitePools:
    """The partitions of a site."""
    known = of_cluster(facts)
    if known is None:
        return unqueried(site)
    from nfconfgen.executors.slurm.pools.pools import pools

    return pools(known, site) or (() if site.choice == "auto" else unqueried(site))


def left_out(site: Site, facts: ScopeFacts | None) -> Iterator[tuple[str, str]]:
    """The partitions to which no task goes with `queues: auto`, each with the reason."""
    known = of_cluster(facts)
    if known is not None and site.choice == "auto":
        from nfconfgen.executors.slurm.pools.pools import left_out

        yield from left_out(known, site)


def observe(sites: Sequence[Site], known: ScopeFacts | None, query: Query) -> tuple[ScopeFacts | None, list[Problem]]:
    """The facts and problems now; the known facts if nothing changed, or the cluster cannot be queried.

    SlurmError if the host of a site does not answer.
    """
    before = of_cluster(known)
    found, doubts = _found(sites, before, query)
    if found is None:
        return before, doubts
    problems = [*doubts, *unknown_queues(sites, found)]
    named = [queue.value for site in sites for queue in site.named]
    auto = any(settings_of(site).auto for site in sites)
    given = [JobOptions.of(seen) for seen in _seen(sites)]
    found = found.only(
        None if auto else [*named, *(found.default_partition for site in sites if not site.queues)],
        _accounts(given, found),
        [options.qos for options in given],
        [options.reservation for options in given],
        nodes=any(options.nodelist or options.exclude or options.reservation for options in given),
    )
    # the day of what is written by hand is a part of it
    same = before is not None and found.same_but_time(before) and not (query.refresh or found.by_hand)
    return before if same else found, problems


def announcement(sites: Sequence[Site]) -> str:
    """The line that announces a query; empty if there is none."""
    return "querying the partitions of Slurm …" if reachable(sites) else ""


def offers(region: str, query: Query) -> Offers:
    """The partitions in collected facts, or of this machine's cluster. SlurmError if that does not answer."""
    from nfconfgen.executors.slurm.facts import client as slurm

    collected = _collected(query)
    if not (collected or slurm.here()):
        return Offers(missing="this machine has no Slurm")
    facts, doubts = collected[0] if collected else slurm.ask("", query.now)
    names = [name for name, part in facts.partitions.items() if part.allowed and part.state == "UP"]
    return Offers(facts.cluster, names, facts, doubts)


def reachable(sites: Sequence[Site]) -> bool:
    """Whether any cluster of these sites can be queried from here."""
    from nfconfgen.executors.slurm.facts import client as slurm

    return slurm.here() or any(settings_of(site).host for site in sites)


def not_queried(sites: Sequence[Site]) -> str:
    """Why none of these sites is queried; empty if they are."""
    if reachable(sites):
        return ""
    names = ", ".join(site.name for site in sites)
    return (
        f"{names}: not queried, as this machine has no Slurm; --from reads facts that were collected on a login node"
    )


def unused(sites: Sequence[Site], query: Query) -> Iterator[tuple[str, str]]:
    """Message and advice for each cluster with collected facts to which none of these sites belongs."""
    wanted = {settings_of(site).cluster for site in sites}
    for name in (facts.cluster for facts, _ in _collected(query)):
        if name not in wanted and not ("" in wanted and query.alone):
            message = f"the collected facts are of cluster {name}, and no site is known to belong to it"
            yield message, f"set cluster: {name} for the site that does, or collect the facts on the other cluster"


def read_collected(path: Path) -> tuple[ScopeFacts | None, Sequence[str], Sequence[Finding]]:
    """The facts in a file that the script printed or that was written by hand, what is doubtful, and what is wrong.
    UnreadableError if it is neither."""
    from nfconfgen.executors.slurm.facts import by_hand, client
    from nfconfgen.profile.read import LARGEST_BYTES, decoded, read_bytes

    content = read_bytes(path, files.LARGEST_BYTES)
    text = client.text_of(content)
    if not client.has_answer(text):
        if by_hand.is_one(text[:LARGEST_BYTES]):
            facts, findings = by_hand.read(decoded(path, content[:LARGEST_BYTES]), str(path))
            return facts, (), findings
        advice = "collect the facts again on a login node, or begin a file of your own with nfconfgen_facts: 1"
        raise UnreadableError(f"{path}: not printed by nfconfgen facts --collect or its script: {advice}")
    try:
        asked = client.read(text, "the cluster")
    except client.SlurmError as error:
        advice = "on a login node, run the script that nfconfgen facts --collect-script prints"
        raise UnreadableError(f"{path}: {error.message}: {advice}") from error
    return asked.facts, asked.doubts, ()


def _collected(query: Query) -> list[tuple[ClusterFacts, Sequence[str]]]:
    return [(facts, one.doubts) for one in query.collected if (facts := of_cluster(one.facts)) is not None]


def _found(
    sites: Sequence[Site], known: ClusterFacts | None, query: Query
) -> tuple[ClusterFacts | None, list[Problem]]:
    wanted = _first(settings_of(site).cluster for site in sites)
    for collected, doubts in _collected(query):
        if collected.cluster == wanted or (not wanted and query.alone):
            return collected, _doubtful(collected, doubts)
    if not query.network:
        return None, []
    asked, problems = live(sites, known, query)
    return asked.facts if asked is not None else None, problems


def live(
    sites: Sequence[Site], known: ClusterFacts | None, query: Query, further: str = ""
) -> tuple[Asked | None, list[Problem]]:
    """The answer of the cluster of these sites, also to a further script; None if it cannot be queried from here.
    SlurmError if the host of a site does not answer."""
    wanted = _first(settings_of(site).cluster for site in sites)
    host = _first(settings_of(site).host for site in sites)
    from nfconfgen.executors.slurm.facts import client as slurm

    if not (host or (slurm.here() and (wanted or query.alone))):
        return None, []
    asked = slurm.ask_more(host, query.now, further)
    facts = asked.facts
    warnings = _doubtful(facts, asked.doubts)
    if wanted and facts.cluster != wanted:
        if not host:
            return None, []
        message = f"{host} belongs to cluster {facts.cluster}, not {wanted}"
        return None, [Problem(WHOLE_SITE, "cluster", message, "name the right host or cluster")]
    if known is not None and known.cluster != facts.cluster and not host and not known.by_hand:
        message = f"this machine belongs to cluster {facts.cluster}; the lock keeps its facts of {known.cluster}"
        return None, [Problem(WHOLE_SITE, "cluster", message, f"set cluster: {known.cluster}", "warning")]
    return asked, warnings


def _doubtful(facts: ClusterFacts, doubts: Iterable[str]) -> list[Problem]:
    return [Problem(WHOLE_SITE, "slurm", f"{facts.cluster}: {doubt}", "", "warning") for doubt in doubts]


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")


def _accounts(given: Sequence[JobOptions], facts: ClusterFacts) -> set[str] | None:
    """The accounts that jobs with these options are charged to; None if one is known only when Nextflow starts."""
    accounts = {facts.default_account if options.account is None else options.account for options in given}
    late = any(key.startswith("account ") for options in given for key in options.late)
    return None if late else accounts


def _seen(sites: Sequence[Site]) -> Iterator[Site]:
    """The sites with all options with which tasks are submitted."""
    for site in sites:
        for each in site.seen:
            yield each
            for _, options in each.ways:
                yield replace(each, settings=configured(each.settings, options))


def unknown_queues(sites: Sequence[Site], facts: ClusterFacts) -> Iterator[Problem]:
    for name in dict.fromkeys(queue.value for site in sites for queue in site.named):
        if name not in facts.partitions:
            advice = near(name, facts.partitions) or f"there are {', '.join(facts.partitions)}"
            yield Problem(name, "no-queue", f"cluster {facts.cluster} has no partition {name}", advice)
    for name in dict.fromkeys(name for site in sites for name in settings_of(site).excepted):
        if name not in facts.partitions:
            message = f"cluster {facts.cluster} has no partition {name} to leave out"
            yield Problem("", "no-queue", message, near(name, facts.partitions), "warning")
