"""What a plan says. Everything printed or generated is read off it."""

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
    """One attempt: what it asks for, the shape that holds it (None: the pool's shapes are not known) and how many
    such tasks share one. `capped_from_mib` is what growth would have come to where the queue holds less,
    `granted_cpus` what the scheduler makes of the CPUs."""

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
    """One site: its task classes (none where the pipeline brings its own numbers), its pools, and the most that a
    task may ask for there (`resourceLimits`), with where that comes from. `head_queue` is where a job that runs
    Nextflow goes; empty: the default."""

    site: Site
    pools: tuple[Pool, ...]
    task_plans: tuple[TaskPlan, ...]
    limits: Limits
    limits_from: tuple[str, ...] = ()
    head_queue: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole plan, and what is wrong with it."""

    profile: Profile
    sites: tuple[SitePlan, ...]
    findings: tuple[Finding, ...]
