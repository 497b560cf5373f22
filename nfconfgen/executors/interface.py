"""What the core asks of an executor: one value of `Executor` each, listed in executors/table.py.

The core calls its functions in this order: settings and checks while a profile is loaded, facts while they are
gathered, findings while it is planned, directives and files while it is rendered, words wherever something is shown.
A function with a default is one that an executor may have no use for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from nfconfgen.conflicts.meetings import Met
    from nfconfgen.executors.tasks import Core, Examination, Examined, Measure
    from nfconfgen.facts.gather import Gathered
    from nfconfgen.facts.lock import Lock
    from nfconfgen.facts.model import Fault, Pool, Problem, Shape, SitePools
    from nfconfgen.facts.query import Query
    from nfconfgen.facts.rows import Row
    from nfconfgen.findings import Finding
    from nfconfgen.pipeline.model import Scope, Sources
    from nfconfgen.plan.model import Attempt, Plan, SitePlan, TaskPlan
    from nfconfgen.profile.document.yaml12 import Document
    from nfconfgen.profile.model import Profile, Settings, Site, TaskClass
    from nfconfgen.render.process import Container, Directives, Setting
    from nfconfgen.render.scope import Selected

Values = Mapping[str, object]
"""Values for a template."""


class ScopeFacts(Protocol):
    """What is known of one scope: a region, a cluster, a machine. Frozen, and equal where it says the same."""

    @property
    def queues(self) -> Mapping[str, tuple[str, ...]]:
        """The parts of each queue that is known: its compute environments, its groups of nodes."""

    def to_json(self) -> dict[str, Any]:
        """As the lock keeps it."""


@dataclass(frozen=True, slots=True)
class Words:
    """What an executor calls things, for findings and tables."""

    scheduler: str
    queue: str
    machine: str
    cpu: str
    reported: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Executor:
    """One executor of Nextflow. `name` is what Nextflow and the lock call it, `remedy` a sentence on how machines
    that are not known become known. `has_queues`: a task is sent to a queue. `uploads`: the run script can do so."""

    name: str
    words: Words
    remedy: str
    has_queues: bool = True
    uploads: bool = False

    # the profile

    settings: Callable[[str, Document, list[Finding]], Settings]
    """The settings of the site of this name; what cannot be read becomes a finding."""
    checks: Callable[[str, Document], Iterator[Finding]]
    """What is wrong with the section of the site of this name, as far as no schema can tell."""

    # facts

    scope: Callable[[Site], str]
    """The name of the scope whose facts the site shares with others: its region, its cluster."""
    read_facts: Callable[[object, str], ScopeFacts]
    """The facts of one scope from the lock. ValueError names the key that is wrong below the key given."""
    observe: Callable[[Sequence[Site], ScopeFacts | None, Query], tuple[ScopeFacts | None, list[Problem]]]
    """The facts of the scope of these sites, queried anew, and what is wrong. AskingError without an answer."""
    pools: Callable[[Site, ScopeFacts | None], SitePools]
    """The queues of a site in the order in which they are tried; None: nothing is known of its scope."""
    rows: Callable[[Site, SitePools, ScopeFacts | None, str], Iterator[Row]]
    """The table of facts at this time: a row for each kind of machine of each queue."""
    missing_facts: Callable[[Site, ScopeFacts | None], Iterator[Finding]] = lambda site, known: iter(())
    """Queues without which nothing can be planned, and of which nothing is known."""
    announcement: Callable[[Sequence[Site]], str] = lambda sites: ""
    """The line that says who is queried; empty if nobody is."""
    not_queried: Callable[[Sequence[Site]], str] = lambda sites: ""
    """Why none of these sites is queried, if that may surprise."""
    unused: Callable[[Sequence[Site], Query], Iterator[tuple[str, str]]] = lambda sites, query: iter(())
    """Message and advice for each collected file that belongs to none of these sites."""
    unknown_machines: Callable[[Site, Gathered], str] = lambda site, gathered: ""
    """What to say of a site that is planned though its machines are not known."""
    stale: Callable[[Pool, Shape, str], tuple[str, str]]
    """Message and advice if the facts about a machine, of this age, are older than the profile trusts."""
    aged: Callable[[Site, str, ScopeFacts | None], Iterator[tuple[str, str, str]]] = lambda site, queue, facts: iter(
        ()
    )
    """Rule, message and advice for facts that something else has made worth querying again."""
    collect: Callable[[str], tuple[ScopeFacts, list[str]]] | None = None
    """The facts of the cluster that this machine is part of, and what was doubtful. AskingError without one."""

    # the plan

    site_findings: Callable[[Site, SitePools], Iterator[Finding]] = lambda site, pools: iter(())
    """What is wrong with a site besides the size of its tasks."""
    task_findings: Callable[[TaskClass, Sequence[Attempt], SitePools], Iterator[Finding]] = lambda *_: iter(())
    """What is wrong with a task class that fits. No attempts: it only adds to the request of others."""
    head_queue: Callable[[Site, SitePools], str] = lambda site, pools: ""
    """The queue of a job that runs Nextflow itself; empty: the default, or there is no such job."""
    consequence: Callable[[Fault], str] = lambda fault: ""
    """What becomes of a request with this fault."""

    # the files

    title: Callable[[SitePlan], str]
    """The site in a few words."""
    containers: Callable[[SitePlan, Plan], Container] = lambda site, plan: lambda image: (image, "")
    """What `container` is set to for an image, and a comment on it."""
    stand_ins: Callable[[SitePlan, Plan], Mapping[str, str]] = lambda site, plan: {}
    """The job definition that stands for an image, for each image that has one."""
    registry: Callable[[Site], str] = lambda site: ""
    """The registry that images without one come from; empty: Docker Hub."""
    directives: Callable[[SitePlan], Directives] = lambda site: lambda task_plan, default, request: request
    """What becomes of the request of a task class."""
    everywhere: Callable[[SitePlan], list[Setting]] = lambda site: []
    """Directives of every task of the site."""
    last: Callable[[SitePlan], list[tuple[Selected, tuple[Setting, ...]]]] = lambda site: []
    """Selectors that follow those of the task classes."""
    config_values: Callable[[SitePlan, Plan], Values] = lambda site, plan: {}
    """What templates/NAME.config.j2 needs besides."""
    launch_values: Callable[[SitePlan, Plan], Values] = lambda site, plan: {}
    """What templates/NAME.launch.sh.j2 needs besides."""
    files: Callable[[Sequence[SitePlan], Plan], dict[str, str]] = lambda sites, plan: {}
    """Further files of all sites of this executor: path → text."""
    config_paths: Callable[[SitePlan], Iterator[Scope]]
    """What the config of the site sets, or decides by not setting it, outside of process, params and workDir."""
    cluster_options: Callable[[SitePlan, TaskPlan, TaskPlan | None], str | None] = lambda site, task_plan, default: (
        None
    )
    """What clusterOptions comes to for a task class, given the class of the default."""
    pipeline_findings: Callable[[Site, Sources, Met], Iterator[Finding]] = lambda site, sources, met: iter(())
    """What of the pipeline's config has no effect on this executor."""

    # explanations

    notes: Callable[[SitePlan], Iterator[str]] = lambda site: iter(())
    """What holds for the whole site."""
    lost: Callable[[SitePlan, str, tuple[int, ...]], str]
    """What becomes of a task whose machine goes away, given what that does to its attempts, and the oldest Nextflow
    that the profile allows."""

    # examining and measuring

    examine: Callable[[Examination], Examined | None] = lambda examination: None
    """What keeps jobs from running, wastes money or loses data, as it is right now. None: there is nothing to query.
    AskingError without an answer."""
    measure: Callable[[Profile, Lock, Measure, Core], int] | None = None
    """Starts machines of a profile to read what they really have, and undoes that; the exit code."""
    restore: Callable[[Path, Callable[[], Profile | None], Measure, Core], int] | None = None
    """Undoes what a measurement that was cut off has left; the exit code."""

    def __repr__(self) -> str:
        return self.name
