"""The subjects of the checks: a part of the profile next to what AWS reports about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from nfconfgen.executors.awsbatch.config import ENDS_UNSCHEDULABLE_SINCE, waits
from nfconfgen.executors.awsbatch.doctor.model import Environment, Job, Live, Machine, Queue
from nfconfgen.executors.awsbatch.settings import BatchSettings, settings_of
from nfconfgen.facts.model import Pool
from nfconfgen.findings import Level, Place
from nfconfgen.plan.model import SitePlan, TaskPlan
from nfconfgen.profile.document.yaml12 import Document
from nfconfgen.profile.model import Fit, Site

Plans = Sequence[tuple[SitePlan, Live]]
"""The plan of each site on AWS Batch, and its region."""


S = TypeVar("S")


def by_versions(machine: Machine, look: Callable[[Machine], Iterable[S]]) -> tuple[list[S], bool]:
    """What is wrong with the first of the versions that have a fault, and whether all have one."""
    found = [list(look(possible)) for possible in machine.possible]
    return next(filter(None, found), []), all(found)


def depending(certain: bool, level: Level = "error") -> tuple[str, Level]:
    """The end of a message, and the level, of a fault that all versions of a launch template have, or only some."""
    return ("", level) if certain else (" (by some versions of its launch template)", "warning")


@dataclass(frozen=True, slots=True)
class OnQueue:
    """A queue at the line of a site that names it, with its environments in order. `ends`: every Nextflow that the
    profile allows ends jobs that cannot be placed there; `waits`: none shall. `share_identifier` is that of the
    site's jobs."""

    place: Place
    queue: Queue
    environments: tuple[Environment, ...]
    ends: bool = False
    waits: bool = False
    share_identifier: str = ""


@dataclass(frozen=True, slots=True)
class OnEnvironment:
    """A compute environment, at the first line that names one of its queues. `whole`: a site requests whole instances
    of it; `waiting`: jobs wait for it."""

    place: Place
    environment: Environment
    whole: bool = False
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class OnSite:
    """A site on AWS Batch, with the places of the keys that are set, and the environments of all its queues."""

    site: Site
    live: Live
    places: Mapping[str, Place]
    environments: tuple[Environment, ...]

    @property
    def settings(self) -> BatchSettings:
        return settings_of(self.site)

    def place(self, key: str) -> Place:
        """The place of the key; that of the site if the key is not set."""
        return self.places.get(key, self.site.place)


@dataclass(frozen=True, slots=True)
class OnTask:
    """A task class on a site: its attempts, and the pools and environments by queue."""

    fit: Fit
    task_plan: TaskPlan
    pools: Mapping[str, Pool]
    environments: Mapping[str, tuple[Environment, ...]]


@dataclass(frozen=True, slots=True)
class OnJob:
    """Jobs of one queue that wait for the same reason, the longest first."""

    place: Place
    queue: Queue
    jobs: tuple[Job, ...]
    environments: tuple[Environment, ...]
    pool: Pool


SITE_KEYS = ("cli_path", "execution_role", "job_role", "staging", "storage_encryption", "work_dir")


def queues(plans: Plans, nextflow: tuple[int, ...]) -> Iterator[OnQueue]:
    """Each queue of each site; `nextflow` is the oldest version that the profile allows."""
    for plan, live in plans:
        waiting = waits(plan)
        ends = not waiting and nextflow >= ENDS_UNSCHEDULABLE_SINCE
        for queue in plan.site.named:
            if queue.value in live.queues:
                share = settings_of(plan.site).share_identifier
                behind = live.behind(queue.value)
                yield OnQueue(queue.place, live.queues[queue.value], behind, ends, waiting, share)


def environments(plans: Plans) -> Iterator[OnEnvironment]:
    """Each environment once, even if several queues and sites share it."""
    found: dict[tuple[str, str], OnEnvironment] = {}
    for plan, live in plans:
        for queue in plan.site.named:
            for environment in live.behind(queue.value):
                key = (live.region, environment.name)
                known = found.get(key, OnEnvironment(queue.place, environment))
                whole = known.whole or plan.site.settings.fit == "instance"
                waiting = known.waiting or live.queues[queue.value].runnable > 0
                found[key] = OnEnvironment(known.place, environment, whole, waiting)
    yield from found.values()


def sites(plans: Plans, document: Document) -> Iterator[OnSite]:
    for plan, live in plans:
        paths = {key: ("sites", plan.site.name, key) for key in SITE_KEYS}
        places = {key: document.place(path) for key, path in paths.items() if document.has_key(path)}
        behind = {env.name: env for queue in plan.site.named for env in live.behind(queue.value)}
        yield OnSite(plan.site, live, places, tuple(behind.values()))


def tasks(plans: Plans) -> Iterator[OnTask]:
    for plan, live in plans:
        pools = {pool.name: pool for pool in plan.every_pool}
        behind = {name: live.behind(name) for name in pools}
        for task_plan in plan.task_plans:
            if task_plan.attempts:
                yield OnTask(plan.site.settings.fit, task_plan, pools, behind)


def jobs(plans: Plans) -> Iterator[OnJob]:
    """The stuck jobs of each queue, those of the same reason and size together; each queue once."""
    seen: set[tuple[str, str]] = set()
    for plan, live in plans:
        pools = {pool.name: pool for pool in plan.every_pool}
        for name in plan.site.named:
            if name.value not in live.queues or (live.region, name.value) in seen:
                continue
            seen.add((live.region, name.value))
            queue = live.queues[name.value]
            alike: dict[tuple[str, int, int, int], list[Job]] = {}
            for job in sorted(queue.jobs, key=lambda job: -job.waited_s):
                alike.setdefault((job.reason, job.cpus, job.memory_mib, job.gpus), []).append(job)
            for group in alike.values():
                yield OnJob(name.place, queue, tuple(group), live.behind(name.value), pools[name.value])
