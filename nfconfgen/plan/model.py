"""The plan. Everything that is printed or generated is derived from it."""

from __future__ import annotations

from dataclasses import dataclass

from nfconfgen.facts.model import Pool, Shape
from nfconfgen.findings import Finding
from nfconfgen.profile.model import Limits, Profile, Site, TaskClass


@dataclass(frozen=True, slots=True)
class Request:
    """What one attempt asks for."""

    queue: str
    cpus: int
    memory_mib: int
    time_s: int | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: its request, the shape that holds it (None: the pool's shapes are unknown) and how many such tasks
    share one. `capped_from_mib` is the memory that growth would have reached if the queue holds less, `granted_cpus`
    the number that the scheduler raises the CPUs to."""

    number: int
    request: Request
    shape: Shape | None
    per_shape: int = 1
    capped_from_mib: int | None = None
    granted_cpus: int = 0


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """All attempts of one task class on one site; none for an additive class, which asks for nothing itself."""

    task: TaskClass
    attempts: tuple[Attempt, ...]


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
    def default(self) -> TaskPlan | None:
        """The class of every process that no other class names."""
        return next((task_plan for task_plan in self.task_plans if task_plan.task.kind == "default"), None)


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of all sites, and its findings."""

    profile: Profile
    sites: tuple[SitePlan, ...]
    findings: tuple[Finding, ...]
