"""The most that one task may ask for (`resourceLimits`): the limits of the profile, within what the site offers.

The requests of the profile do not count: a limit caps every task of the pipeline, also those without a task class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from nfconfgen.facts.model import Pool
from nfconfgen.findings import Finding
from nfconfgen.plan import placement
from nfconfgen.plan.admission import Need
from nfconfgen.plan.model import TaskPlan
from nfconfgen.plan.plan_table import registered
from nfconfgen.profile.model import Limits, Site, TaskClass
from nfconfgen.profile.queue_model import Located
from nfconfgen.profile.units import cpus_text, memory_text, time_text


@dataclass(frozen=True, slots=True)
class Offer:
    """The most of one thing that a queue gives, and the source of that number."""

    most: int
    source: str


def limits(
    configured: Limits, pools: Sequence[Pool], task_plans: Iterable[TaskPlan]
) -> tuple[Limits, tuple[str, ...]]:
    """The limits of a site and their sources; `configured` are those of the profile. None: no limit."""
    cpus, memory, time = offered(pools)
    memory = _not_below(memory, task_plans)
    pairs = ((configured.cpus, cpus), (configured.memory_mib, memory), (configured.time_s, time))
    return Limits(*(_least(own, offer) for own, offer in pairs)), tuple(_sources(pairs))


_RULES: Mapping[str, str] = {"cpus": "cpus-fit", "memory_mib": "memory-fit", "time_s": "time-limit"}
_SHOWN: Mapping[str, Callable[[int], str]] = {"cpus": cpus_text, "memory_mib": memory_text, "time_s": time_text}


def cut(task: TaskClass, site: Site) -> tuple[TaskClass, list[Finding]]:
    """The class as Nextflow submits it, within its limits or those of the site, and a warning for each value that it
    sets beyond them."""
    findings = []
    for name, shown in _SHOWN.items():
        key = name.partition("_")[0]
        wanted: Located[int] | None = getattr(task, name)
        most: int | None = getattr(site.most, name)
        if wanted is None or most is None or wanted.value <= most:
            continue
        task = replace(task, **{name: replace(wanted, value=most)})  # type: ignore[arg-type]
        if key in task.sets:
            by = site.name if site.of_class is None else f"{task.title} on {site.name}"
            message = f"{by} limits {key} to {shown(most)} and cuts the {shown(wanted.value)} of {task.title}"
            advice = f"ask for at most {shown(most)}, or raise limits.{key}"
            findings.append(Finding(wanted.place, _RULES[name], message, advice, "warning"))
    return task, findings


def offered(pools: Sequence[Pool]) -> tuple[Offer | None, Offer | None, Offer | None]:
    """The most CPUs, MiB and seconds that any queue gives; all None if some queue is unknown, as it may have more."""
    if not pools or not all(pool.known for pool in pools):
        return None, None, None
    open_pools = [_in_service(pool) for pool in pools if not _shut(pool)]
    cpus = [_cpus(pool) for pool in open_pools if pool.shapes]
    memory = [_memory(pool) for pool in open_pools if pool.shapes and pool.memory != "ignored"]
    times = [_time(pool) for pool in open_pools if pool.shapes]
    known = [time for time in times if time is not None]
    most_memory = _largest(memory)
    most_cpus = _largest(cpus, most_memory.source if most_memory is not None else "")
    if any(pool.memory == "ignored" for pool in open_pools):
        most_memory = None
    # the time is unlimited if one partition has no limit
    return most_cpus, most_memory, _largest(known) if len(known) == len(times) else None


def _shut(pool: Pool) -> bool:
    """Whether it accepts no job of this site permanently; a partition that is down comes back."""
    return any(not fault.temporary for fault in pool.closed)


def _in_service(pool: Pool) -> Pool:
    """The pool with its nodes that are down, as a task that only they hold should wait rather than be capped, and
    without the limits of the profile, which are applied separately."""
    return replace(pool, shapes=(*pool.shapes, *pool.down), limits=Limits())


def _cpus(pool: Pool) -> Offer:
    broadest = max(pool.shapes, key=lambda shape: (shape.cpus, shape.memory_mib))
    tightest = pool.tightest("cpus")
    if tightest is not None and tightest.most < broadest.cpus:
        return Offer(tightest.most, f"{tightest.name} {tightest.most}")
    return Offer(broadest.cpus, registered(broadest))


def _memory(pool: Pool) -> Offer:
    most_mib = placement.most_memory_mib(pool, Need(1, 1)) or 0
    roomiest = max(pool.shapes, key=lambda shape: (shape.memory_mib, shape.cpus))
    tightest = pool.tightest("memory")
    if tightest is not None and tightest.most == most_mib < roomiest.memory_mib:
        return Offer(most_mib, f"{tightest.name} {tightest.most} MiB")
    return Offer(most_mib, registered(roomiest))


def _time(pool: Pool) -> Offer | None:
    return None if pool.time_s is None else Offer(pool.time_s, f"{time_text(pool.time_s)} in {pool.name}")


def _largest(offers: Sequence[Offer], preferred: str = "") -> Offer | None:
    """The largest offer, among equals the one from the preferred source."""
    return max(offers, key=lambda offer: (offer.most, offer.source == preferred), default=None)


def _not_below(memory: Offer | None, task_plans: Iterable[TaskPlan]) -> Offer | None:
    """The offer, raised to the largest planned request: whole machines are offered in full hundreds of MiB, and a
    request that fits may be above that."""
    fitting = [
        attempt.request.memory_mib for found in task_plans for attempt in found.attempts if attempt.shape is not None
    ]
    return replace(memory, most=max([memory.most, *fitting])) if memory is not None else None


def _least(own: int | None, offer: Offer | None) -> int | None:
    known = [value for value in (own, offer.most if offer is not None else None) if value is not None]
    return min(known, default=None)


def _sources(pairs: Iterable[tuple[int | None, Offer | None]]) -> Iterator[str]:
    """Each source once, the profile first."""
    found: dict[str, None] = {}
    for own, offer in pairs:
        if own is not None and (offer is None or own <= offer.most):
            found["the profile's limits"] = None
        elif offer is not None:
            found[offer.source] = None
    yield from sorted(found, key=lambda source: source != "the profile's limits")
