"""The plan. Everything that is printed or generated is derived from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nfconfgen.facts.model import Pool, Shape
from nfconfgen.findings import Finding
from nfconfgen.profile.model import Limits, Profile, Site, TaskClass
from nfconfgen.profile.queue_model import Options


@dataclass(frozen=True, slots=True)
class Request:
    """What one attempt asks for; `options` of the scheduler are those over the options of the site."""

    queue: str
    cpus: int
    memory_mib: int
    time_s: int | None
    options: Options = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: its request, the shape that holds it (None: the pool's shapes are unknown) and how many such tasks
    share one. `capped_from_mib` is the memory that growth would have reached if the queue holds less, `granted_cpus`
    the number that the scheduler gives, raised or in whole cores; `part` is the queue that holds it, of several at
    once."""

    number: int
    request: Request
    shape: Shape | None
    per_shape: int = 1
    capped_from_mib: int | None = None
    granted_cpus: int = 0
    part: str = ""

    def pool(self, pools: Sequence[Pool]) -> Pool:
        """Its queue among those of the site, as this class sees it."""
        way = (self.request.queue, self.request.options, self.part)
        return next(pool for pool in pools if (pool.name, pool.options, pool.part) == way)


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """All attempts of one task class on one site; none for an additive class, which asks for nothing itself. `own` is
    the site as this class sees it, if that is another than for the others."""

    task: TaskClass
    attempts: tuple[Attempt, ...]
    own: SitePlan | None = None

    def on(self, plan: SitePlan) -> SitePlan:
        """The site of this class: its own, or that of all."""
        return self.own or plan

    @property
    def limited(self) -> bool:
        """Whether it has limits of its own."""
        return self.own is not None and self.own.site.of_class is not None

    def limits(self, plan: SitePlan) -> Limits:
        """The most that its tasks may ask for."""
        return self.own.limits if self.own is not None and self.limited else plan.limits


@dataclass(frozen=True, slots=True)
class SitePlan:
    """One site: its pools, its task classes (none if the pipeline's own numbers hold), and the most that a task may
    ask for there (`resourceLimits`), with its sources. `head_queue` is the queue of a job that runs Nextflow; empty:
    the default."""

    site: Site
    pools: tuple[Pool, ...]
    task_plans: tuple[TaskPlan, ...]
    limits: Limits
    limits_from: tuple[str, ...] = ()
    head_queue: str = ""

    @property
    def every_pool(self) -> tuple[Pool, ...]:
        """Its pools, and those of task classes that see another site; a queue may be among them several times."""
        own = (pool for found in self.task_plans if found.own is not None for pool in found.own.pools)
        return (*self.pools, *own)

    @property
    def every_limits(self) -> tuple[Limits, ...]:
        """Its limits, and those of task classes that have their own."""
        return (self.limits, *(found.limits(self) for found in self.task_plans))

    @property
    def default(self) -> TaskPlan | None:
        """The class of every process that no other class names."""
        return next((task_plan for task_plan in self.task_plans if task_plan.task.kind == "default"), None)


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of all sites, and its findings."""

    profile: Profile
    sites: tuple[SitePlan, ...]
    findings: tuple[Finding, ...]
