"""Whether a site submits more jobs than it may, loses them to others, and has its container engine."""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.executors.examination import Checks, Fault
from nfconfgen.executors.slurm.doctor.model import CANCELS, Live, Preemption
from nfconfgen.executors.slurm.doctor.subjects import OnQueue, OnSite
from nfconfgen.executors.slurm.pools.job_options import JobOptions
from nfconfgen.executors.slurm.pools.limit_names import COUNTS, owner
from nfconfgen.executors.slurm.pools.rights import Rights
from nfconfgen.executors.slurm.settings import QUEUE_SIZE, settings_of
from nfconfgen.profile.model import Site
from nfconfgen.wording import listed

_TERMINATED = 143
"""The exit code of a task that SIGTERM ends, which Slurm sends before it kills."""


def queue_size(on: OnQueue) -> Iterator[Fault]:
    """sbatch refuses a job beyond the limit, so its task fails; beyond limits on running jobs, jobs only wait."""
    size = on.seen.run.submission.queue_size
    limits = [(most, title) for title, most in _submit_limits(on)]
    if not limits or min(limits)[0] >= (size or QUEUE_SIZE):
        return
    most, title = min(limits)
    which = f"queue_size {size}" if size else f"Nextflow's default queue size of {QUEUE_SIZE}"
    message = f"{which} is more than {title} of {most}: sbatch refuses the job after that, and its task fails"
    yield Fault(on.size_place, message, f"set submission.queue_size to at most {most}")


def _submit_limits(on: OnQueue) -> Iterator[tuple[str, int]]:
    if on.live.most_jobs is not None:
        yield "MaxJobCount of the cluster", on.live.most_jobs
    titles = [
        (key, f"{COUNTS[key][0]} of {owner(of, name)}", most)
        for of, name, ceilings in Rights.of(on.live.facts, on.partition, JobOptions.of(on.seen)).layers()
        for key, most in ceilings.counts.items()
    ]
    # of the limits of a user the first that is set holds, of those that are shared all of them
    yield from [(title, most) for key, title, most in titles if key in ("maxsubmitpu", "maxsubmit")][:1]
    yield from ((title, most) for key, title, most in titles if key in ("maxsubmitpa", "grpsubmit"))


def preemption(on: OnQueue) -> Iterator[Fault]:
    found = on.live.preemption
    if found is None:
        return
    by = _preempted_by(on, found)
    if not by:
        return
    retry = on.seen.retry
    message = (
        f"jobs in {on.partition} may be ended for those of {listed(by)}, and Nextflow submits with --no-requeue: "
    )
    if retry.again(None) and retry.again(_TERMINATED):
        message += f"such a task fails, and is retried with a new attempt (retry: lost, exit code {_TERMINATED})"
        yield Fault(on.place, message, "its requests may grow with the attempt; name a queue that is safe", "note")
    else:
        message += f"such a task fails without an exit code, or with {_TERMINATED}, and is not retried in both cases"
        advice = f"set retry: {{lost: true, exit_codes: [{_TERMINATED}, …]}}, or name a queue that is safe"
        yield Fault(on.place, message, advice, "warning")


def _preempted_by(on: OnQueue, found: Preemption) -> list[str]:
    """The partitions or QOS whose jobs end those of this partition."""
    if found.by_qos:
        qos = Rights.of(on.live.facts, on.partition, JobOptions.of(on.seen)).qos
        by = [f"QOS {name}" for name, others in found.preempts.items() if qos in others]
        mode = found.modes.get(f"QOS {qos}") or found.modes.get("", "")
    else:
        by = [f"partition {name}" for name in _above(on.partition, on.live, found)]
        mode = found.modes.get(f"partition {on.partition}") or found.modes.get("", "")
    return by if mode in CANCELS else []


def _above(partition: str, live: Live, found: Preemption) -> Iterator[str]:
    """The partitions of a higher tier that have nodes of this one."""
    groups = live.facts.queues
    own = set(groups.get(partition, ()))
    for name, tier in found.tiers.items():
        if tier > found.tiers.get(partition, 0) and own & set(groups.get(name, ())):
            yield name


def engine_missing(on: OnSite) -> Iterator[Fault]:
    """A module or a script before each task may bring the engine, and neither is run here."""
    engine, around = on.settings.containers.engine, on.settings.surroundings
    if on.live.engines.get(engine, True) or around.modules or around.before_script:
        return
    message = f"there is no {engine} on the PATH of {_where(on.site)}, and no module or before_script brings it"
    advice = "install it on all nodes, or name its module under modules"
    yield Fault(on.place("container", "engine"), message, advice, "warning")


def _where(site: Site) -> str:
    return settings_of(site).host or "this machine"


ON_QUEUES: Checks[OnQueue] = {"queue-size": queue_size, "preemption": preemption}
ON_SITES: Checks[OnSite] = {"engine-missing": engine_missing}
