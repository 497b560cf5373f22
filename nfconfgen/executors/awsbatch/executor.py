"""AWS Batch, as the core sees it: the job queues of a region, and the memory that instances registered with ECS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from nfconfgen.executors.awsbatch import causes_of_failure, config, definitions, plan_checks, settings, site_checks
from nfconfgen.executors.awsbatch.settings import BatchSettings, settings_of
from nfconfgen.executors.awsbatch.stack import template
from nfconfgen.executors.interface import Executor, Offers, ScopeFacts, Words
from nfconfgen.facts.model import Problem, Shape, SitePools, unqueried
from nfconfgen.findings import Finding
from nfconfgen.plan.model import SitePlan
from nfconfgen.profile.model import Profile, Settings, Site

if TYPE_CHECKING:
    from nfconfgen.conflicts.meetings import Met
    from nfconfgen.executors.awsbatch.facts.region import RegionFacts
    from nfconfgen.executors.awsbatch.stack.declared import Declared
    from nfconfgen.executors.examination import Core, Examination, Examined, Measure, Provision
    from nfconfgen.explain.price_file import Market
    from nfconfgen.facts.lock import Lock
    from nfconfgen.facts.query import Query
    from nfconfgen.facts.rows import Row
    from nfconfgen.pipeline.model import Sources
    from nfconfgen.terminal.console import Console

_NO_SPOT_ATTEMPTS_SINCE = (24, 10)
"""Since this version Batch does not restart jobs by itself (aws.batch.maxSpotAttempts is 0 instead of 5)."""


# what a build or a check of a pipeline does not need is imported when it is used


def _region(facts: ScopeFacts | None) -> RegionFacts | None:
    if facts is None:
        return None
    from nfconfgen.executors.awsbatch.facts.region import RegionFacts

    return facts if isinstance(facts, RegionFacts) else None


def _read_facts(data: object, at: str) -> ScopeFacts:
    from nfconfgen.executors.awsbatch.facts.region import RegionFacts

    return RegionFacts.from_json(data, at)


def _pools(site: Site, facts: ScopeFacts | None) -> SitePools:
    known = _region(facts)
    return known.pools(site) if known is not None else unqueried(site)


def _declared(sites: Sequence[Site], facts: ScopeFacts | None) -> ScopeFacts | None:
    known, declared = _region(facts), _declarations(sites)
    if known is None or not (declared or known.has_declared):
        return facts
    from nfconfgen.executors.awsbatch.facts.not_yet import with_declared

    return with_declared(known, declared)


def _declarations(sites: Sequence[Site]) -> list[Declared]:
    """The queues that these sites declare; of one that several declare, the first counts."""
    found = {each.queue: each for site in reversed(sites) for each in settings_of(site).made}
    return [found[name] for name in sorted(found)]


def _own_queues(sites: Sequence[Site]) -> set[str]:
    """The declared queues, also those that no task goes to."""
    return {each.queue for site in sites for each in settings_of(site).made}


def _informed(settings: Settings, facts: ScopeFacts | None) -> Settings:
    """With the instance types of declared queues, and what their stack has where the profile names nothing."""
    known = _region(facts)
    assert isinstance(settings, BatchSettings)
    if known is None or not settings.made:
        return settings
    types = {name for each in settings.made for name in each.types}
    sheets = {name: sheet for name, sheet in known.instance_types.items() if name in types}
    deployed = known.stacks.get(settings.stack.name)
    if deployed is None:
        return replace(settings, sheets=sheets)
    role, group = settings.job_role or deployed.job_role, settings.logs_group or deployed.logs_group
    return replace(settings, sheets=sheets, job_role=role, logs_group=group, head_role=deployed.head_role)


def _observe(
    sites: Sequence[Site], known: ScopeFacts | None, query: Query
) -> tuple[ScopeFacts | None, list[Problem]]:
    if not query.network:
        return known, []
    from nfconfgen.executors.awsbatch.client import Aws
    from nfconfgen.executors.awsbatch.facts.observe import observe
    from nfconfgen.executors.awsbatch.facts.region import RegionFacts
    from nfconfgen.executors.awsbatch.facts.stacks import with_stacks

    before = _region(known) or RegionFacts()
    queues = sorted({queue.value for site in sites for queue in site.named} | _own_queues(sites))
    region = settings_of(sites[0]).region
    if not region:
        return known, []
    aws, declared = Aws(region, query.calls), _declarations(sites)
    facts, problems = observe(aws, queues, before, query.now, refresh=query.refresh, declared=declared)
    return (with_stacks(aws, sites, facts) if declared else facts), problems


def _offers(region: str, query: Query) -> Offers:
    from nfconfgen.executors.awsbatch.facts.offers import offers

    return offers(region, query)


def _offered(site: Site, facts: ScopeFacts | None, query: Query) -> Sequence[Shape]:
    region = settings_of(site).region
    if not query.network or not region:
        return ()
    from nfconfgen.executors.awsbatch.client import Aws
    from nfconfgen.executors.awsbatch.facts.region import RegionFacts
    from nfconfgen.executors.awsbatch.facts.types_offered import offered

    return offered(Aws(region, query.calls), site, _region(facts) or RegionFacts())


def _rows(site: Site, pools: SitePools, facts: ScopeFacts | None, now: str) -> Iterator[Row]:
    from nfconfgen.executors.awsbatch import queue_rows

    known = _region(facts)
    for queue in dict.fromkeys(queue.value for queue in site.named):
        yield from queue_rows.of_queue(site.name, queue, known, now)


def _aged(queue: str, facts: ScopeFacts | None) -> Iterator[tuple[str, str, str]]:
    known = _region(facts)
    if known is None:
        return
    for name in known.queues.get(queue, ()):
        if known.environments[name].image_status == "UPDATE_AVAILABLE":
            message = f"{queue}: Batch has a newer AMI for compute environment {name}"
            yield "newer-image", message, "once it is updated, measure again: nfconfgen probe"


def _lost(site: SitePlan, counts: str, nextflow: tuple[int, ...]) -> str:
    if any(pool.fixed_sizes for pool in site.every_pool):
        return f"a task whose Fargate capacity is reclaimed leaves no exit code: it {counts}"
    batch = "Batch itself does not start a job again"
    if nextflow < _NO_SPOT_ATTEMPTS_SINCE:
        batch += ", but before Nextflow 24.10 it does so up to five times, with the same size"
    return f"a Spot instance that is reclaimed, or a host that is lost, leaves no exit code: it {counts}; {batch}"


def _pipeline_findings(site: Site, sources: Sources, met: Met) -> Iterator[Finding]:
    from nfconfgen.executors.awsbatch.pipeline_conflicts import findings

    return findings(site, sources, met)


def _prices(site: Site, facts: ScopeFacts | None) -> Market:
    from nfconfgen.executors.awsbatch.facts.region import RegionFacts
    from nfconfgen.executors.awsbatch.prices.market import market

    return market(settings_of(site).region, _region(facts) or RegionFacts())


def _examine(examination: Examination) -> Examined | None:
    from nfconfgen.executors.awsbatch.doctor.survey import examine

    return examine(examination)


def _measure(profile: Profile, lock: Lock, options: Measure, core: Core) -> int:
    from nfconfgen.executors.awsbatch.probe.command import measure

    return measure(profile, lock, options, core)


def _restore(profile: Callable[[], Profile | None], options: Measure, core: Core) -> int:
    from nfconfgen.executors.awsbatch.probe.command import restore

    return restore(profile, options, core)


def _provision(site: Site, text: str, options: Provision, console: Console) -> int:
    from nfconfgen.executors.awsbatch.stack.deploy import provision

    return provision(site, text, options, console)


AWSBATCH = Executor(
    name="awsbatch",
    words=Words(
        scheduler="AWS Batch",
        queue="queue",
        machine="instance",
        cpu="vCPU",
        fixed_sizes="Fargate",
        reclaimable="Spot",
    ),
    remedy="To know them: nfconfgen build, without --offline",
    uploads=True,
    has_library=True,
    settings=lambda site, document, findings: settings.read(site, document),
    checks=site_checks.check,
    scope=lambda site: settings_of(site).region,
    read_facts=_read_facts,
    observe=_observe,
    declared=_declared,
    informed=_informed,
    pools=_pools,
    rows=_rows,
    remedy_of_lock=plan_checks.ASK,
    announcement=lambda sites: "asking AWS what its queues offer …",
    stale=lambda pool, shape, age: (
        f"{shape.name} of {pool.name} was measured {age}",
        "measure again: nfconfgen probe",
    ),
    aged=_aged,
    first_names=("awsbatch", "cloud", "aws"),
    offered=_offered,
    offers=_offers,
    site_findings=plan_checks.of_site,
    task_findings=plan_checks.gpus,
    title=config.title,
    containers=config.containers,
    stand_ins=definitions.names,
    directives=config.directives,
    everywhere=config.everywhere,
    sections=config.sections,
    launch_values=config.launch_values,
    files=config.files,
    decides=config.DECIDED,
    pipeline_findings=_pipeline_findings,
    lost=_lost,
    failures=causes_of_failure.failures,
    prices=_prices,
    examine=_examine,
    measure=_measure,
    declarations=lambda site, profile: template.path(site, profile) if template.declares(site) else "",
    registers=config.REGISTERS,
    provision=_provision,
    restore=_restore,
)
