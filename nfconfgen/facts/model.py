"""One model for every executor: a pool (job queue, partition) is an ordered set of shapes (instances, nodes)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nfconfgen.profile.model import Limits

Source = Literal["measured", "remembered", "estimated", "fixed"]


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of machine in a pool, as large as a task on it can be.

    `memory_mib` is what the machine registered (or is estimated to), `time` when that was read (ISO 8601, UTC;
    empty for an estimate), `image` the AMI it was read under.
    """

    name: str
    cpus: int
    memory_mib: int
    source: Source
    time: str = ""
    image: str = ""

    @property
    def size(self) -> tuple[int, int, str]:
        """Smaller first. CPUs lead: they set an instance's price more than its memory does."""
        return self.cpus, self.memory_mib, self.name

    @property
    def origin(self) -> str:
        """`measured 2026-11-20`, `estimated`, or `fixed` (a size that is sold as such)."""
        return f"{self.source} {self.time[:10]}" if self.time else self.source


@dataclass(frozen=True, slots=True)
class Pool:
    """A queue and what it can start, smallest shape first. No shapes: nobody has asked yet.

    `fixed`: its shapes are the only sizes that can be asked for (Fargate).
    """

    name: str
    shapes: tuple[Shape, ...] = ()
    limits: Limits = field(default_factory=Limits)
    fixed: bool = False

    @property
    def largest(self) -> Shape | None:
        """The shape with the most memory (most CPUs among equals)."""
        return max(self.shapes, key=lambda shape: (shape.memory_mib, shape.cpus), default=None)


SitePools = tuple[Pool, ...]
"""The pools of one site, in the order of its queues."""

Facts = Mapping[str, SitePools]
"""By site name."""
