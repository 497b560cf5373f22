"""The job that runs Nextflow itself: where it goes, and whether it fits there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nfconfgen.facts.model import Pool, What
from nfconfgen.findings import Finding
from nfconfgen.plan import fit
from nfconfgen.plan.unfit import advice, consequence
from nfconfgen.plan.verdict import Need, faults
from nfconfgen.profile.model import Head, Site, Slurm
from nfconfgen.profile.units import memory_text, time_text


def queue(site: Site, pools: Sequence[Pool]) -> str:
    """The partition that the profile says, or else the first that holds it. Empty: nobody can tell."""
    head = _head(site)
    if head is None or head.queue is not None:
        return head.queue.value if head is not None and head.queue is not None else ""
    return next((pool.name for pool in pools if pool.exact and fit.can_place(pool, need(head))), "")


def findings(site: Site, pools: Sequence[Pool]) -> Iterator[Finding]:
    """What keeps it from starting where it goes; nothing where nobody knows that partition."""
    head = _head(site)
    pool = next((pool for pool in pools if pool.exact and pool.name == queue(site, pools)), None)
    if head is None or pool is None:
        return
    places = {"memory": head.memory_mib.place, "cpus": head.cpus.place, "site": site.place}
    asked: dict[What, str] = {
        "memory": f"memory {memory_text(head.memory_mib.value)}",
        "cpus": f"{head.cpus.value} cpus",
    }
    if head.time_s is not None:
        places["time"] = head.time_s.place
        asked["time"] = f"time {time_text(head.time_s.value)}"
    for fault in faults(pool, need(head)):
        if not pool.closed:
            what = f"{asked.get(fault.what, 'it')} of the head job does not fit {pool.name}"
            message = f"{what} ({fault.why}): {consequence(fault)}"
            yield Finding(places.get(fault.what, site.place), "head-fit", message, advice(fault))


def need(head: Head) -> Need:
    return Need(head.cpus.value, head.memory_mib.value, head.time_s.value if head.time_s is not None else None)


def _head(site: Site) -> Head | None:
    return site.settings.head if isinstance(site.settings, Slurm) else None
