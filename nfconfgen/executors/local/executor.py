"""The local executor, as the core sees it: one machine without a scheduler.

Nextflow itself counts the cores and memory that tasks take, and a task that asks for more than the machine has ends
the run. So requests are planned here as well. `limits` with cpus and memory stand for a machine of that size; without
them, facts are read from the machine that builds, and kept in the lock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nfconfgen.executors.interface import Executor, ScopeFacts, Words
from nfconfgen.executors.local import machine
from nfconfgen.executors.local.machine import MachineFacts
from nfconfgen.facts.model import Pool, Problem, Shape, SitePools
from nfconfgen.findings import Finding
from nfconfgen.plan.model import SitePlan
from nfconfgen.profile import containers
from nfconfgen.profile.containers import Containers
from nfconfgen.profile.model import Settings, Site
from nfconfgen.profile.references import known
from nfconfgen.profile.units import gpus_text
from nfconfgen.render import engines, groovy
from nfconfgen.render.section import Section, Setting

if TYPE_CHECKING:
    from nfconfgen.facts.gather import Gathered
    from nfconfgen.facts.query import Query
    from nfconfgen.facts.rows import Row

_GPU_ADVICE = (
    "set accelerator: 0 for this site if a task can run without; otherwise ask for so many cpus that one such task "
    "fills the machine"
)


@dataclass(frozen=True, slots=True)
class LocalSettings(Settings):
    """`containers` without an engine: tasks run with the software that the machine has installed."""

    containers: Containers = field(default_factory=Containers)


def _containers(site: Site) -> Containers:
    assert isinstance(site.settings, LocalSettings)
    return site.settings.containers


def _sized(site: Site) -> bool:
    return site.limits.cpus is not None and site.limits.memory_mib is not None


def _observe(
    sites: Sequence[Site], known: ScopeFacts | None, query: Query
) -> tuple[ScopeFacts | None, list[Problem]]:
    """Nothing if the profile sets all sizes: it is the same on every machine."""
    if all(map(_sized, sites)):
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
        return (Pool("local", limits=site.most),)
    return (Pool("local", (shape,), limits=site.most, configured=True),)


def _rows(site: Site, pools: SitePools, facts: ScopeFacts | None, now: str) -> Iterator[Row]:
    from nfconfgen.facts.rows import Row
    from nfconfgen.facts.staleness import age_text

    for pool in pools:
        if not pool.known:
            yield Row(site.name, pool.name, "unknown")
        for shape in pool.shapes:
            yield Row(
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
                how=f"read {age_text(shape.time, now)}" if shape.time else "set in the profile",
            )


def _unknown_machines(site: Site, gathered: Gathered) -> str:
    if gathered.facts[site.name][0].known:
        return ""
    return f"{site.name}: the size of the machine is unknown, so requests are not checked. {LOCAL.remedy}"


def _gpus(site: Site, pools: SitePools, of_classes: Sequence[Pool]) -> Iterator[Finding]:
    """A warning for each GPU request: no GPUs are reserved for it.

    Up to 25.04 the local executor ignores the directive. From 25.10 on it refuses a task that has it, unless Nextflow
    is started with the GPUs named in a variable (CUDA_VISIBLE_DEVICES): so no config sets it.
    """
    requests = {task.accelerator.place: task.accelerator.value for task in site.tasks if task.accelerator is not None}
    for place, wanted in requests.items():
        if wanted.count:
            verb = "is" if wanted.count == 1 else "are"
            message = (
                f"{gpus_text(wanted.count, wanted.type)} {verb} not reserved on {site.name}: tasks that run at the "
                "same time share the GPUs of the machine, and whether it has any is not checked"
            )
            yield Finding(place, "gpus-not-reserved", message, _GPU_ADVICE, "warning")


def _sections(site: SitePlan) -> list[Section]:
    capacity = _capacity(site)
    whole = [Section("executor", tuple(capacity), "what all tasks together may take of this machine")]
    return [*(whole if capacity else []), *engines.sections(_containers(site.site))]


def _capacity(site: SitePlan) -> list[Setting]:
    """The most that all tasks together may take, if the profile limits that; otherwise Nextflow takes all."""
    configured, limits = site.site.limits, site.limits
    memory = groovy.memory_bound(limits.memory_mib) if configured.memory_mib and limits.memory_mib else None
    return [
        *engines.if_set("cpus", limits.cpus if configured.cpus is not None else None),
        *engines.if_set("memory", memory),
    ]


LOCAL = Executor(
    name="local",
    words=Words(scheduler="Nextflow", queue="queue", machine="machine", cpu="CPU", reported="read from this machine"),
    remedy="To read it: nfconfgen build on that machine, without --offline; or set limits with cpus and memory",
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
    first_names=("local", "workstation", "machine"),
    stale=lambda pool, shape, age: (
        f"the facts of this machine were read {age}",
        "read them again: nfconfgen facts --refresh",
    ),
    site_findings=_gpus,
    title=lambda site: "the machine that runs Nextflow",
    registry=lambda site: known(_containers(site).registry, site.params),
    sections=_sections,
    launch_values=lambda site, plan: {"engine": _containers(site.site).engine},
    lost=lambda site, counts, nextflow: "a machine that goes down takes the run with it: start it again with -resume",
)
