"""The local executor, as the core sees it."""

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
from nfconfgen.findings import Finding
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.profile import containers
from nfconfgen.profile.document.yaml12 import Document
from nfconfgen.profile.model import Limits, Site
from nfconfgen.render import engines, groovy
from nfconfgen.render.process import Setting

if TYPE_CHECKING:
    from nfconfgen.facts.gather import Gathered
    from nfconfgen.pipeline.model import Scope

_LIMITS = "limits of the profile"


class Local(Executor):
    """One machine without a scheduler, on which Nextflow itself counts the cores and memory that tasks take.

    A task that asks for more than there is ends the run, so requests are planned here as well. `limits` with cpus and
    memory stand for a machine of that size; without them the machine that builds is read, and kept in the lock.
    """

    name = "local"
    words = Words(scheduler="Nextflow", queue="queue", machine="machine", cpus="CPUs")
    remedy = "To know them: nfconfgen build on that machine, without --offline; or set limits with cpus and memory"
    has_queues = False

    def settings(self, site: str, document: Document, findings: list[Finding]) -> LocalSettings:
        return LocalSettings(containers.read(("sites", site, "container"), document, findings))

    def checks(self, site: str, document: Document) -> Iterator[Finding]:
        return containers.check(("sites", site, "container"), document)

    def scope(self, site: Site) -> str:
        return machine.NAME

    def read_facts(self, data: object, at: str) -> MachineFacts:
        return MachineFacts.from_json(data, at)

    def observe(
        self, sites: Sequence[Site], known: ScopeFacts | None, query: Query
    ) -> tuple[ScopeFacts | None, list[Problem]]:
        if all(_sized(site.limits) for site in sites):
            return None, []  # the profile says it all, and is the same on every machine
        if not query.network:
            return known, []
        found = machine.read(query.now)
        same = isinstance(known, MachineFacts) and found.same_but_time(known) and not query.refresh
        return known if same else found, []

    def pools(self, site: Site, facts: ScopeFacts | None) -> SitePools:
        limits = site.limits
        if limits.cpus is not None and limits.memory_mib is not None:
            shape = Shape(_LIMITS, limits.cpus, limits.memory_mib, "set", gpus=None)
        elif isinstance(facts, MachineFacts):
            shape = Shape(machine.NAME, facts.cpus, facts.memory_mib, "configured", facts.time, gpus=None)
        else:
            return (Pool(self.name, limits=limits),)
        return (Pool(self.name, (shape,), limits=limits, configured=True),)

    def unknown_machines(self, site: Site, gathered: Gathered) -> str:
        if gathered.facts[site.name][0].known:
            return ""
        return f"{site.name}: the size of its machine is not known, so what it asks for is not checked. {self.remedy}"

    def rows(self, site: Site, pools: SitePools, facts: ScopeFacts | None, now: str) -> Iterator[Row]:
        for pool in pools:
            if not pool.known:
                yield Row(site.name, pool.name, "unknown")
            for shape in pool.shapes:
                yield _row(site, shape, pool, now)

    def site_findings(self, site: Site, pools: SitePools) -> Iterator[Finding]:
        return plan_checks.gpus(site)

    def title(self, site: SitePlan) -> str:
        return "the machine that runs Nextflow"

    def config_values(self, site: SitePlan, plan: Plan) -> Values:
        chosen = settings_of(site.site).containers
        return {
            "executor": _capacity(site),
            "engine": chosen.engine,
            "engine_settings": engines.settings(chosen) if chosen.engine else [],
            "disabled": engines.others(chosen.engine),
        }

    def launch_values(self, site: SitePlan, plan: Plan) -> Values:
        return {"engine": settings_of(site.site).containers.engine}

    def registry(self, site: Site) -> str:
        return settings_of(site).containers.registry

    def config_paths(self, site: SitePlan) -> Iterator[Scope]:
        chosen = settings_of(site.site).containers
        yield from (("executor", key) for key, _ in _capacity(site))
        if chosen.engine:
            yield from ((chosen.engine, key) for key, _ in engines.settings(chosen))
        yield from ((other, "enabled") for other in engines.others(chosen.engine))

    def lost(self, site: SitePlan, counts: str, nextflow: tuple[int, ...]) -> str:
        return "a machine that goes down takes the run with it: start it again with -resume"


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
