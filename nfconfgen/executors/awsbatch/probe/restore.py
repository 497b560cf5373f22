"""What is left of a probe that was cut off, and whether that was one of this profile. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from nfconfgen.executors.awsbatch.client import Aws, batched
from nfconfgen.executors.awsbatch.facts.queues import environment_names
from nfconfgen.executors.awsbatch.probe import calls
from nfconfgen.executors.awsbatch.probe.undo_log import Entry, Scaled, Submitted
from nfconfgen.executors.awsbatch.settings import BatchSettings
from nfconfgen.profile.model import Profile


def foreign(entries: Sequence[Entry], profile: Profile, aws: Callable[[str], Aws]) -> str:
    """Why a probe of this profile cannot have made these entries; nothing if it can."""
    queues: dict[str, set[str]] = {}
    for site in profile.sites:
        if isinstance(site.settings, BatchSettings):
            queues.setdefault(site.settings.region, set()).update(queue.value for queue in site.queues)
    for entry in entries:
        if entry.region not in queues:
            return f"names the region {entry.region!r}, where the profile has no site"
        if isinstance(entry, Submitted) and entry.queue not in queues[entry.region]:
            return f"names the job queue {entry.queue!r}, which is none of the profile"
    return _foreign_environment([entry for entry in entries if isinstance(entry, Scaled)], queues, aws)


def _foreign_environment(entries: Iterable[Scaled], queues: Mapping[str, set[str]], aws: Callable[[str], Aws]) -> str:
    """An environment that exists, and that no queue of the profile leads to. One that is gone harms nobody."""
    by_region: dict[str, set[str]] = {}
    for entry in entries:
        by_region.setdefault(entry.region, set()).add(entry.environment)
    for region, names in by_region.items():
        there = aws(region)
        for name in sorted(names - _behind(there, queues[region])):
            if name in calls.environments(there, [name]):
                return f"names the compute environment {name!r}, which is behind no job queue of the profile"
    return ""


def _behind(aws: Aws, queues: Iterable[str]) -> set[str]:
    """The environments behind these queues."""
    return {
        name
        for some in batched(sorted(queues))
        for queue in aws.pages("batch", "describe_job_queues", "jobQueues", jobQueues=list(some))
        for name in environment_names(queue)
    }


def left(entries: Sequence[Entry], aws: Callable[[str], Aws]) -> Iterator[str]:
    """What there is to undo, as AWS has it now, in words."""
    for entry in entries:
        there = aws(entry.region)
        if isinstance(entry, Submitted):
            for job_id in calls.live_jobs(there, entry):
                yield f"end job {entry.job} ({job_id}) on {entry.queue}, {entry.region}"
        elif calls.minimum(there, entry) == calls.UP:
            yield f"set minvCpus of {entry.environment}, {entry.region}, from {calls.UP} back to {calls.DOWN}"
    for region, name in sorted({(e.region, e.definition) for e in entries if isinstance(e, Submitted)}):
        for arn in calls.definitions(aws(region), name):
            yield f"deregister job definition {arn.rpartition('/')[2]}, {region}"
