"""Why a job waits: Slurm's reason, with the number of the limit where the facts have it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from nfconfgen.executors.slurm.doctor.limit_reasons import of_limit
from nfconfgen.executors.slurm.doctor.model import Job, Live
from nfconfgen.executors.slurm.doctor.reasons import CANCEL, CAUSES, HEALTHY, NODES, PAGE, Cause, detail_of, word_of
from nfconfgen.executors.slurm.pools.pools import pool
from nfconfgen.executors.slurm.settings import Sbatch, settings_of
from nfconfgen.facts import model
from nfconfgen.plan.admission import Need, faults
from nfconfgen.plan.misfit import advice
from nfconfgen.profile.model import Accelerator, Limits, Site
from nfconfgen.profile.units import cpus_text, gpus_text, memory_text, time_text

SOON_S = 3600
"""A job that may start within this time needs no explanation: Slurm itself delays a requeued job by minutes."""


def cause(job: Job, live: Live, groups: Mapping[str, tuple[str, ...]], site: Site) -> Cause | None:
    """Why the job waits; None if it is healthy. `groups` are the nodes of each partition, `site` is any on its
    cluster."""
    word = word_of(job.reason)
    found = list(_faults(job, live, groups, site))
    if word in HEALTHY:
        return _never(job, found, site)
    if word == "BeginTime":
        return _begins(job)
    if word == "Reservation":
        return _reserved(job, live)
    known = CAUSES.get(word) or of_limit(word) or _unknown()
    fault = next((fault for each in found for fault in each if fault.reason == word), None)
    if fault is not None:
        # of several partitions at once, the reason is that of one
        return _beyond(known, fault, job, site) if all(found) else None
    detail = detail_of(job.reason) if word in NODES else ""
    return replace(known, words=f"{known.words} ({detail})") if detail else known


def _faults(job: Job, live: Live, groups: Mapping[str, tuple[str, ...]], site: Site) -> Iterator[list[model.Fault]]:
    """What each partition of the job has against it; nothing if it is not known. The facts are about one node."""
    seen = _as_submitted(job, site)
    for name in job.partitions if job.nodes == 1 else ():
        found = faults(pool(live.facts, name, groups[name], seen), _need(job)) if name in groups else []
        yield [fault for fault in found if fault.what != "memory" or job.memory_mib]


def _as_submitted(job: Job, site: Site) -> Site:
    """The site with the account, QOS and reservation of the job, and no limits of the profile."""
    settings = replace(
        settings_of(site),
        account=job.account or None,
        sbatch=Sbatch(qos=job.qos, reservation=job.reservation),
        ask_memory="per-node",
    )
    return replace(site, settings=settings, limits=Limits())


def _need(job: Job) -> Need:
    return Need(max(job.cpus, 1), job.memory_mib, job.time_s, Accelerator(job.gpus) if job.gpus else None)


def _never(job: Job, found: Sequence[Sequence[model.Fault]], site: Site) -> Cause | None:
    """What keeps a job from starting that Slurm lets wait for its turn: it compares a job with limits and nodes only
    when its turn comes."""
    # Slurm has accepted it, so what would be refused is not what it waits for
    every = [[fault for fault in each if fault.kind == "pends"] for each in found]
    if not every or not all(every):
        return None
    fault = every[0][0]
    known = CAUSES.get(fault.reason) or of_limit(fault.reason) or _unknown()
    return _beyond(known, fault, job, site)


def _beyond(known: Cause, fault: model.Fault, job: Job, site: Site) -> Cause:
    """The cause with the number of the limit, which the job exceeds by itself, so that it never starts."""
    asked = {
        "memory": memory_text(job.memory_mib),
        "cpus": cpus_text(job.cpus),
        "time": time_text(job.time_s or 0),
        "gpus": gpus_text(job.gpus),
    }
    if fault.what not in asked:
        return replace(known, words=fault.why)
    words = f"it asks for {asked[fault.what]}, and {fault.why}"
    return Cause(words, f"{advice(fault, site)} in the profile, then resume the run", _smaller(fault), "error")


def _smaller(fault: model.Fault) -> str:
    """The command that frees this very job: users may lower the time of their jobs, and cannot raise anything."""
    if fault.what == "time" and fault.most and not fault.least:
        return f"scontrol update jobid={{}} timelimit={fault.most // 60}, or {CANCEL}"
    return CANCEL


def _begins(job: Job) -> Cause | None:
    if job.starts_in_s is None or job.starts_in_s <= SOON_S:
        return None
    words = f"it may not start before {_clock(job.starts_in_s)} have passed (--begin)"
    return Cause(words, "wait, or let it start now", "scontrol update jobid={} starttime=now", "note")


def _reserved(job: Job, live: Live) -> Cause:
    name = job.reservation or "its reservation"
    begins_s = live.reservations.get(job.reservation)
    show = f"scontrol show reservation {job.reservation}".strip()
    if begins_s:
        words = f"reservation {job.reservation} begins in {_clock(begins_s)}"
        return Cause(words, f"wait, or remove reservation from the profile ({show})", CANCEL)
    if begins_s is None and live.reservations and job.reservation:
        words = f"there is no reservation {job.reservation} that you may use"
        return Cause(words, "name another one, or none", CANCEL, "error")
    words = f"{name} has no free nodes for it, or not enough time is left there"
    return Cause(words, f"compare its nodes, times and users ({show})", CANCEL)


def _clock(seconds: int) -> str:
    """A time in days, hours and minutes: `3d 2h`."""
    return time_text(max(seconds // 60, 1) * 60)


def _unknown() -> Cause:
    return Cause("nfconfgen does not know this reason of Slurm", f"look for it on {PAGE}, or ask an administrator")
