"""One model for every executor: a pool (job queue, partition) is an ordered set of shapes (instances, nodes)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nfconfgen.findings import Level
from nfconfgen.profile.model import Limits

TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
"""Of every time that is kept: UTC, to the second."""

Source = Literal["measured", "remembered", "estimated", "fixed", "set", "configured"]
What = Literal["memory", "cpus", "time", "gpus", "site"]
Kind = Literal["refused", "pends"]


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of machine in a pool, as large as a task on it can be; `gpus` by type (empty: any; None: not known).

    `memory_mib` is what the machine registered (or is estimated to), `time` when that was read (ISO 8601, UTC;
    empty for an estimate), `image` the AMI it was read under. `architecture` is that of its processors, as EC2 names
    it; empty where it is not known.
    """

    name: str
    cpus: int
    memory_mib: int
    source: Source
    time: str = ""
    image: str = ""
    gpus: Mapping[str, int] | None = field(default_factory=dict)
    architecture: str = ""

    @property
    def size(self) -> tuple[int, int, str]:
        """Smaller first. CPUs lead: they set an instance's price more than its memory does."""
        return self.cpus, self.memory_mib, self.name

    @property
    def origin(self) -> str:
        """`measured 2026-11-20`, `configured 2026-11-20` (as the cluster says), `estimated`, `fixed` (a size that
        is sold as such), or `set` (by the limits of the profile)."""
        return f"{self.source} {self.time[:10]}" if self.time else self.source

    def gpu_count(self, kind: str = "") -> int | None:
        """How many GPUs of this type it has, or of any type where none is named; None where that is not known."""
        if self.gpus is None or not kind:
            return None if self.gpus is None else sum(self.gpus.values())
        if self.source == "configured":
            return self.gpus.get(kind, 0)  # Slurm tells a100 from A100
        return sum(count for name, count in self.gpus.items() if name.casefold() == kind.casefold())


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit of a pool besides its shapes: the `most` (MiB, CPUs, seconds, GPUs) of one request, who sets it, and
    what becomes of a request beyond it: it is refused, or pends indefinitely for `reason`. `least`: a least, not a
    most. `early`: it is compared before the nodes are. `as_asked`: it is compared with the CPUs that are asked for,
    not with those that the request is raised to."""

    what: What
    most: int
    name: str
    kind: Kind
    reason: str = ""
    least: bool = False
    early: bool = False
    as_asked: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a pool does not take a request. `most` is what it would take, where that is a number; with `least`, it is
    the least that it takes. `temporary`: the queue takes requests again later, whoever waits gets there."""

    what: What
    why: str
    kind: Kind
    reason: str = ""
    most: int | None = None
    least: bool = False
    temporary: bool = False


@dataclass(frozen=True, slots=True)
class Pool:
    """A queue and the machines it can start, the smallest first.

    `rules_known`: the scheduler's rules are known (`bounds`, `closed`, `down`), and so what becomes of each request;
    a queue without shapes then has no machine. `fixed_sizes`: only its shapes can be asked for (Fargate). `by_size`:
    a task goes to the first queue that holds it; otherwise the queues are an escalation, one for each attempt.
    `configured`: sizes are configured, so a machine can be asked for to the MiB; otherwise they are measured, and
    move with the next image. `down` are shapes of which no machine takes jobs now, `closed` says why it takes none
    at all. `memory_per_cpu_mib`: a request for more memory gets more CPUs. `by_cpu`: memory is asked for by CPU.
    `whole_nodes`: a job has its node alone. `given_per_cpu_mib`: memory cannot be asked for, it comes with the CPUs.
    """

    name: str
    shapes: tuple[Shape, ...] = ()
    limits: Limits = field(default_factory=Limits)
    fixed_sizes: bool = False
    down: tuple[Shape, ...] = ()
    bounds: tuple[Bound, ...] = ()
    closed: tuple[Fault, ...] = ()
    memory_per_cpu_mib: int | None = None
    by_cpu: bool = False
    whole_nodes: bool = False
    given_per_cpu_mib: int | None = None
    rules_known: bool = False
    by_size: bool = False
    configured: bool = False

    @property
    def known(self) -> bool:
        """Whether it is known which machines it can start."""
        return bool(self.shapes) or self.rules_known

    @property
    def time_s(self) -> int | None:
        """The longest time of a task; None for no limit."""
        tightest = self.tightest("time")
        return tightest.most if tightest is not None else None

    def tightest(self, what: What) -> Bound | None:
        """The bound that allows the least of it; None for no limit beside the shapes."""
        bounds = [bound for bound in self.bounds if bound.what == what and not bound.least]
        return min(bounds, key=lambda bound: bound.most, default=None)

    @property
    def largest(self) -> Shape | None:
        """The shape with the most memory (most CPUs among equals)."""
        return max(self.shapes, key=lambda shape: (shape.memory_mib, shape.cpus), default=None)


SitePools = tuple[Pool, ...]
"""The pools of one site, in the order of its queues."""

Facts = Mapping[str, SitePools]
"""By site name."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a queue, for every site that names it; an empty `queue` means all of a site."""

    queue: str
    rule: str
    message: str
    advice: str = ""
    level: Level = "error"
