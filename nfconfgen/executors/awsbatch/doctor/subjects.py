"""What is checked: a part of the profile beside what AWS says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nfconfgen.executors.awsbatch.doctor.model import Environment, Job, Live, Queue
from nfconfgen.executors.awsbatch.settings import BatchSettings, settings_of
from nfconfgen.executors.awsbatch.unschedulable import waits
from nfconfgen.facts.model import Pool
from nfconfgen.findings import Place
from nfconfgen.plan.model import SitePlan, TaskPlan
from nfconfgen.profile.document.yaml12 import Document
from nfconfgen.profile.model import Site


@dataclass(frozen=True, slots=True)
class OnQueue:
    """A queue at the line of a site that names it; its environments in order. One that AWS no longer describes
    is among them as DELETED. `waits`: Nextflow ends no job there that cannot be placed."""

    place: Place
    queue: Queue
    environments: tuple[Environment, ...]
    waits: bool = False


@dataclass(frozen=True, slots=True)
class OnEnvironment:
    """A compute environment, at the first line that names a queue of it. `whole` where a site asks for whole
    instances of it, `settings` are those of all sites that use it, `waiting` says that jobs wait for it."""

    place: Place
    environment: Environment
    settings: tuple[BatchSettings, ...] = ()
    waiting: bool = False

    @property
    def whole(self) -> bool:
        return any(settings.fit == "instance" for settings in self.settings)


@dataclass(frozen=True, slots=True)
class OnSite:
    """A site on AWS Batch, with the places of those keys that it says (others: of the site itself)."""

    site: Site
    settings: BatchSettings
    live: Live
    places: Mapping[str, Place]
    environments: tuple[Environment, ...]

    def behind(self, queue: str) -> tuple[str, ...]:
        """The names of the environments of a queue, none if there is no such queue."""
        return self.live.queues[queue].environments if queue in self.live.queues else ()

    def place(self, key: str) -> Place:
        return self.places.get(key, self.site.place)


@dataclass(frozen=True, slots=True)
class OnTask:
    """A task class on a site: its attempts, the pools by queue name, the environments behind each queue."""

    settings: BatchSettings
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


def _sites(plans: Sequence[SitePlan]) -> Iterator[tuple[SitePlan, BatchSettings]]:
    for plan in plans:
        yield plan, settings_of(plan.site)


def _behind(queue: str, live: Live) -> tuple[Environment, ...]:
    gone = ("queue-invalid", "does not exist any more")
    names = live.queues[queue].environments if queue in live.queues else ()
    return tuple(live.environments.get(name, Environment(name, gone)) for name in names)


def queues(plans: Sequence[SitePlan], lives: Mapping[str, Live]) -> Iterator[OnQueue]:
    for plan, settings in _sites(plans):
        live = lives[settings.region]
        for said in plan.site.queues:
            if said.value in live.queues:
                yield OnQueue(said.place, live.queues[said.value], _behind(said.value, live), waits(plan))


def environments(plans: Sequence[SitePlan], lives: Mapping[str, Live]) -> Iterator[OnEnvironment]:
    """Each environment once, however many queues and sites share it."""
    found: dict[tuple[str, str], OnEnvironment] = {}
    for plan, settings in _sites(plans):
        live = lives[settings.region]
        for said in plan.site.queues:
            for environment in _behind(said.value, live):
                key = (settings.region, environment.name)
                known = found.get(key, OnEnvironment(said.place, environment))
                waiting = known.waiting or live.queues[said.value].runnable > 0
                found[key] = OnEnvironment(known.place, environment, (*known.settings, settings), waiting)
    yield from found.values()


def sites(plans: Sequence[SitePlan], lives: Mapping[str, Live], document: Document) -> Iterator[OnSite]:
    for plan, settings in _sites(plans):
        live = lives[settings.region]
        paths = {key: ("sites", plan.site.name, key) for key in SITE_KEYS}
        places = {key: document.place(path) for key, path in paths.items() if document.has_key(path)}
        behind = {env.name: env for said in plan.site.queues for env in _behind(said.value, live)}
        yield OnSite(plan.site, settings, live, places, tuple(behind.values()))


def tasks(plans: Sequence[SitePlan], lives: Mapping[str, Live]) -> Iterator[OnTask]:
    for plan, settings in _sites(plans):
        pools = {pool.name: pool for pool in plan.pools}
        behind = {name: _behind(name, lives[settings.region]) for name in pools}
        for task_plan in plan.task_plans:
            if task_plan.attempts:
                yield OnTask(settings, task_plan, pools, behind)


def jobs(plans: Sequence[SitePlan], lives: Mapping[str, Live]) -> Iterator[OnJob]:
    """The waiting jobs of each queue, those of the same reason and size together; each queue once."""
    told: set[tuple[str, str]] = set()
    for plan, settings in _sites(plans):
        live = lives[settings.region]
        for said, pool in zip(plan.site.queues, plan.pools, strict=True):
            if said.value not in live.queues or (settings.region, said.value) in told:
                continue
            told.add((settings.region, said.value))
            queue = live.queues[said.value]
            alike: dict[tuple[str, int, int, int], list[Job]] = {}
            for job in sorted(queue.jobs, key=lambda job: -job.waited_s):
                alike.setdefault((job.reason, job.cpus, job.memory_mib, job.gpus), []).append(job)
            for group in alike.values():
                yield OnJob(said.place, queue, tuple(group), _behind(said.value, live), pool)
