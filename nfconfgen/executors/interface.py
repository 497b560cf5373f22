"""The interface between the core and executors: one value of `Executor` each, listed in executors/table.py.

The core calls its functions in this order: settings and checks while a profile is loaded, facts while they are
gathered, findings while it is planned, directives and files while it is rendered; words are used in all output.
Functions with a default are optional.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from nfconfgen.conflicts.meetings import Met
    from nfconfgen.executors.examination import Core, Examination, Examined, Measure, Provision
    from nfconfgen.explain.price_file import Market
    from nfconfgen.facts.gather import Gathered
    from nfconfgen.facts.lock import Lock
    from nfconfgen.facts.model import Fault, Pool, Problem, Shape, SitePools
    from nfconfgen.facts.query import Query
    from nfconfgen.facts.rows import Row
    from nfconfgen.findings import Finding
    from nfconfgen.pipeline.model import Scope, Sources
    from nfconfgen.plan.model import Attempt, Plan, SitePlan
    from nfconfgen.profile.document.yaml12 import Document
    from nfconfgen.profile.model import Accelerator, Profile, Settings, Site, TaskClass
    from nfconfgen.profile.queue_model import Options
    from nfconfgen.profile.references import Value
    from nfconfgen.render.process import Container, Directives
    from nfconfgen.render.scope import Selected
    from nfconfgen.render.section import Section, Setting
    from nfconfgen.terminal.console import Console

Values = Mapping[str, object]
"""Values for a template."""


class ScopeFacts(Protocol):
    """The facts of one scope: a region, a cluster, a machine. Frozen, and compared by value."""

    @property
    def queues(self) -> Mapping[str, tuple[str, ...]]:
        """The parts of each known queue: its compute environments, its groups of nodes."""

    def to_json(self) -> dict[str, Any]:
        """The form in the lock."""


@dataclass(frozen=True, slots=True)
class Words:
    """The terms of an executor, for findings and tables; `reported` is the source of a configured size, `fixed_sizes`
    what offers only fixed sizes, `reclaimable` machines that are taken away from running tasks."""

    scheduler: str
    queue: str
    machine: str
    cpu: str
    reported: str = ""
    fixed_sizes: str = ""
    reclaimable: str = ""


@dataclass(frozen=True, slots=True)
class Offers:
    """What a first profile may name: the scope (region or cluster; empty if none is known), and the queues in the
    order in which they should be tried. `facts` save a build the same query, `doubts` are parts of them that could
    not be read. `missing`: why nothing is offered."""

    scope: str = ""
    queues: Sequence[str] = ()
    facts: ScopeFacts | None = None
    doubts: Sequence[str] = ()
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Executor:
    """One executor of Nextflow. `name` is its name in Nextflow and the lock, `remedy` a sentence on how to query
    unknown machines. `has_queues`: tasks are submitted to a queue, with `several_at_once` also to more than one.
    `options` are those of a job that rules and task classes may set. `uploads`: the run script can upload
    files. `has_library`: its launch scripts have functions of their own, in templates/NAME.library.sh."""

    name: str
    words: Words
    remedy: str
    has_queues: bool = True
    several_at_once: bool = False
    options: frozenset[str] = frozenset({"container_options"})
    uploads: bool = False
    has_library: bool = False

    # the profile

    settings: Callable[[str, Document, list[Finding]], Settings]
    """The settings of the site of this name; values that cannot be read become findings."""
    configured: Callable[[Settings, Options], Settings] = lambda settings, options: settings
    """The settings with other options of the scheduler."""
    checks: Callable[[str, Document], Iterator[Finding]]
    """Findings about the section of the site of this name that a schema cannot express."""

    # facts

    scope: Callable[[Site], str]
    """The name of the scope whose facts the site shares with others: its region, its cluster."""
    read_facts: Callable[[object, str], ScopeFacts]
    """The facts of one scope from the lock. ValueError names the wrong key below the given key."""
    observe: Callable[[Sequence[Site], ScopeFacts | None, Query], tuple[ScopeFacts | None, list[Problem]]]
    """The facts of the scope of these sites, queried again, and problems. AskingError without an answer."""
    declared: Callable[[Sequence[Site], ScopeFacts | None], ScopeFacts | None] = lambda sites, facts: facts
    """The facts of the scope of these sites with what they declare: queues that are made later."""
    informed: Callable[[Settings, ScopeFacts | None], Settings] = lambda settings, facts: settings
    """The settings of a site with those that the facts decide."""
    pools: Callable[[Site, ScopeFacts | None], SitePools]
    """The queues of a site in the order in which they are tried; None: its scope is unknown."""
    rows: Callable[[Site, SitePools, ScopeFacts | None, str], Iterator[Row]]
    """The table of facts at this time: a row for each kind of machine of each queue."""
    undecided: Callable[[Site, SitePools], Iterator[Finding]] = lambda site, pools: iter(())
    """Why a site cannot be planned although its profile is right: what it leaves open depends on unknown machines."""
    left_out: Callable[[Site, ScopeFacts | None], Iterator[tuple[str, str]]] = lambda site, facts: iter(())
    """The queues that nfconfgen does not choose for a site, each with the reason."""
    remedy_of_lock: str = ""
    """The advice if the lock has no facts about a queue."""
    plans_blind: bool = False
    """Whether a plan without any facts reports in another way that the machines are unknown."""
    announcement: Callable[[Sequence[Site]], str] = lambda sites: ""
    """The line that announces a query; empty if there is none."""
    not_queried: Callable[[Sequence[Site]], str] = lambda sites: ""
    """Why none of these sites is queried, if that may be unexpected."""
    unused: Callable[[Sequence[Site], Query], Iterator[tuple[str, str]]] = lambda sites, query: iter(())
    """Message and advice for each collected file that belongs to none of these sites."""
    unknown_machines: Callable[[Site, Gathered], str] = lambda site, gathered: ""
    """The message about a site that is planned although its machines are unknown."""
    stale: Callable[[Pool, Shape, str], tuple[str, str]]
    """Message and advice for facts about a machine that are older (of this age) than the profile allows."""
    aged: Callable[[str, ScopeFacts | None], Iterator[tuple[str, str, str]]] = lambda queue, facts: iter(())
    """Rule, message and advice for facts about a queue that are out of date for another reason."""
    collect: Callable[[], tuple[str, Sequence[str]]] | None = None
    """What the cluster prints that this machine belongs to, and what is doubtful in it. AskingError without one."""
    collect_script: Callable[[], str] | None = None
    """The script that prints the same on a machine without nfconfgen."""
    read_collected: Callable[[Path], tuple[ScopeFacts | None, Sequence[str], Sequence[Finding]]] | None = None
    """The facts in such a file or in one written by hand, what is doubtful, and what is wrong. UnreadableError if it
    is neither."""

    offered: Callable[[Site, ScopeFacts | None, Query], Sequence[Shape]] | None = None
    """Every kind of machine that a site could have, smallest first, also those that none of its queues has. Empty if
    nothing may be queried; AskingError without an answer. None: there are no other machines than those it has."""

    # a first profile

    first_names: Sequence[str]
    """Names for a site, the best first: the pipeline may have a profile of the same name."""
    offers: Callable[[str, Query], Offers] = lambda region, query: Offers()
    """What can be found out without a profile, in this region or the one of the environment."""

    # the plan

    site_findings: Callable[[Site, SitePools, Sequence[Pool]], Iterator[Finding]] = lambda site, pools, own: iter(())
    """Findings about a site other than the size of its tasks; further pools are those that task classes name."""
    task_findings: Callable[[TaskClass, Sequence[Attempt], SitePools], Iterator[Finding]] = lambda *_: iter(())
    """Findings about a task class that fits. No attempts: it only adds to the requests of others."""
    head_queue: Callable[[Site, SitePools], str] = lambda site, pools: ""
    """The queue of a job that runs Nextflow itself; empty: the default, or there is no such job."""
    consequence: Callable[[Fault], str] = lambda fault: ""
    """What happens to a request with this fault."""

    # the files

    title: Callable[[SitePlan], str]
    """A short description of the site."""
    containers: Callable[[SitePlan, Plan], Container] = lambda site, plan: lambda image: (image, "")
    """The value of `container` for an image, and a comment on it."""
    stand_ins: Callable[[SitePlan, Plan], Mapping[str, str]] = lambda site, plan: {}
    """Image → its job definition, for images that have one."""
    registry: Callable[[Site], str] = lambda site: ""
    """The registry that images without one come from; empty: Docker Hub."""
    directives: Callable[[SitePlan], Directives] = lambda site: lambda task_plan, request: request
    """A function that adapts the directives of a task class."""
    everywhere: Callable[[SitePlan], list[Setting]] = lambda site: []
    """Directives of every task of the site."""
    last: Callable[[SitePlan], list[tuple[Selected, tuple[Setting, ...]]]] = lambda site: []
    """Selectors that follow those of the task classes."""
    sections: Callable[[SitePlan], list[Section]] = lambda site: []
    """The scopes of its config other than process and params."""
    launch_values: Callable[[SitePlan, Plan], Values] = lambda site, plan: {}
    """Additional values for templates/NAME.launch.sh.j2."""
    files: Callable[[Sequence[SitePlan], Plan], dict[str, str]] = lambda sites, plan: {}
    """Additional files for all sites of this executor: path → text."""
    decides: tuple[Scope, ...] = ()
    """Settings that the config of a site decides even if it leaves them unset: the pipeline's have no use either."""
    cluster_options: Callable[[Site, Options, Accelerator | None], Sequence[Value]] = lambda site, options, gpus: ()
    """Each of the clusterOptions of a task that is submitted with these options over those of the site, and with
    GPUs."""
    pipeline_findings: Callable[[Site, Sources, Met], Iterator[Finding]] = lambda site, sources, met: iter(())
    """Findings for settings of the pipeline that have no effect on this executor."""

    # explanations

    notes: Callable[[SitePlan], Iterator[str]] = lambda site: iter(())
    """Notes about the whole site."""
    lost: Callable[[SitePlan, str, tuple[int, ...]], str]
    """What happens to a task whose machine is lost, given the effect on its attempts, and the oldest Nextflow version
    that the profile allows."""

    prices: Callable[[Site, ScopeFacts | None], Market] | None = None
    """How the machines of a site with these facts are bought. None: they have no prices."""

    failures: Callable[[SitePlan], Iterator[str]] = lambda site: iter(())
    """What other kinds of failures of a task lead to."""

    # examining and measuring

    examine: Callable[[Examination], Examined | None] | None = None
    """Findings for what currently keeps jobs from running, wastes money or loses data. None: there is nothing to
    query. AskingError without an answer."""
    measure: Callable[[Profile, Lock, Measure, Core], int] | None = None
    """Starts machines of a profile to measure them, and undoes that; the exit code."""
    registers: str = ""
    """The one of its files that registers what jobs need before a run: a script."""
    declarations: Callable[[Site, Profile], str] = lambda site, profile: ""
    """The path, below the output folder, of the file that describes what a site declares; empty: nothing."""
    provision: Callable[[Site, str, Provision, Console], int] | None = None
    """Compares, makes or removes what a site declares, as the text of that file describes it; the exit code."""
    restore: Callable[[Callable[[], Profile | None], Measure, Core], int] | None = None
    """Undoes the changes of an interrupted measurement; the exit code."""

    def __repr__(self) -> str:
        return self.name
