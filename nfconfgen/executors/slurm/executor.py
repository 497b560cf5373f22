"""Slurm, as the core sees it: a cluster whose facts are queried on a login node, by ssh, or collected there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from nfconfgen.executors.interface import Executor, Words
from nfconfgen.executors.slurm import config, head, launch, options, settings, site_checks
from nfconfgen.executors.slurm.facts import observe
from nfconfgen.executors.slurm.settings import settings_of
from nfconfgen.facts.model import Fault, Pool, Shape, SitePools
from nfconfgen.findings import Finding
from nfconfgen.plan.admission import Need
from nfconfgen.plan.model import SitePlan
from nfconfgen.plan.placement import most_memory_mib
from nfconfgen.plan.plan_table import shape_gpus
from nfconfgen.profile.model import Site
from nfconfgen.profile.references import known
from nfconfgen.profile.tasks import OPTIONS
from nfconfgen.profile.units import time_text

if TYPE_CHECKING:
    from nfconfgen.executors.examination import Examination, Examined
    from nfconfgen.facts.gather import Gathered
    from nfconfgen.facts.rows import Row

_COLLECT = "nfconfgen facts --collect-script | ssh LOGIN bash -l > site.facts, then nfconfgen build --from site.facts"


def _unknown_machines(site: Site, gathered: Gathered) -> str:
    if any(pool.known for pool in gathered.facts[site.name]):
        return ""
    remedy = f"To query them: {_COLLECT}"
    facts = observe.of_cluster(gathered.of(site))
    if facts is not None:
        remedy = f"The facts of cluster {facts.cluster} name none of its partitions"
    elif any(finding.rule == "cluster" for finding in gathered.findings):
        remedy = "The facts that were found belong to another cluster"
    return f"{site.name}: the nodes are unknown, so requests are not checked. {remedy}"


def _consequence(fault: Fault) -> str:
    if fault.kind == "refused":
        return "Slurm would refuse it"
    return f"it would pend indefinitely ({fault.reason})" if fault.reason else "it would pend indefinitely"


def _site_findings(site: Site, pools: SitePools, of_classes: Sequence[Pool]) -> Iterator[Finding]:
    yield from site_checks.unproven(site, [*pools, *of_classes])
    yield from site_checks.late(site)
    yield from head.findings(site, pools)


def _notes(site: SitePlan) -> Iterator[str]:
    if not site.site.settings.asks_memory:
        reason = "memory is not requested, as this site refuses --mem"
        yield f"{reason}; it is still compared with the memory of the nodes"


def _once(pools: SitePools) -> Iterator[Pool]:
    """Each partition once, whatever options its jobs have; alone, if it is one of several at once elsewhere."""
    ordered = sorted(pools, key=lambda pool: bool(pool.part))
    first = {pool.own_name: pool for pool in reversed(ordered)}
    return (first[name] for name in dict.fromkeys(pool.own_name for pool in pools))


def _rows(site: str, pool: Pool, now: str) -> Iterator[Row]:
    """One row for each kind of node; the limits of the partition hold for all of them."""
    from nfconfgen.facts.rows import Row

    if not pool.known:
        yield Row(site, pool.own_name, "unknown")
    elif pool.closed and not (pool.shapes or pool.down):
        yield Row(site, pool.own_name, "closed")
    for shape in (*pool.shapes, *pool.down):
        yield _row(site, pool, shape, now)


def _how(shape: Shape) -> str:
    return "written by hand" if shape.source == "written" else "queried"


def _row(site: str, pool: Pool, shape: Shape, now: str) -> Row:
    from nfconfgen.facts.rows import Row
    from nfconfgen.facts.staleness import age_text

    kind = shape_gpus(shape) if shape.gpus else "nodes"
    by_hand = shape.source == "written"
    how = _how(shape)
    return Row(
        site=site,
        queue=pool.own_name,
        state="unknown" if by_hand else "down" if shape in pool.down else "closed" if pool.closed else "up",
        environment=f"at most {time_text(pool.time_s)}" if pool.time_s is not None else "no time limit",
        kind=kind,
        instance_type=shape.name,
        cpus=shape.cpus,
        memory_mib=shape.memory_mib,
        ask_mib=most_memory_mib(replace(pool, shapes=(shape,)), Need(1, 1)),
        source=shape.source,
        time=shape.time or None,
        gpus=shape.gpus,
        on=kind,
        how=f"{how} {age_text(shape.time, now)}" if shape.time else how,
    )


def _collect() -> tuple[str, list[str]]:
    from nfconfgen.executors.slurm.facts import client  # brings subprocess along

    return client.collect()


def _collect_script() -> str:
    from nfconfgen.executors.slurm.facts import client

    return client.script()


def _examine(examination: Examination) -> Examined | None:
    from nfconfgen.executors.slurm.doctor.survey import examine

    return examine(examination)


SLURM = Executor(
    name="slurm",
    words=Words(scheduler="Slurm", queue="partition", machine="node", cpu="CPU", reported="reported by Slurm"),
    remedy=f"To query them: {_COLLECT}",
    settings=settings.read,
    several_at_once=True,
    options=frozenset(OPTIONS),
    has_library=True,
    configured=settings.configured,
    checks=site_checks.check,
    scope=settings.scope,
    read_facts=observe.read,
    observe=observe.observe,
    pools=observe.pools,
    rows=lambda site, pools, facts, now: (row for pool in _once(pools) for row in _rows(site.name, pool, now)),
    undecided=site_checks.unknown_choice,
    left_out=observe.left_out,
    remedy_of_lock="build on a login node, or with facts collected there (nfconfgen facts --collect-script)",
    plans_blind=True,
    announcement=observe.announcement,
    not_queried=observe.not_queried,
    unused=observe.unused,
    unknown_machines=_unknown_machines,
    stale=lambda pool, shape, age: (
        f"{pool.name} of Slurm was {_how(shape)} {age}",
        "query it again on a login node: nfconfgen facts --refresh",
    ),
    collect=_collect,
    collect_script=_collect_script,
    read_collected=observe.read_collected,
    first_names=("slurm", "cluster", "hpc"),
    offers=observe.offers,
    site_findings=_site_findings,
    task_findings=site_checks.raised_cpus,
    head_queue=head.queue,
    consequence=_consequence,
    title=config.title,
    registry=lambda site: known(settings_of(site).containers.registry, site.params),
    directives=config.directives,
    everywhere=config.everywhere,
    last=config.last,
    sections=config.sections,
    launch_values=launch.values,
    cluster_options=options.of_task,
    notes=_notes,
    lost=lambda site, counts, nextflow: (
        f"a node that fails leaves no exit code: it {counts}; Slurm itself does not requeue jobs (--no-requeue)"
    ),
    examine=_examine,
)
