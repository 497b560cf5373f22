"""The size of this machine for the local executor, which uses the cores and memory that Java reports.

Java reports those of its control group if that is smaller than the machine, and so do we
(https://docs.kernel.org/admin-guide/cgroup-v2.html).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nfconfgen import files
from nfconfgen.facts import decode

NAME = "this machine"
"""The only scope, and the only machine in it."""

_MIB = 1024 * 1024
_CGROUP = "/sys/fs/cgroup"
_OWN = "/proc/self/cgroup"
_LONGEST = 8192


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """Cores and memory, and when they were read (ISO 8601, UTC)."""

    cpus: int
    memory_mib: int
    time: str

    @property
    def queues(self) -> Mapping[str, tuple[str, ...]]:
        """Always empty."""
        return {}

    def same_but_time(self, other: MachineFacts) -> bool:
        return replace(self, time="") == replace(other, time="")

    def to_json(self) -> dict[str, Any]:
        return {"cpus": self.cpus, "memory_mib": self.memory_mib, "time": self.time}

    @staticmethod
    def from_json(data: Any, at: str) -> MachineFacts:
        """The facts that `to_json` wrote. ValueError if it did not write these; `at` is the key they stand under."""
        return decode.read(MachineFacts, at, data, {"time": ("time", decode.time)})


def read(now: str) -> MachineFacts:
    """The facts of this machine."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return MachineFacts(min([cpus, *_cpu_limits()]), min([total, *_memory_limits()]) // _MIB, now)


def _memory_limits() -> Iterator[int]:
    """The bytes that each control group of this process allows, by version 2 or 1."""
    for folder in _groups("memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            text = _text(f"{folder}/{name}")
            if text.isdigit() and int(text):
                yield int(text)


def _cpu_limits() -> Iterator[int]:
    """The cores that each control group of this process allows, rounded up, as Java does."""
    for folder in _groups("cpu"):
        v1 = [_text(f"{folder}/cpu.cfs_{name}_us") for name in ("quota", "period")]
        for words in (_text(f"{folder}/cpu.max").split(), v1):
            if len(words) == 2 and all(word.isdigit() and int(word) for word in words):
                yield -(-int(words[0]) // int(words[1]))


def _groups(controller: str) -> Iterator[str]:
    """The folders of the control groups of this process, by version 2 and 1, and of the groups around them, whose
    limits apply as well. A container may see its own group as the outermost one, so not all of them exist."""
    roots = {"": _CGROUP, controller: f"{_CGROUP}/{controller}"}
    paths = dict.fromkeys(roots, "")
    for line in _text(_OWN).splitlines():
        names, _, path = line.partition(":")[2].partition(":")
        paths |= {name: path for name in names.split(",") if name in roots}
    for name, root in roots.items():
        parts = [part for part in paths[name].split("/") if part]
        # the process is outside of the group that is the outermost one here
        parts = [] if ".." in parts else parts
        yield from ("/".join([root, *parts[:end]]) for end in range(len(parts), -1, -1))


def _text(path: str) -> str:
    return files.start(path, _LONGEST).decode("ascii", "replace").strip()
