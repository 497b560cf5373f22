"""AWS Batch, as the core sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nfconfgen.executors.awsbatch import checks, config, definitions, plan_checks, rows, settings
from nfconfgen.executors.awsbatch.facts.region import RegionFacts
from nfconfgen.executors.awsbatch.settings import BatchSettings, settings_of
from nfconfgen.executors.interface import Executor, ScopeFacts, Values, Words
from nfconfgen.facts.model import Pool, Problem, Shape, SitePools
from nfconfgen.facts.query import Query
from nfconfgen.facts.rows import Row
from nfconfgen.facts.unasked import of_site
from nfconfgen.findings import Finding
from nfconfgen.plan.model import Plan, SitePlan, Step
from nfconfgen.profile.document.yaml12 import Document
from nfconfgen.profile.model import Profile, Site, TaskClass
from nfconfgen.render.process import Container, Directives

if TYPE_CHECKING:
    from nfconfgen.conflicts.meetings import Met
    from nfconfgen.executors.tasks import Core, Examination, Examined, Measure
    from nfconfgen.facts.lock import Lock
    from nfconfgen.pipeline.model import Scope, Sources

_NO_SPOT_ATTEMPTS_SINCE = (24, 10)
"""From here on Nextflow has Batch restart nothing by itself (aws.batch.maxSpotAttempts is 0, it was 5)."""


class AwsBatch(Executor):
    """Job queues of a region, with the memory that their instances registered with ECS."""

    name = "awsbatch"
    words = Words(scheduler="AWS Batch", queue="queue", machine="instance", cpus="vCPUs")
    remedy = "To know them: nfconfgen build, without --offline"

    def settings(self, site: str, document: Document, findings: list[Finding]) -> BatchSettings:
        return settings.read(document.data["sites"][site])

    def checks(self, site: str, document: Document) -> Iterator[Finding]:
        return checks.check(site, document)

    def scope(self, site: Site) -> str:
        return settings_of(site).region

    def read_facts(self, data: object, at: str) -> RegionFacts:
        return RegionFacts.from_json(data, at)

    def observe(
        self, sites: Sequence[Site], known: ScopeFacts | None, query: Query
    ) -> tuple[ScopeFacts | None, list[Problem]]:
        if not query.network:
            return known, []
        from nfconfgen.executors.awsbatch.client import Aws
        from nfconfgen.executors.awsbatch.facts.observe import observe

        before = known if isinstance(known, RegionFacts) else RegionFacts()
        queues = sorted({queue.value for site in sites for queue in site.queues})
        return observe(Aws(self.scope(sites[0]), query.calls), queues, before, query.now, refresh=query.refresh)

    def pools(self, site: Site, facts: ScopeFacts | None) -> SitePools:
        """In the order of the profile; of a queue that is not known just the limits of the site."""
        known = {pool.name: pool for pool in facts.pools(site)} if isinstance(facts, RegionFacts) else {}
        return tuple(known.get(pool.name, pool) for pool in of_site(site))

    def missing_facts(self, site: Site, known: ScopeFacts | None) -> Iterator[Finding]:
        for queue in site.queues:
            if known is None or queue.value not in known.queues:
                message = f"the lock knows nothing of {queue.value} in {self.scope(site)}"
                yield Finding(queue.place, "facts-missing", message, plan_checks.ASK)

    def announcement(self, sites: Sequence[Site]) -> str:
        return "asking AWS what its queues offer …"

    def stale(self, pool: Pool, shape: Shape, age: str) -> tuple[str, str]:
        return f"{shape.name} of {pool.name} was measured {age}", "measure again: nfconfgen probe"

    def aged(self, site: Site, queue: str, facts: ScopeFacts | None) -> Iterator[tuple[str, str, str]]:
        if not isinstance(facts, RegionFacts):
            return
        for name in facts.queues.get(queue, ()):
            if facts.environments[name].image_status == "UPDATE_AVAILABLE":
                message = f"{queue}: Batch has a newer AMI for compute environment {name}"
                yield "newer-image", message, "once it is updated, measure again: nfconfgen probe"

    def rows(self, site: Site, pools: SitePools, facts: ScopeFacts | None, now: str) -> Iterator[Row]:
        known = facts if isinstance(facts, RegionFacts) else None
        for queue in site.queues:
            yield from rows.of_queue(site.name, queue.value, known, now)

    def site_findings(self, site: Site, pools: SitePools) -> Iterator[Finding]:
        return plan_checks.of_site(site, pools)

    def task_findings(self, task: TaskClass, steps: Sequence[Step], pools: SitePools) -> Iterator[Finding]:
        return plan_checks.gpus(task, steps, pools)

    def title(self, site: SitePlan) -> str:
        return config.title(site)

    @property
    def uploads(self) -> bool:
        return True

    def containers(self, site: SitePlan, plan: Plan) -> Container:
        return config.containers(site, plan)

    def stand_ins(self, site: SitePlan, plan: Plan) -> Mapping[str, str]:
        return definitions.names(plan, site)

    def directives(self, site: SitePlan) -> Directives:
        return config.directives(site)

    def config_values(self, site: SitePlan, plan: Plan) -> Values:
        return config.config_values(site, plan)

    def launch_values(self, site: SitePlan, plan: Plan) -> Values:
        return config.launch_values(site, plan)

    def files(self, sites: Sequence[SitePlan], plan: Plan) -> dict[str, str]:
        return config.files(sites, plan)

    def config_paths(self, site: SitePlan) -> Iterator[Scope]:
        return config.paths(site)

    def pipeline_findings(self, site: Site, sources: Sources, met: Met) -> Iterator[Finding]:
        from nfconfgen.executors.awsbatch.pipeline import findings

        return findings(site, sources, met)

    def lost(self, site: SitePlan, counts: str, nextflow: tuple[int, ...]) -> str:
        if any(pool.fixed_sizes for pool in site.pools):
            return f"a task whose Fargate capacity is reclaimed leaves no exit code: it {counts}"
        batch = "Batch itself starts nothing again"
        if nextflow < _NO_SPOT_ATTEMPTS_SINCE:
            batch += ", but before Nextflow 24.10 up to five times the same job of the same size"
        return f"a Spot instance that is reclaimed, or a host that is lost, leaves no exit code: it {counts}; {batch}"

    def examine(self, examination: Examination) -> Examined | None:
        from nfconfgen.executors.awsbatch.doctor.examine import examine

        return examine(examination)

    @property
    def measures(self) -> bool:
        return True

    def measure(self, profile: Profile, lock: Lock, options: Measure, core: Core) -> int:
        from nfconfgen.executors.awsbatch.probe.command import measure

        return measure(profile, lock, options, core)

    def restore(self, path: Path, profile: Callable[[], Profile | None], options: Measure, core: Core) -> int:
        from nfconfgen.executors.awsbatch.probe.command import restore

        return restore(path, profile, options, core)
