"""Slurm, as the core sees it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from nfconfgen.executors.interface import Executor, ScopeFacts, Values, Words
from nfconfgen.executors.slurm import checks, config, head, launch, read_settings, rows
from nfconfgen.executors.slurm.facts import observe, pools
from nfconfgen.executors.slurm.facts.cluster import ClusterFacts
from nfconfgen.executors.slurm.settings import SlurmSettings, settings_of
from nfconfgen.facts.model import Fault, Pool, Problem, Shape, SitePools
from nfconfgen.facts.query import Query
from nfconfgen.facts.rows import Row
from nfconfgen.facts.unasked import of_site
from nfconfgen.findings import Finding
from nfconfgen.plan.model import Ladder, Plan, SitePlan
from nfconfgen.profile.document.yaml12 import Document
from nfconfgen.profile.model import Site
from nfconfgen.render import process
from nfconfgen.render.process import Directives, Setting
from nfconfgen.render.scope import Selected

if TYPE_CHECKING:
    from nfconfgen.facts.gather import Gathered
    from nfconfgen.pipeline.model import Scope

_COLLECT = "nfconfgen facts --collect > site.json"


class Slurm(Executor):
    """A cluster that is queried on a login node: here, through ssh, or with facts that were collected there."""

    name = "slurm"
    words = Words(scheduler="Slurm", queue="partition", machine="node", cpus="CPUs")
    remedy = f"To know them, on its login node: {_COLLECT}; here: nfconfgen build --from site.json"

    def settings(self, site: str, document: Document, findings: list[Finding]) -> SlurmSettings:
        return read_settings.read(site, document, findings)

    def checks(self, site: str, document: Document) -> Iterator[Finding]:
        return checks.check(site, document)

    def scope(self, site: Site) -> str:
        return observe.scope(site)

    def read_facts(self, data: object, at: str) -> ClusterFacts:
        return ClusterFacts.from_json(data, at)

    def observe(
        self, sites: Sequence[Site], known: ScopeFacts | None, query: Query
    ) -> tuple[ScopeFacts | None, list[Problem]]:
        return observe.observe(sites, known if isinstance(known, ClusterFacts) else None, query)

    def pools(self, site: Site, facts: ScopeFacts | None) -> SitePools:
        return pools.pools(facts, site) if isinstance(facts, ClusterFacts) else of_site(site)

    def missing_facts(self, site: Site, known: ScopeFacts | None) -> Iterator[Finding]:
        if known is None:
            return  # its limits are in the profile, and the plan says that its nodes are not known
        advice = "build on a login node of the cluster, or with facts collected there (nfconfgen facts --collect)"
        for queue in site.queues:
            if queue.value not in known.queues:
                message = f"the lock knows nothing of {queue.value} in {self.scope(site)}"
                yield Finding(queue.place, "facts-missing", message, advice)

    def announcement(self, sites: Sequence[Site]) -> str:
        return "asking Slurm what its partitions offer …" if observe.reachable(sites) else ""

    def not_queried(self, sites: Sequence[Site]) -> str:
        if observe.reachable(sites):
            return ""
        names = ", ".join(site.name for site in sites)
        return f"{names}: not asked, as there is no Slurm here; --from takes what was collected there"

    def unused(self, sites: Sequence[Site], query: Query) -> Iterator[tuple[str, str]]:
        return observe.unused(sites, query)

    def unknown_machines(self, site: Site, gathered: Gathered) -> str:
        if any(pool.known for pool in gathered.facts[site.name]):
            return ""
        way_out = f"On a login node: {_COLLECT}; here: nfconfgen build --from site.json"
        facts = gathered.of(site)
        if isinstance(facts, ClusterFacts):
            way_out = f"The facts of cluster {facts.cluster} name none of its partitions"
        elif any(finding.rule == "cluster" for finding in gathered.findings):
            way_out = "The facts that were found are of another cluster"
        return f"{site.name}: its nodes are not known, so what it asks for is not checked. {way_out}"

    def stale(self, pool: Pool, shape: Shape, age: str) -> tuple[str, str]:
        return f"Slurm was asked about {pool.name} {age}", "ask again on a login node: nfconfgen facts --refresh"

    def rows(self, site: Site, pools: SitePools, facts: ScopeFacts | None, now: str) -> Iterator[Row]:
        for pool in pools:
            yield from rows.of_partition(site.name, pool, now)

    @property
    def collects(self) -> bool:
        return True

    def collect(self, now: str) -> tuple[ClusterFacts, list[str]]:
        from nfconfgen.executors.slurm.facts import query  # brings subprocess along

        return query.collect(now)

    def site_findings(self, site: Site, pools: SitePools) -> Iterator[Finding]:
        return head.findings(site, pools)

    def head_queue(self, site: Site, pools: SitePools) -> str:
        return head.queue(site, pools)

    def consequence(self, fault: Fault) -> str:
        if fault.kind == "refused":
            return "Slurm would refuse it"
        return f"it would wait for ever ({fault.reason})" if fault.reason else "it would wait for ever"

    def title(self, site: SitePlan) -> str:
        return config.title(site)

    def registry(self, site: Site) -> str:
        return settings_of(site).containers.registry

    def directives(self, site: SitePlan) -> Directives:
        return config.directives(site)

    def everywhere(self, site: SitePlan) -> list[Setting]:
        return config.everywhere(site)

    def last(self, site: SitePlan) -> list[tuple[Selected, tuple[Setting, ...]]]:
        return config.last(site)

    def config_values(self, site: SitePlan, plan: Plan) -> Values:
        return config.config_values(site, plan)

    def launch_values(self, site: SitePlan, plan: Plan) -> Values:
        return launch.values(site, plan)

    def config_paths(self, site: SitePlan) -> Iterator[Scope]:
        return config.paths(site)

    def cluster_options(self, site: SitePlan, ladder: Ladder, default: Ladder | None) -> str | None:
        asking = ladder if process.own_accelerator(ladder, default) else default
        return config.cluster_options(settings_of(site.site).sbatch, asking) or None

    def notes(self, site: SitePlan) -> Iterator[str]:
        if not site.site.settings.asks_memory:
            yield (
                "the memory is not asked for, as this site refuses --mem; "
                "it is still compared with what the nodes have"
            )

    def lost(self, site: SitePlan, counts: str, nextflow: tuple[int, ...]) -> str:
        return f"a node that fails leaves no exit code: it {counts}; Slurm itself starts nothing again (--no-requeue)"
