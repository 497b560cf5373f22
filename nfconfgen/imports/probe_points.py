"""Tasks to ask the closures of a config about: both sides of every number that they compare with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Any, TypeVar

from nfconfgen.imports.recognise.growth import ATTEMPTS, MOST_ATTEMPTS

MOST = 400
"""Probes of a config; beyond it, some combinations of bounds are left out."""

_MEMORY = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)[.\s]*([KMGTP])B(?!\w)", re.IGNORECASE)
_TIME = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)[.\s]*(days?|hours?|min(?:ute)?s?|sec(?:ond)?s?|[dhms])(?!\w)")
_NUMBER = re.compile(r"(?<![\w'\"])(?<!\d\.)(\d{1,7})(?!\w|\.\w)")
_BYTES_IN = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40, "P": 1 << 50}
_MS_IN = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000}

_T = TypeVar("_T")
_MIB, _GIB, _HOUR = 1 << 20, 1 << 30, 3_600_000
_SEVERAL = 3
"""CPUs of a task of which the memory of each is compared."""
_CODES = (1, 2, 104, 127, 130, 134, 137, 139, 140, 143, 145, 175, 255, 2147483647)


@dataclass(frozen=True, slots=True)
class Probe:
    """A task as a closure sees it. `exit_code` is that of the attempt before; `accelerators` 0 is none."""

    memory_bytes: int | None = 8 * _GIB
    time_ms: int | None = _HOUR
    cpus: int = 1
    attempt: int = 1
    exit_code: int | None = None
    accelerators: int = 0
    accelerator_type: str | None = None
    labels: tuple[str, ...] = ()
    name: str = "FLOW:STEP"
    engine: str = "singularity"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        usual = Probe()
        shown = [("attempt", self.attempt), ("cpus", self.cpus)]
        shown = [(key, value) for key, value in shown if value != getattr(usual, key)]
        parts = [f"{(self.memory_bytes or 0) / _GIB:g} GB", f"{(self.time_ms or 0) / _HOUR:g} h"]
        parts += [f"{key} {value}" for key, value in shown]
        parts += [f"exit code {self.exit_code}"] if self.exit_code is not None else []
        parts += [f"{self.accelerators} GPU"] if self.accelerators else []
        return ", ".join([*parts, *self.labels])


@dataclass(frozen=True, slots=True)
class Most:
    """The largest request that closures see, as Nextflow applies resourceLimits first, and the last attempt; 0: no
    limit."""

    memory_bytes: int = 0
    time_ms: int = 0
    cpus: int = 0
    attempt: int = 0


def probes(texts: Iterable[str], most: Most = Most()) -> tuple[Probe, ...]:
    """Probes for closures (and functions) of these texts, none beyond the limits. All set a memory and a time:
    without one, the answers depend on the parser and on which file a closure stands in."""
    bounds = _bounds("\n".join(texts))
    attempts = max(ATTEMPTS, min(most.attempt, MOST_ATTEMPTS))
    single = [probe for probe in dict.fromkeys(_single(bounds, attempts)) if _within(probe, most)][:MOST]
    grid = [probe for probe in dict.fromkeys(_grid(bounds)) if _within(probe, most)]
    return tuple(dict.fromkeys([*single, *_spread(grid, MOST - len(single))]))


@dataclass(frozen=True, slots=True)
class _Bounds:
    """The numbers in a text, by what they may be compared with."""

    memory_bytes: list[int]
    time_ms: list[int]
    cpus: list[int]
    exit_codes: list[int]
    labels: list[str]


def _bounds(text: str) -> _Bounds:
    sizes = {int(float(count) * _BYTES_IN[unit.upper()]) for count, unit in _MEMORY.findall(text)}
    times = {int(float(count) * _MS_IN[unit[0]]) for count, unit in _TIME.findall(text)}
    bare = {number for number in map(int, _NUMBER.findall(text)) if number > 0}
    # without a unit, a number counts CPUs, gigabytes (`task.memory.toGiga()`), megabytes, hours, or is an exit code
    sizes |= {number * _GIB for number in bare if number <= 8192 and "toGiga" in text}
    sizes |= {number * _MIB for number in bare if "toMega" in text}
    counts = {number for number in bare if number <= 512}
    if re.search(r"/ *task\.cpus", text):
        counts.add(_SEVERAL)
        sizes |= {size * _SEVERAL for size in sizes}
    times |= {number * _HOUR for number in bare if number <= 8192 and re.search(r"toHours|\.hours", text)}
    codes = {code for number in bare if number < 256 for code in (number - 1, number, number + 1)}
    labels = re.findall(r"['\"]([A-Za-z_]\w{2,40})['\"]", text) if ".label" in text else []
    return _Bounds(
        sorted(sizes),
        sorted(times),
        sorted(counts),
        sorted({*_CODES, *(code for code in codes if 0 <= code < 256)} if "exitStatus" in text else {1, 137}),
        sorted({"process_gpu", "gpu", *labels}),
    )


def _single(bounds: _Bounds, attempts: int) -> Iterator[Probe]:
    """Usual tasks that differ in one thing, or in an attempt as well."""
    usual = Probe()
    for attempt in range(1, attempts + 1):
        yield replace(usual, attempt=attempt, exit_code=137 if attempt > 1 else None)
        yield replace(usual, attempt=attempt)
    yield from (replace(usual, accelerators=count) for count in (1, 2, 4))
    yield from (replace(usual, labels=(label,)) for label in bounds.labels)
    yield from (replace(usual, memory_bytes=size) for size in _around(bounds.memory_bytes, 1 << 20))
    yield from (replace(usual, time_ms=length) for length in _around(bounds.time_ms, 60_000))
    yield from (replace(usual, cpus=count) for count in _around(bounds.cpus, 1))
    yield from (replace(usual, attempt=n, exit_code=code) for n, code in product((1, 2, 3, 4), bounds.exit_codes))


def _grid(bounds: _Bounds) -> Iterator[Probe]:
    """Both sides of each bound with those of the others, and with attempts."""
    usual = Probe()
    sizes = [side for size in bounds.memory_bytes for side in (size, size + (1 << 20))] or [8 * _GIB]
    lengths = [side for length in bounds.time_ms for side in (length, length + 60_000)] or [_HOUR]
    counts = [side for count in bounds.cpus for side in (count, count + 1)] or [1]
    for size, length in product(_spread(sizes, 24), _spread(lengths, 24)):
        yield replace(usual, memory_bytes=size, time_ms=length)
        yield replace(usual, memory_bytes=size, time_ms=length, accelerators=1)
    for size, length, count in product(_spread(sizes, 8), _spread(lengths, 8), _spread(counts, 8)):
        yield replace(usual, memory_bytes=size, time_ms=length, cpus=count)
    for attempt, size in product((2, 3), sizes):
        yield replace(usual, memory_bytes=size, attempt=attempt, exit_code=137)


def _around(bounds: Iterable[int], step: int) -> list[int]:
    """Each bound, and what is just below and above it."""
    return sorted({value for bound in bounds for value in (bound - step, bound, bound + step) if value > 0})


def _spread(values: Sequence[_T], count: int) -> Sequence[_T]:
    """At most so many of them, from all over the list."""
    return values[:: -(-len(values) // count)] if 0 < count < len(values) else values[: max(0, count)]


def _within(probe: Probe, most: Most) -> bool:
    asked = (
        (probe.memory_bytes, most.memory_bytes),
        (probe.time_ms, most.time_ms),
        (probe.cpus, most.cpus),
        (probe.attempt, most.attempt),
    )
    return all(not limit or (amount or 0) <= limit for amount, limit in asked)
