"""Slurm, as the core sees it: a cluster that is queried on a login node, through ssh, or with collected facts."""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.executors.interface import Executor, ScopeFacts, Words
from nfconfgen.executors.slurm import checks, config, head, launch, plan_checks, read_settings, rows
from nfconfgen.executors.slurm.facts import observe, pools
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
from nfconfgen.executors.slurm.settings import settings_of
from nfconfgen.facts.gather import Gathered
from nfconfgen.facts.model import Fault, SitePools
from nfconfgen.facts.unasked import of_site
from nfconfgen.findings import Finding
from nfconfgen.plan.model import SitePlan
from nfconfgen.profile.model import Site

_COLLECT = "nfconfgen facts --collect > site.json"


def _pools(site: Site, facts: ScopeFacts | None) -> SitePools:
    return pools.pools(facts, site) if isinstance(facts, ClusterFacts) else of_site(site)


def _missing_facts(site: Site, known: ScopeFacts | None) -> Iterator[Finding]:
    """If nothing is known, its limits are in the profile, and the plan says that its nodes are not known."""
    advice = "build on a login node of the cluster, or with facts collected there (nfconfgen facts --collect)"
    for queue in site.queues if known is not None else ():
        if known is not None and queue.value not in known.queues:
            message = f"the lock knows nothing of {queue.value} in {observe.scope(site)}"
            yield Finding(queue.place, "facts-missing", message, advice)


def _unknown_machines(site: Site, gathered: Gathered) -> str:
    if any(pool.known for pool in gathered.facts[site.name]):
        return ""
    way_out = f"On a login node: {_COLLECT}; here: nfconfgen build --from site.json"
    facts = gathered.of(site)
    if isinstance(facts, ClusterFacts):
        way_out = f"The facts of cluster {facts.cluster} name none of its partitions"
    elif any(finding.rule == "cluster" for finding in gathered.findings):
        way_out = "The facts that were found are of another cluster"
    return f"{site.name}: its nodes are not known, so what it asks for is not checked. {way_out}"


def _consequence(fault: Fault) -> str:
    if fault.kind == "refused":
        return "Slurm would refuse it"
    return f"it would wait for ever ({fault.reason})" if fault.reason else "it would wait for ever"


def _notes(site: SitePlan) -> Iterator[str]:
    if not site.site.settings.asks_memory:
        refused = "the memory is not asked for, as this site refuses --mem"
        yield f"{refused}; it is still compared with what the nodes have"


def _collect(now: str) -> tuple[ClusterFacts, list[str]]:
    from nfconfgen.executors.slurm.facts import query  # brings subprocess along

    return query.collect(now)


SLURM = Executor(
    name="slurm",
    words=Words(scheduler="Slurm", queue="partition", machine="node", cpu="CPU", reported="reported by Slurm"),
    remedy=f"To know them, on its login node: {_COLLECT}; here: nfconfgen build --from site.json",
    settings=read_settings.read,
    checks=checks.check,
    scope=observe.scope,
    read_facts=ClusterFacts.from_json,
    observe=observe.observe,
    pools=_pools,
    rows=lambda site, pools, facts, now: (row for pool in pools for row in rows.of_partition(site.name, pool, now)),
    missing_facts=_missing_facts,
    announcement=lambda sites: "asking Slurm what its partitions offer …" if observe.reachable(sites) else "",
    not_queried=observe.not_queried,
    unused=observe.unused,
    unknown_machines=_unknown_machines,
    stale=lambda pool, shape, age: (
        f"Slurm was asked about {pool.name} {age}",
        "ask again on a login node: nfconfgen facts --refresh",
    ),
    collect=_collect,
    site_findings=head.findings,
    task_findings=plan_checks.raised_cpus,
    head_queue=head.queue,
    consequence=_consequence,
    title=config.title,
    registry=lambda site: settings_of(site).containers.registry,
    directives=config.directives,
    everywhere=config.everywhere,
    last=config.last,
    config_values=config.config_values,
    launch_values=launch.values,
    config_paths=config.paths,
    cluster_options=config.options_of,
    notes=_notes,
    lost=lambda site, counts, nextflow: (
        f"a node that fails leaves no exit code: it {counts}; Slurm itself starts nothing again (--no-requeue)"
    ),
)
