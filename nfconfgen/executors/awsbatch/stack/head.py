"""The job in which Nextflow itself runs on AWS Batch, if the profile has one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nfconfgen.executors.awsbatch.stack.declared import Declared, readable
from nfconfgen.profile.units import memory_mib, time_s

_MEMORY_MIB, _CPUS, _TIME_S = 4096, 2, 7 * 86400


@dataclass(frozen=True, slots=True)
class Head:
    """`queue` exists, or is that of `declared`, which the stack makes; `role` empty: the stack makes it."""

    image: str
    queue: str
    cpus: int = _CPUS
    memory_mib: int = _MEMORY_MIB
    time_s: int = _TIME_S
    role: str = ""
    declared: Declared | None = None

    @property
    def heap_mib(self) -> int:
        """The heap of Java, which needs the rest in addition to it."""
        return self.memory_mib * 3 // 4


def read(data: Mapping[str, Any] | None, stack: str) -> Head | None:
    """The head job of a site whose stack has this name; None if it has none. The checks report a wrong size."""
    if data is None:
        return None
    own = f"{stack}-head"
    kind = data.get("instance_type")
    declared = Declared(own, (kind,), data.get("max_instances", 1), volume_mib=None) if kind else None
    return Head(
        data["image"],
        own if declared else data.get("queue", ""),
        data.get("cpus", _CPUS),
        readable(memory_mib, data.get("memory")) or _MEMORY_MIB,
        readable(time_s, data.get("time")) or _TIME_S,
        data.get("role", ""),
        declared,
    )
