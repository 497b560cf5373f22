"""What this machine offers to the local executor, which takes the cores and memory that Java reports.

Java takes those of the control group where that is smaller than the machine, and so do we
(https://docs.kernel.org/admin-guide/cgroup-v2.html).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from nfconfgen import files
from nfconfgen.facts import decode

NAME = "this machine"
"""The only scope, and the only machine in it."""

_MIB = 1024 * 1024
_CGROUP = "/sys/fs/cgroup"


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """Cores and memory, and when they were read (ISO 8601, UTC)."""

    cpus: int
    memory_mib: int
    time: str

    @property
    def queues(self) -> Mapping[str, tuple[str, ...]]:
        """There is none."""
        return {}

    def same_but_time(self, other: MachineFacts) -> bool:
        return replace(self, time="") == replace(other, time="")

    def to_json(self) -> dict[str, Any]:
        return {"cpus": self.cpus, "memory_mib": self.memory_mib, "time": self.time}

    @staticmethod
    def from_json(data: Any, at: str) -> MachineFacts:
        """ValueError where this is not what `to_json` gives; `at` is how the message names the place."""
        return decode.read(MachineFacts, at, data, {"time": ("time", decode.time)})


def read(now: str) -> MachineFacts:
    """The facts of this machine."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    quota, period = _quota()
    if quota and period:
        cpus = min(cpus, max(-(-quota // period), 1))
    return MachineFacts(cpus, min(total, _memory_limit() or total) // _MIB, now)


def _memory_limit() -> int | None:
    """Bytes that the control group allows, by either version; None: as much as there is."""
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        text = _text(f"{_CGROUP}/{name}")
        if text.isdigit():
            return int(text)
    return None


def _quota() -> tuple[int, int]:
    """Microseconds of CPU time in so many of real time, by either version; 0: no limit."""
    words = _text(f"{_CGROUP}/cpu.max").split() or [
        _text(f"{_CGROUP}/cpu/cpu.cfs_quota_us"),
        _text(f"{_CGROUP}/cpu/cpu.cfs_period_us"),
    ]
    return (int(words[0]), int(words[1])) if len(words) == 2 and all(map(str.isdigit, words)) else (0, 0)


def _text(path: str) -> str:
    return files.start(path, 100).decode("ascii", "replace").strip()
