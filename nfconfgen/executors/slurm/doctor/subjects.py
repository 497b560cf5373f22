"""The subjects of the checks: a part of the profile next to what Slurm reports about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from nfconfgen.executors.slurm.doctor.causes import cause
from nfconfgen.executors.slurm.doctor.model import Folder, Job, Live
from nfconfgen.executors.slurm.doctor.reasons import Cause
from nfconfgen.executors.slurm.pools.pools import pools
from nfconfgen.executors.slurm.settings import SlurmSettings, configured, settings_of
from nfconfgen.findings import Place
from nfconfgen.profile.document.yaml12 import Document
from nfconfgen.profile.model import Site

Sites = Sequence[tuple[Site, Live]]
"""Each site on Slurm that could be queried, and its cluster."""


@dataclass(frozen=True, slots=True)
class OnJobs:
    """Jobs that wait in the same partitions for the same cause, the longest first."""

    place: Place
    jobs: tuple[Job, ...]
    cause: Cause


@dataclass(frozen=True, slots=True)
class OnSite:
    """A site with the places of the keys that are set."""

    site: Site
    live: Live
    places: Mapping[tuple[str, ...], Place]

    @property
    def settings(self) -> SlurmSettings:
        return settings_of(self.site)

    def place(self, *key: str) -> Place:
        """The place of the key; that of the site if the key is not set."""
        return self.places.get(key, self.site.place)


@dataclass(frozen=True, slots=True)
class OnFolder:
    """A folder that the profile names. `room_mib`: with less free space it is reported."""

    place: Place
    path: str
    folder: Folder
    key: str
    room_mib: int
    one_machine: bool


@dataclass(frozen=True, slots=True)
class OnQueue:
    """A partition at the line that names it, with the options of jobs that go there; `size_place` is the place of the
    queue size."""

    place: Place
    partition: str
    seen: Site
    live: Live
    size_place: Place


KEYS: tuple[tuple[str, ...], ...] = (
    ("work_dir",),
    ("submission", "queue_size"),
    ("container", "engine"),
    ("container", "cache_dir"),
    ("container", "library_dir"),
)
_ROOM_MIB = {"work_dir": 50 * 1024, "cache_dir": 10 * 1024}
"""Our own choice: the intermediate files of a single sample, and the images of a pipeline, take about so much."""


def jobs(sites: Sites) -> Iterator[OnJobs]:
    """The waiting jobs of each cluster once, at the first line that names their partition."""
    for site, live in {live.facts.cluster: (site, live) for site, live in reversed(sites)}.values():
        own = [other for other, its in sites if its is live]
        groups = live.facts.queues
        alike: dict[tuple[Place, tuple[str, ...], Cause], list[Job]] = {}
        causes: dict[Job, Cause | None] = {}  # a run may have thousands of jobs of one kind
        for job in sorted(live.jobs, key=lambda job: -job.waited_s):
            kind = replace(job, id="", number="", name="", waited_s=0)
            if kind not in causes:
                causes[kind] = cause(kind, live, groups, site)
            why = causes[kind]
            if why is not None:
                alike.setdefault((_home(job, own), job.partitions, why), []).append(job)
        for (place, _, why), found in alike.items():
            yield OnJobs(place, tuple(found), why)


def _home(job: Job, sites: Sequence[Site]) -> Place:
    named = (queue.place for site in sites for queue in site.named if queue.value in job.partitions)
    return next(named, sites[0].place)


def on_sites(sites: Sites, document: Document) -> Iterator[OnSite]:
    for site, live in sites:
        paths = {key: ("sites", site.name, *key) for key in KEYS}
        places = {key: document.place(path) for key, path in paths.items() if document.has_key(path)}
        yield OnSite(site, live, places)


def paths_of(site: Site) -> Iterator[tuple[tuple[str, ...], str]]:
    """The folders that a site names, by key; not those that are known only when Nextflow starts."""
    containers = settings_of(site).containers
    named = (site.work_dir, containers.cache_dir, containers.library_dir)
    keys = (("work_dir",), ("container", "cache_dir"), ("container", "library_dir"))
    return ((key, path) for key, path in zip(keys, named, strict=True) if path and isinstance(path, str))


def folders(sites: Sites, document: Document) -> Iterator[OnFolder]:
    for on in on_sites(sites, document):
        for key, path in paths_of(on.site):
            folder = on.live.folders.get(path)
            if folder is not None:
                room_mib = _ROOM_MIB.get(key[-1], 0)
                yield OnFolder(on.place(*key), path, folder, key[-1], room_mib, on.live.one_machine)


def queues(sites: Sites, document: Document) -> Iterator[OnQueue]:
    """Each partition with the options of each rule and task class that leads there."""
    for on in on_sites(sites, document):
        for seen in on.site.seen:
            for each in pools(on.live.facts, seen):
                as_seen = replace(seen, settings=configured(seen.settings, each.options))
                size_place = on.place("submission", "queue_size")
                yield OnQueue(on.site.queue_place(each.own_name), each.own_name, as_seen, on.live, size_place)
