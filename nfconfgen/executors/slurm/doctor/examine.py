"""Checks a profile against what Slurm reports. Queries nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nfconfgen.executors.examination import Examination, Examined, run
from nfconfgen.executors.slurm.doctor import subjects
from nfconfgen.executors.slurm.doctor.checks_folder import ON_FOLDERS
from nfconfgen.executors.slurm.doctor.checks_jobs import ON_JOBS
from nfconfgen.executors.slurm.doctor.checks_site import ON_QUEUES, ON_SITES
from nfconfgen.executors.slurm.doctor.model import Live
from nfconfgen.executors.slurm.doctor.subjects import Sites
from nfconfgen.executors.slurm.settings import SlurmSettings
from nfconfgen.facts.gather import pools_of
from nfconfgen.findings import Finding

_OTHERS = ("no-queue", "no-access", "cluster", "memory-fit", "cpus-fit", "gpus-fit", "time-limit", "no-node")
"""The rules outside the tables: a partition or cluster that is not there, and what the plan finds."""


def rules() -> tuple[str, ...]:
    """The rules of all checks."""
    return (*ON_JOBS, *ON_QUEUES, *ON_SITES, *ON_FOLDERS, *_OTHERS)


def checked(examination: Examination, lives: Mapping[str, Live], problems: Sequence[Finding]) -> Examined:
    """The findings of all checks, and these; `lives` has each cluster that answered."""
    own = [site for site in examination.profile.sites if isinstance(site.settings, SlurmSettings)]
    sites = [(site, lives[name]) for site in own if (name := site.executor.scope(site)) in lives]
    plan = examination.plan({key: pools for site, live in sites for key, pools in pools_of(site, live.facts).items()})
    queues = list(subjects.queues(sites, examination.document))
    found = [
        *problems,
        *plan.findings,
        *_unchecked(sites),
        *run(ON_JOBS, subjects.jobs(sites)),
        *run(ON_QUEUES, queues),
        *run(ON_SITES, subjects.on_sites(sites, examination.document)),
        *run(ON_FOLDERS, subjects.folders(sites, examination.document)),
    ]
    partitions = {(on.live.facts.cluster, on.partition) for on in queues}
    clusters = ", ".join(dict.fromkeys(live.facts.cluster for _, live in sites))
    return Examined(tuple(sorted(set(found))), len(rules()), len(partitions), f"1 script on each cluster: {clusters}")


def _unchecked(sites: Sites) -> Iterator[Finding]:
    """What could not be queried, at the first site of each cluster, and folders that do not answer."""
    for site, live in {live.facts.cluster: (site, live) for site, live in reversed(sites)}.values():
        for what in live.denied:
            message = f"{what} could not be checked: the command failed"
            yield Finding(site.place, "unchecked", message, "try squeue and sacctmgr on the login node", "warning")
    for site, live in sites:
        for key, path in subjects.paths_of(site):
            if live.folders.get(path) is None:
                message = f"{path} ({key[-1]}) could not be checked: its file system does not answer"
                yield Finding(site.place, "unchecked", message, "try df on the login node", "warning")
