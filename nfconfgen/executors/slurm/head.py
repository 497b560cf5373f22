"""The job that runs Nextflow itself: its partition, and whether it fits there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nfconfgen.executors.slurm.settings import Head, SlurmSettings
from nfconfgen.facts.model import Pool, What
from nfconfgen.findings import Finding, Level
from nfconfgen.plan.admission import NO_MACHINE, Need, faults
from nfconfgen.plan.misfit import advice
from nfconfgen.plan.placement import can_place
from nfconfgen.plan.route import smallest_first, unset_time_s
from nfconfgen.profile.model import Site
from nfconfgen.profile.units import cpus_text, memory_text, time_text


def queue(site: Site, pools: Sequence[Pool]) -> str:
    """The partition that the profile sets, or else the first that holds the job; with rules, which are about tasks,
    and no time for the job, the one with the longest limit. Empty: unknown."""
    head = _head(site)
    if head is None:
        return ""
    if head.queue is not None:
        return head.queue.value
    holding = [pool for pool in map(_for_head, pools) if pool.rules_known and can_place(pool, need(site, head))]
    if site.rules:
        # GPUs are for tasks that need them
        longest = head.time_s is None
        holding.sort(key=lambda pool: (smallest_first(pool)[0], -unset_time_s(pool) if longest else 0))
    return next((pool.name for pool in holding), "")


def findings(site: Site, pools: Sequence[Pool]) -> Iterator[Finding]:
    """Findings for everything that keeps the job from starting; none if its partition is unknown."""
    head = _head(site)
    name = queue(site, pools)
    pool = next((pool for pool in pools if pool.rules_known and name in (pool.name, pool.part)), None)
    if head is None or pool is None:
        return
    places = {"memory": head.memory_mib.place, "cpus": head.cpus.place, "site": site.place}
    asked: dict[What, str] = {
        "memory": f"memory {memory_text(head.memory_mib.value)}",
        "cpus": cpus_text(head.cpus.value),
    }
    if head.time_s is not None:
        places["time"] = head.time_s.place
        asked["time"] = f"time {time_text(head.time_s.value)}"
    for fault in faults(_for_head(pool), need(site, head)):
        # the head job is submitted without constraint and nodelist, so the nodes of the tasks do not matter
        if not pool.closed and fault.reason != NO_MACHINE:
            what = f"{asked[fault.what]} of the head job" if fault.what in asked else "the head job"
            do = "do" if fault.what == "cpus" and head.cpus.value > 1 else "does"
            message = f"{what} {do} not fit {pool.name} ({fault.why}): {site.executor.consequence(fault)}"
            # without a head section, --submit is probably not used
            level: Level = "error" if head.configured else "warning"
            yield Finding(places.get(fault.what, site.place), "head-fit", message, advice(fault, site), level)


def need(site: Site, head: Head) -> Need:
    asked = site.settings.asks_memory
    time_s = head.time_s.value if head.time_s is not None else None
    # if memory cannot be requested, the amount that comes with the CPUs has to suffice
    return Need(head.cpus.value, head.memory_mib.value if asked else 1, time_s)


def _for_head(pool: Pool) -> Pool:
    """The pool without `by_cpu`, as the memory of the head job is always requested per node."""
    return replace(pool, by_cpu=False)


def _head(site: Site) -> Head | None:
    return site.settings.head if isinstance(site.settings, SlurmSettings) else None
