"""What the core asks of an executor. Each has a folder of its own with one subclass; executors/table.py lists them.

The core calls these methods in this order: settings and checks while a profile is loaded, facts while they are
gathered, findings while it is planned, directives and files while it is rendered, words wherever something is shown.
A method that has a default here is one that an executor may have no use for.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
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
    from nfconfgen.plan.model import Ladder, Plan, SitePlan, Step
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
    cpus: str


class Executor(ABC):
    """One executor of Nextflow."""

    name: str
    """As Nextflow and the lock call it."""
    words: Words
    has_queues = True
    """Whether a task is sent to a queue; otherwise the directive is not set."""
    remedy: str
    """A sentence on how machines that are not known become known."""

    def __repr__(self) -> str:
        return self.name

    # the profile

    @abstractmethod
    def settings(self, site: str, document: Document, findings: list[Finding]) -> Settings:
        """The settings of a site; the document fits the schema. What cannot be read becomes a finding."""

    def checks(self, site: str, document: Document) -> Iterator[Finding]:
        """What is wrong with the section of a site, as far as no schema can tell."""
        return iter(())

    # facts

    @abstractmethod
    def scope(self, site: Site) -> str:
        """The name of the scope whose facts the site shares with others: its region, its cluster."""

    @abstractmethod
    def read_facts(self, data: object, at: str) -> ScopeFacts:
        """The facts of one scope from the lock. ValueError names the key that is wrong, `at` is the key above it."""

    @abstractmethod
    def observe(
        self, sites: Sequence[Site], known: ScopeFacts | None, query: Query
    ) -> tuple[ScopeFacts | None, list[Problem]]:
        """The facts of the scope of these sites, queried anew, and what is wrong. AskingError without an answer."""

    @abstractmethod
    def pools(self, site: Site, facts: ScopeFacts | None) -> SitePools:
        """The queues of a site in the order in which they are tried; None: nothing is known of its scope."""

    def missing_facts(self, site: Site, known: ScopeFacts | None) -> Iterator[Finding]:
        """Queues without which nothing can be planned, and of which nothing is known."""
        return iter(())

    def announcement(self, sites: Sequence[Site]) -> str:
        """The line that says who is queried; empty if nobody is."""
        return ""

    def not_queried(self, sites: Sequence[Site]) -> str:
        """Why none of these sites is queried, if that may surprise; empty otherwise."""
        return ""

    def unused(self, sites: Sequence[Site], query: Query) -> Iterator[tuple[str, str]]:
        """Message and advice for each collected file that belongs to none of these sites."""
        return iter(())

    def unknown_machines(self, site: Site, gathered: Gathered) -> str:
        """What to say of a site that is planned though its machines are not known; empty: nothing."""
        return ""

    def stale(self, pool: Pool, shape: Shape, age: str) -> tuple[str, str]:
        """Message and advice where the facts about a machine are older than the profile trusts."""
        return f"{shape.name} of {pool.name} was queried {age}", "query it again: nfconfgen facts --refresh"

    def aged(self, site: Site, queue: str, facts: ScopeFacts | None) -> Iterator[tuple[str, str, str]]:
        """Rule, message and advice for facts that something else has made worth querying again."""
        return iter(())

    @abstractmethod
    def rows(self, site: Site, pools: SitePools, facts: ScopeFacts | None, now: str) -> Iterator[Row]:
        """The table of facts: a row for each kind of machine of each queue."""

    @property
    def collects(self) -> bool:
        """Whether facts can be collected on one machine and used on another."""
        return False

    def collect(self, now: str) -> tuple[ScopeFacts, list[str]]:
        """The facts of the cluster that this machine is part of, and what was doubtful. AskingError without one."""
        raise NotImplementedError

    # the plan

    def site_findings(self, site: Site, pools: SitePools) -> Iterator[Finding]:
        """What is wrong with a site besides the size of its tasks."""
        return iter(())

    def task_findings(self, task: TaskClass, steps: Sequence[Step], pools: SitePools) -> Iterator[Finding]:
        """What is wrong with a task class that fits. No steps: it only adds to the request of others."""
        return iter(())

    def head_queue(self, site: Site, pools: SitePools) -> str:
        """The queue of a job that runs Nextflow itself; empty: the default, or there is no such job."""
        return ""

    def consequence(self, fault: Fault) -> str:
        """What becomes of a request with this fault; empty if that goes without saying."""
        return ""

    # the files

    @abstractmethod
    def title(self, site: SitePlan) -> str:
        """The site in a few words."""

    @property
    def uploads(self) -> bool:
        """Whether the run script can upload input files first."""
        return False

    def containers(self, site: SitePlan, plan: Plan) -> Container:
        """What `container` is set to for an image, and a comment on it: the image itself."""
        return lambda image: (image, "")

    def stand_ins(self, site: SitePlan, plan: Plan) -> Mapping[str, str]:
        """The job definition that stands for an image, for each image that has one."""
        return {}

    def registry(self, site: Site) -> str:
        """The registry that images without one come from; empty: Docker Hub."""
        return ""

    def directives(self, site: SitePlan) -> Directives:
        """What becomes of the request of a task class: it is written as it is."""
        return lambda ladder, default, request: request

    def everywhere(self, site: SitePlan) -> list[Setting]:
        """Directives of every task of the site."""
        return []

    def last(self, site: SitePlan) -> list[tuple[Selected, tuple[Setting, ...]]]:
        """Selectors that follow those of the task classes."""
        return []

    def config_values(self, site: SitePlan, plan: Plan) -> Values:
        """What templates/NAME.config.j2 needs besides."""
        return {}

    def launch_values(self, site: SitePlan, plan: Plan) -> Values:
        """What templates/NAME.launch.sh.j2 needs besides."""
        return {}

    def files(self, sites: Sequence[SitePlan], plan: Plan) -> dict[str, str]:
        """Further files of all sites of this executor: path → text."""
        return {}

    def config_paths(self, site: SitePlan) -> Iterator[Scope]:
        """What the config of the site sets, or decides by not setting it, outside of process, params and workDir."""
        return iter(())

    def cluster_options(self, site: SitePlan, ladder: Ladder, default: Ladder | None) -> str | None:
        """What clusterOptions comes to for a task class."""
        return None

    def pipeline_findings(self, site: Site, sources: Sources, met: Met) -> Iterator[Finding]:
        """What of the pipeline's config has no effect on this executor."""
        return iter(())

    # explanations

    def notes(self, site: SitePlan) -> Iterator[str]:
        """What holds for the whole site."""
        return iter(())

    @abstractmethod
    def lost(self, site: SitePlan, counts: str, nextflow: tuple[int, ...]) -> str:
        """What becomes of a task whose machine goes away. `counts` says what that does to its attempts, `nextflow` is
        the oldest version that the profile allows."""

    # examining and measuring

    def examine(self, examination: Examination) -> Examined | None:
        """What keeps jobs from running, wastes money or loses data, as it is right now. None: there is nothing to
        query. AskingError if it does not answer."""
        return None

    @property
    def measures(self) -> bool:
        """Whether `measure` and `restore` do anything."""
        return False

    def measure(self, profile: Profile, lock: Lock, options: Measure, core: Core) -> int:
        """Starts machines of a profile to read what they really have, and undoes that; the exit code."""
        raise NotImplementedError

    def restore(self, path: Path, profile: Callable[[], Profile | None], options: Measure, core: Core) -> int:
        """Undoes what a measurement has left that was cut off; the exit code."""
        raise NotImplementedError
