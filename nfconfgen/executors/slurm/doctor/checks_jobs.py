"""Jobs that wait, those of the same kind as one finding."""

from __future__ import annotations

from collections.abc import Iterator

from nfconfgen.executors.examination import Checks, Fault
from nfconfgen.executors.slurm.doctor.model import Job
from nfconfgen.executors.slurm.doctor.subjects import OnJobs
from nfconfgen.profile.units import time_text
from nfconfgen.wording import counted, listed, plural

_SHOWN = 3
_LONGEST = 160
"""Characters of Slurm's own words."""


def waits(on: OnJobs) -> Iterator[Fault]:
    job, count = on.jobs[0], len(on.jobs)
    numbers = listed((job.id for job in on.jobs), _SHOWN)
    names = listed((job.name for job in on.jobs), _SHOWN)
    who = f"job {job.id} ({names})" if count == 1 else f"{count} jobs ({numbers}; {names})"
    waited = time_text(max(job.waited_s // 60, 1) * 60)
    where = f"{plural(count, 'waits', 'wait')} in {','.join(job.partitions)} for {waited}"
    message = f"{who}{_size(on.jobs)} {where}: {on.cause.words} (Slurm: {job.reason[:_LONGEST] or 'None'})"
    yield Fault(on.place, message, _advice(on), on.cause.level)


def _size(jobs: tuple[Job, ...]) -> str:
    """What the jobs ask for, if it is the same for all."""
    sizes = {(job.cpus, job.memory_mib, job.gpus, job.time_s) for job in jobs}
    if len(sizes) > 1:
        return ""
    job = jobs[0]
    parts = [
        counted(job.cpus, "CPU") if job.cpus else "",
        counted(job.gpus, "GPU") if job.gpus else "",
        f"{job.memory_mib} MiB" if job.memory_mib else "",
        time_text(job.time_s) if job.time_s else "",
    ]
    known = [part for part in parts if part]
    return f" of {', '.join(known[:-1])} and {known[-1]}" if len(known) > 1 else "".join(f" of {p}" for p in known)


def _advice(on: OnJobs) -> str:
    if not on.cause.command:
        return on.cause.advice
    # an array is named by its first number, [0-99] is not understood
    number = on.jobs[0].id.partition("[")[0].rstrip("_")
    which = "this job" if len(on.jobs) == 1 else f"job {number}"
    return f"{on.cause.advice}; {which}: {on.cause.command.replace('{}', number)}"


ON_JOBS: Checks[OnJobs] = {"job-waits": waits}
