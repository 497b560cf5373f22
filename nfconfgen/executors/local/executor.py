"""The local executor, as the core sees it: one machine without a scheduler.

Nextflow itself counts the cores and memory that tasks take, and a task that asks for more than there is ends the run.
So requests are planned here as well. `limits` with cpus and memory stand for a machine of that size; without them the
machine that builds is read, and kept in the lock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from nfconfgen.executors.interface import Executor, ScopeFacts, Values, Words
from nfconfgen.executors.local import machine, plan_checks
from nfconfgen.executors.local.machine import MachineFacts
from nfconfgen.executors.local.settings import LocalSettings, settings_of
from nfconfgen.facts.model import Pool, Problem, Shape, SitePools
from nfconfgen.facts.query import Query
from nfconfgen.facts.rows import Row
from nfconfgen.facts.staleness import age_text
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.profile import containers
from nfconfgen.profile.model import Limits, Site
from nfconfgen.render import engines, groovy
from nfconfgen.render.process import Setting

if TYPE_CHECKING:
    from nfconfgen.facts.gather import Gathered
    from nfconfgen.pipeline.model import Scope


def _observe(
    sites: Sequence[Site], known: ScopeFacts | None, query: Query
) -> tuple[ScopeFacts | None, list[Problem]]:
    """Nothing if the profile says it all, and is the same on every machine."""
    if all(_sized(site.limits) for site in sites):
        return None, []
    if not query.network:
        return known, []
    found = machine.read(query.now)
    same = isinstance(known, MachineFacts) and found.same_but_time(known) and not query.refresh
    return known if same else found, []


def _pools(site: Site, facts: ScopeFacts | None) -> SitePools:
    limits = site.limits
    if limits.cpus is not None and limits.memory_mib is not None:
        shape = Shape("limits of the profile", limits.cpus, limits.memory_mib, "set", gpus=None)
    elif isinstance(facts, MachineFacts):
        shape = Shape(machine.NAME, facts.cpus, facts.memory_mib, "configured", facts.time, gpus=None)
    else:
        return (Pool("local", limits=limits),)
    return (Pool("local", (shape,), limits=limits, configured=True),)


def _unknown_machines(site: Site, gathered: Gathered) -> str:
    if gathered.facts[site.name][0].known:
        return ""
    return f"{site.name}: the size of its machine is not known, so what it asks for is not checked. {LOCAL.remedy}"


def _rows(site: Site, pools: SitePools, facts: ScopeFacts | None, now: str) -> Iterator[Row]:
    for pool in pools:
        if not pool.known:
            yield Row(site.name, pool.name, "unknown")
        for shape in pool.shapes:
            yield _row(site, shape, pool, now)


def _config_values(site: SitePlan, plan: Plan) -> Values:
    chosen = settings_of(site.site).containers
    return {
        "executor": _capacity(site),
        "engine": chosen.engine,
        "engine_settings": engines.settings(chosen) if chosen.engine else [],
        "disabled": engines.others(chosen.engine),
    }


def _paths(site: SitePlan) -> Iterator[Scope]:
    yield from (("executor", key) for key, _ in _capacity(site))
    yield from engines.paths(settings_of(site.site).containers)


def _sized(limits: Limits) -> bool:
    return limits.cpus is not None and limits.memory_mib is not None


def _capacity(site: SitePlan) -> list[Setting]:
    """What all tasks together may take, if the profile limits that; otherwise all that the machine has."""
    said, limits = site.site.limits, site.limits
    return [
        *engines.if_set("cpus", limits.cpus if said.cpus is not None else None),
        *engines.if_set(
            "memory", groovy.memory(limits.memory_mib) if said.memory_mib and limits.memory_mib else None
        ),
    ]


def _row(site: Site, shape: Shape, pool: Pool, now: str) -> Row:
    row = Row(
        site=site.name,
        queue=pool.name,
        state="up",
        environment="no time limit",
        kind="machine",
        instance_type=shape.name,
        cpus=shape.cpus,
        memory_mib=shape.memory_mib,
        ask_mib=shape.memory_mib,
        source=shape.source,
        time=shape.time or None,
        on="this machine",
    )
    return replace(row, how=f"read {age_text(shape.time, now)}" if shape.time else "set in the profile")


LOCAL = Executor(
    name="local",
    words=Words(scheduler="Nextflow", queue="queue", machine="machine", cpus="CPUs"),
    remedy="To know them: nfconfgen build on that machine, without --offline; or set limits with cpus and memory",
    has_queues=False,
    settings=lambda site, document, findings: LocalSettings(
        containers.read(("sites", site, "container"), document, findings)
    ),
    checks=lambda site, document: containers.check(("sites", site, "container"), document),
    scope=lambda site: machine.NAME,
    read_facts=MachineFacts.from_json,
    observe=_observe,
    pools=_pools,
    rows=_rows,
    unknown_machines=_unknown_machines,
    stale=lambda pool, shape, age: (f"this machine was read {age}", "read it again: nfconfgen facts --refresh"),
    site_findings=lambda site, pools: plan_checks.gpus(site),
    title=lambda site: "the machine that runs Nextflow",
    registry=lambda site: settings_of(site).containers.registry,
    config_values=_config_values,
    launch_values=lambda site, plan: {"engine": settings_of(site.site).containers.engine},
    config_paths=_paths,
    lost=lambda site, counts, nextflow: "a machine that goes down takes the run with it: start it again with -resume",
)
