"""The settings that only a Slurm site has, and how they are read. Empty or None = not set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, TypeVar

from nfconfgen.executors.slurm.facts.hostlist import readable
from nfconfgen.findings import Finding, Place
from nfconfgen.profile import containers, units
from nfconfgen.profile.containers import Containers
from nfconfgen.profile.document.task_paths import class_paths, mapping_at
from nfconfgen.profile.document.yaml12 import Document, Path
from nfconfgen.profile.model import QueueChoice, Settings, Site
from nfconfgen.profile.queue_model import Located, Options
from nfconfgen.profile.references import Value, stripped
from nfconfgen.profile.tasks import OF_SCHEDULER

T = TypeVar("T")
AskMemory = Literal["per-node", "per-cpu", "never"]
DEFAULT_HEAD_MIB = 4096
_SELECTING = ("constraint", "nodelist", "exclude", "reservation", "cluster_options")
QUEUE_SIZE = 100
"""Nextflow's default of executor.queueSize for Slurm: https://docs.seqera.io/nextflow/reference/config#executor"""


@dataclass(frozen=True, slots=True)
class Sbatch:
    """The options of sbatch for every job, except for its size; `cluster_options` as in an #SBATCH line. `account` is
    set if rules or task classes name accounts of their own: Nextflow writes `executor.account` after the other
    options, and sbatch takes the last (measured)."""

    account: Value = ""
    qos: Value = ""
    constraint: Value = ""
    nodelist: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    reservation: Value = ""
    exclusive: bool = False
    cluster_options: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The environment of a task on its node. `scratch` is a path or a variable, or whether scratch is used."""

    scratch: Value | bool | None = None
    stage_in: str = ""
    stage_out: str = ""
    before_script: Value = ""
    modules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """The job that runs Nextflow itself; None: the default of the cluster holds. `configured`: the profile has a
    `head` section."""

    time_s: Located[int] | None
    memory_mib: Located[int]
    cpus: Located[int]
    queue: Located[str] | None
    configured: bool = False


@dataclass(frozen=True, slots=True)
class SlurmSettings(Settings):
    """`host` is queried for the facts, `cluster` is Slurm's name of the cluster; `auto`: the partitions are chosen
    among those of the cluster that are not `excepted`. `nodes_place` is the line that selects nodes. If the profile
    neither does that nor names any, the default of the cluster holds."""

    host: str = ""
    cluster: str = ""
    auto: bool = False
    excepted: tuple[str, ...] = ()
    account: Value | None = None
    sbatch: Sbatch = field(default_factory=Sbatch)
    nodes_place: Place | None = None
    ask_memory: AskMemory = "per-node"
    surroundings: Surroundings = field(default_factory=Surroundings)
    containers: Containers = field(default_factory=Containers)
    head: Head | None = None

    @property
    def choice(self) -> QueueChoice:
        return "auto" if self.auto else "first"

    @property
    def asks_memory(self) -> bool:
        return self.ask_memory != "never"


def settings_of(site: Site) -> SlurmSettings:
    """The settings of a site on Slurm."""
    assert isinstance(site.settings, SlurmSettings)
    return site.settings


def configured(settings: Settings, options: Options) -> SlurmSettings:
    """The settings with other options of a rule or a task."""
    assert isinstance(settings, SlurmSettings)
    changed: dict[str, Any] = {key: value for key, value in options if key in OF_SCHEDULER}
    if "account" in changed:
        settings = replace(settings, account=changed["account"])
    return replace(settings, sbatch=replace(settings.sbatch, **changed))


def scope(site: Site) -> str:
    """The name of the facts of a site: its cluster, the host that is queried, or its own name."""
    own = settings_of(site)
    return own.cluster or own.host or site.name


def read(site: str, document: Document, findings: list[Finding]) -> SlurmSettings:
    """The settings of a site; a time that is too small becomes a finding."""
    data = document.data["sites"][site]
    queues = data.get("queues")
    # node lists that cannot be read are reported by site_checks.py
    lists = {key: readable(data.get(key, ())) for key in ("nodelist", "exclude")}
    return _with_keys(
        SlurmSettings,
        data,
        auto=isinstance(queues, (str, dict)),
        excepted=tuple(queues["auto"]["except"]) if isinstance(queues, dict) else (),
        account=data.get("account"),
        nodes_place=next((document.place(("sites", site, key)) for key in _SELECTING if key in data), None),
        sbatch=_with_keys(Sbatch, data, **lists, account=_option_account(site, document)),
        surroundings=_with_keys(Surroundings, data, before_script=stripped(data.get("before_script", ""))),
        containers=containers.read(("sites", site, "container"), document, findings),
        head=_head(site, document, findings),
    )


def _with_keys(kind: type[T], data: Mapping[str, Any], **values: Any) -> T:
    """A `kind` with these values; the other fields are set from the keys of their name."""
    names = [f.name for f in fields(kind) if f.name in data]  # type: ignore[arg-type]  # every kind is a dataclass
    found = {name: tuple(data[name]) if isinstance(data[name], list) else data[name] for name in names}
    return kind(**{**found, **values})


def _option_account(site: str, document: Document) -> Value:
    """The account of the site as an option of sbatch, if it has to be one."""
    data = document.data["sites"][site]
    account, queues = data.get("account"), data.get("queues")
    rules = [item for item in queues if isinstance(item, dict)] if isinstance(queues, list) else []
    classes = [mapping_at(document, path) for path in class_paths(document, ("sites", site, "tasks"))]
    return account if account and any("account" in each for each in (*rules, *classes)) else ""


def _head(site: str, document: Document, findings: list[Finding]) -> Head:
    path: Path = ("sites", site, "head")
    data = document.data_at(path) or {}
    home = document.key_place(path if data else ("sites", site))

    def place(key: str) -> Place:
        return document.place((*path, key)) if key in data else home

    time_s = units.size(units.time_s, (*path, "time"), document, findings)
    memory_mib = units.size(units.memory_mib, (*path, "memory"), document, findings)
    return Head(
        time_s=None if time_s is None else Located(time_s, place("time")),
        memory_mib=Located(memory_mib or DEFAULT_HEAD_MIB, place("memory")),
        cpus=Located(int(data.get("cpus", 1)), place("cpus")),
        queue=Located(data["queue"], place("queue")) if "queue" in data else _first_queue(site, document),
        configured=bool(data),
    )


def _first_queue(site: str, document: Document) -> Located[str] | None:
    path: Path = ("sites", site, "queues")
    queues = document.data_at(path)
    # rules are about tasks; anything but a list leaves the choice to the cluster
    if not isinstance(queues, list) or not queues or any(isinstance(item, dict) for item in queues):
        return None
    # of several at once the first
    found = queues[0][0] if isinstance(queues[0], list) else queues[0]
    return Located(found, document.place((*path, 0)))
