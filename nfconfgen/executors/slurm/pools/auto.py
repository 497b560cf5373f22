"""Which partitions nfconfgen may choose by itself. Pure."""

from __future__ import annotations

import re

from nfconfgen.executors.slurm.facts.cluster import ClusterFacts, Partition
from nfconfgen.executors.slurm.settings import QUEUE_SIZE
from nfconfgen.facts.model import Pool
from nfconfgen.profile.model import Site

_NAMED_FOR = re.compile(
    r"(?:^|[^a-z])(debug|dbg|test|testing|devel|development|interactive|inter|jupyter|notebook|desktop|visual\w*|viz|vis"
    r"|login|transfer|xfer|dtn|datamover|admin|maint\w*|scavenge\w*|preempt\w*|backfill|lowprio|low-prio)(?:[^a-z]|$)"
)
"""Words in names of partitions that are not for many ordinary jobs."""
_FEW = 10
"""Where fewer jobs may run at once, the tasks of a pipeline would wait for each other."""


def unsuitable(name: str, part: Partition, found: Pool, facts: ClusterFacts, site: Site) -> str:
    """Why no task should go there if the profile does not name it; empty: it may."""
    if found.closed:
        return found.closed[0].why
    if found.selection is not None:
        return f"no node has {found.selection.value}"
    if not found.shapes:
        return "no node in service"
    if part.hidden:
        return "hidden"
    if part.min_nodes > 1:
        return f"at least {part.min_nodes} nodes a job"
    if part.preempted:
        return "its jobs are ended for those of other partitions"
    return _few_jobs(part, facts, site) or _by_name(name, part)


def _few_jobs(part: Partition, facts: ClusterFacts, site: Site) -> str:
    """A QOS of the partition that lets only few jobs run, or refuses those that Nextflow has in the queue."""
    qos, known = part.qos, facts.qos or {}
    if qos not in known or not facts.enforces_limits:
        return ""
    counts = known[qos].counts
    queued = site.run.submission.queue_size or QUEUE_SIZE
    submitted = [most for key, most in counts.items() if "submit" in key and most < queued]
    running = [most for key, most in counts.items() if "submit" not in key and most < _FEW]
    few = min([*submitted, *running], default=None)
    return (
        f"at most {few} jobs {'in the queue' if few in submitted else 'at once'} (QOS {qos})"
        if few is not None
        else ""
    )


def _by_name(name: str, part: Partition) -> str:
    """Its name says that it is for something else; the default partition is for everyone."""
    word = None if part.default else _NAMED_FOR.search(name.lower())
    return f"by its name for {word[1]} jobs" if word is not None else ""
