"""One model for every executor: a pool (job queue, partition) is an ordered set of shapes (instances, nodes)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nfconfgen.findings import Level
from nfconfgen.profile.model import Limits, Site
from nfconfgen.profile.queue_model import Located, Options

TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
"""The format of every stored time: UTC, to the second."""

Source = Literal["measured", "remembered", "estimated", "fixed", "set", "configured", "written"]
What = Literal["memory", "cpus", "time", "gpus", "site"]
Kind = Literal["refused", "pends"]


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of machine in a pool, as large as a task on it can be; `gpus` by type (empty: any; None: unknown).

    `memory_mib` is what the machine registers (or is estimated to), `time` when that was read (ISO 8601, UTC; empty
    for an estimate), `image` the AMI it had then. `architecture` is the name in EC2; empty if unknown. `machine_mib`
    is the memory of the whole machine, if a task cannot have all of it.
    """

    name: str
    cpus: int
    memory_mib: int
    source: Source
    time: str = ""
    image: str = ""
    gpus: Mapping[str, int] | None = field(default_factory=dict)
    architecture: str = ""
    machine_mib: int = 0

    @property
    def size(self) -> tuple[int, int, str]:
        """The key that sorts smaller shapes first. CPUs lead, as they affect the price of an instance most."""
        return self.cpus, self.memory_mib, self.name

    @property
    def whole_mib(self) -> int:
        """The memory of the whole machine."""
        return self.machine_mib or self.memory_mib

    @property
    def origin(self) -> str:
        """`measured 2026-11-20`, `configured 2026-11-20` (in the cluster), `estimated`, `fixed` (a size that is sold
        as such), `set` (by the limits of the profile), or `written by hand 2026-11-20`."""
        how = "written by hand" if self.source == "written" else self.source
        return f"{how} {self.time[:10]}" if self.time else how

    def gpu_count(self, kind: str = "") -> int | None:
        """How many GPUs of this type it has (empty: of any type); None if unknown."""
        if self.gpus is None or not kind:
            return None if self.gpus is None else sum(self.gpus.values())
        if self.source in ("configured", "written"):
            return self.gpus.get(kind, 0)  # Slurm distinguishes a100 and A100
        return sum(count for name, count in self.gpus.items() if name.casefold() == kind.casefold())


@dataclass(frozen=True, slots=True)
class Measure:
    """The amount that a limit compares if it is not that of one resource: the sum (`largest`: the maximum) of CPUs,
    GPUs and MiB, each times its factor, and of a `constant`. It is a whole number, rounded down; with `minutes` it is
    then multiplied by those of the job."""

    factors: tuple[tuple[What, float], ...] = ()
    constant: float = 0
    minutes: bool = False
    largest: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit of a pool in addition to its shapes: the `most` (MiB, CPUs, seconds, GPUs) of one request, and whether
    a request beyond it is refused, or pends indefinitely for `reason`. `least`: it is a minimum. `early`: it is
    compared before the nodes are. `as_asked`: it is compared with the requested CPUs, not with the number that is
    charged. `gpu_type`: it counts only GPUs that are requested by this type. `measure`: what it compares instead of
    `what`, which is then what a task should ask less of."""

    what: What
    most: int
    name: str
    kind: Kind
    reason: str = ""
    least: bool = False
    early: bool = False
    as_asked: bool = False
    gpu_type: str = ""
    measure: Measure | None = None

    def excludes(self, amount: int) -> bool:
        """Whether so much is beyond it."""
        return amount < self.most if self.least else amount > self.most


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a pool rejects a request. `most` is what it would accept, if that is a number; with `least`, the minimum.
    `temporary`: the queue accepts requests again later. `late`: nodes are compared first."""

    what: What
    why: str
    kind: Kind
    reason: str = ""
    most: int | None = None
    least: bool = False
    temporary: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class Pool:
    """A queue and the machines it can start, the smallest first.

    `rules_known`: the rules of the scheduler are known (`bounds`, `closed`, `down`), and so what happens to each
    request; a queue without shapes then has no machine. `fixed_sizes`: only its shapes can be requested (Fargate).
    `configured`: sizes are configured, so a machine can be requested to the MiB; otherwise they are measured, and
    change with the next image. `down` are shapes of which all machines are out of service, `closed` is why the pool
    accepts no jobs at all. `memory_per_cpu_mib`: a request for more memory gets more CPUs. `by_cpu`: memory is
    requested per CPU. `whole_nodes`: a job has its node alone. `cpu_step`: CPUs are given in multiples of it (whole
    cores). `nodes`: how many nodes each job gets, all of them with as much. `memory`: whether it is reserved for a
    job, or only compared with that of a machine, or neither. `given_per_cpu_mib`: memory cannot be requested, it
    comes with the CPUs. `default_time_s`: the time of a task that sets none. `default`: the queue of jobs that name
    none. `options`: those with which a task goes here, over those of the site. `part`: the queue itself, if `name` is
    several at once. `selection`: what a machine has to meet, at its line, if none does. `unproven`: rule, message and
    advice for what is not compared with a request. `fair_share`: it divides its machines among share identifiers, and
    every job needs one; None if that is not known. `declared`: it does not exist yet, the profile
    declares it. `reclaimable`: its machines may be taken away from a running task (Spot)."""

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
    cpu_step: int = 1
    nodes: int = 1
    memory: Literal["reserved", "compared", "ignored"] = "reserved"
    given_per_cpu_mib: int | None = None
    rules_known: bool = False
    configured: bool = False
    default_time_s: int | None = None
    default: bool = False
    options: Options = ()
    part: str = ""
    selection: Located[str] | None = None
    unproven: tuple[tuple[str, str, str], ...] = ()
    fair_share: bool | None = False
    declared: bool = False
    reclaimable: bool = False

    @property
    def own_name(self) -> str:
        """The name of this queue alone."""
        return self.part or self.name

    @property
    def known(self) -> bool:
        """Whether its machines are known."""
        return bool(self.shapes) or self.rules_known

    @property
    def time_s(self) -> int | None:
        """The longest time of a task; None for no limit."""
        tightest = self.tightest("time")
        return tightest.most if tightest is not None else None

    def in_cores(self, cpus: int) -> int:
        """So many CPUs as they are given: in whole cores."""
        return -(-cpus // self.cpu_step) * self.cpu_step

    @property
    def unset_time_s(self) -> int | None:
        """How long a task that sets no time may run; None for no limit."""
        known = [time_s for time_s in (self.default_time_s, self.time_s) if time_s is not None]
        return min(known, default=None)

    def tightest(self, what: What) -> Bound | None:
        """The bound that allows the least of it; None: only the shapes limit it."""
        bounds = [b for b in self.bounds if b.what == what and not b.least and not b.gpu_type and b.measure is None]
        return min(bounds, key=lambda bound: bound.most, default=None)

    @property
    def largest(self) -> Shape | None:
        """The shape with the most memory (most CPUs among equals)."""
        return max(self.shapes, key=lambda shape: (shape.memory_mib, shape.cpus), default=None)


SitePools = tuple[Pool, ...]
"""The pools of one site, in the order of its queues."""

Facts = Mapping[str, SitePools]
"""By the key of the site."""


def unqueried(site: Site) -> SitePools:
    """The pools of a site before anything was queried: names, and the limits of the profile. Without queues there is
    one without a name, the default of the scheduler."""
    named = tuple(Pool(name, limits=site.most, options=options) for name, options in site.ways)
    return named or (() if site.choice == "auto" else (Pool("", limits=site.most),))


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem of a queue, for every site that names it; an empty `queue` means the whole site."""

    queue: str
    rule: str
    message: str
    advice: str = ""
    level: Level = "error"
