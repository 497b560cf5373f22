"""The requests of each task class, attempt by attempt, and the reasons for differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from nfconfgen.compare.classes import Classes, Key
from nfconfgen.compare.model import Mark, Request, Side
from nfconfgen.plan.model import Attempt
from nfconfgen.profile.model import TaskClass
from nfconfgen.profile.queue_model import Located
from nfconfgen.profile.units import memory_text, time_text

_OWN = Side("own")
_UNFIT = Side("unfit")
_PARITY = ("time_s", "accelerator")
"""Keys that one site must not set alone: the plan's rule task-parity."""


def requests(a: Classes, b: Classes) -> Iterator[Request]:
    """In the order of the profile, with classes that one site lacks or cannot hold."""
    for key in {**a.tasks, **b.tasks}:
        kind, name = key
        attempts = max(len(site.task_plans[key].attempts) if key in site.task_plans else 0 for site in (a, b))
        for attempt in range(1, attempts + 1) if attempts else (None,):
            sides = _side(a, key, attempt), _side(b, key, attempt)
            why = tuple(_why(key, attempt, sides, a, b))
            yield Request(kind, name or None, attempt, _mark(key, sides, a, b), *sides, why)


def _side(site: Classes, key: Key, attempt: int | None) -> Side:
    task = site.tasks.get(key)
    if task is None:
        return _OWN
    time_s = task.time_s.value if task.time_s is not None else None
    gpus = task.accelerator.value.count if task.accelerator is not None else None
    if task.additive and key in site.task_plans:
        return Side("added", time_s=time_s, gpus=gpus)
    planned = _attempt(site, key, attempt)
    if planned is None:
        return _UNFIT
    asked = planned.request
    holder = planned.shape.name if planned.shape is not None else None
    return Side("fits", asked.queue, asked.cpus, asked.memory_mib, asked.time_s, gpus, holder)


def _attempt(site: Classes, key: Key, attempt: int | None) -> Attempt | None:
    """The planned attempt; past the last that is planned, that one: the pipeline sets the number of attempts then."""
    task_plan = site.task_plans.get(key)
    if task_plan is None or not task_plan.attempts or attempt is None:
        return None
    return task_plan.attempts[min(attempt, len(task_plan.attempts)) - 1]


def _mark(key: Key, sides: tuple[Side, Side], a: Classes, b: Classes) -> Mark:
    mine, other = a.tasks.get(key), b.tasks.get(key)
    if "unfit" in (sides[0].state, sides[1].state):
        return "finding"
    if mine is None or other is None:
        return "meant"
    if a.named(key) != b.named(key) or any(_set_once(part, mine, other) for part in _PARITY):
        return "finding"
    return "same" if sides[0].size == sides[1].size else "meant"


def _set_once(part: str, mine: TaskClass, other: TaskClass) -> bool:
    """Whether only one of them sets it."""
    return (getattr(mine, part) is None) is not (getattr(other, part) is None)


def _why(key: Key, attempt: int | None, sides: tuple[Side, Side], a: Classes, b: Classes) -> Iterator[str]:
    mine, other = a.tasks.get(key), b.tasks.get(key)
    if mine is None or other is None:
        yield f"{(a if mine is None else b).site.name} has no tasks: the pipeline's own numbers hold there"
        return
    if "unfit" in (sides[0].state, sides[1].state):
        fitting = [site.site.name for site, side in zip((a, b), sides, strict=True) if side.state != "unfit"]
        yield f"fits only {fitting[0]}" if fitting else f"fits neither {a.site.name} nor {b.site.name}"
        return
    if a.named(key) != b.named(key):
        only, without = (a, b) if a.named(key) else (b, a)
        yield f"named only for {only.site.name}: on {without.site.name} the default holds"
    yield from _configured(mine, other, a, b)
    yield from _fitted(key, sides, _attempt(a, key, attempt), _attempt(b, key, attempt), a, b)


_KEYS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("cpus", "cpus", str),
    ("memory", "memory_mib", memory_text),
    ("time", "time_s", time_text),
    ("gpus", "accelerator", lambda gpus: f"{gpus.count} {gpus.type}".strip()),
)


def _configured(mine: TaskClass, other: TaskClass, a: Classes, b: Classes) -> Iterator[str]:
    """The values that the profile sets differently for the two sites."""
    for what, part, text in _KEYS:
        x: Located[Any] | None = getattr(mine, part)
        y: Located[Any] | None = getattr(other, part)
        if (mine.additive and part in ("cpus", "memory_mib")) or (x and x.value) == (y and y.value):
            continue
        lines = [
            f"{text(value.value)} for {site.site.name} (line {value.place.line})"
            if value
            else f"nothing for {site.site.name}"
            for value, site in ((x, a), (y, b))
        ]
        yield f"{what}: the profile sets {', '.join(lines)}"


def _fitted(
    key: Key, sides: tuple[Side, Side], x: Attempt | None, y: Attempt | None, a: Classes, b: Classes
) -> Iterator[str]:
    """How the machines of the two sites make different requests of the same need."""
    mine, other = sides
    if mine.cpus == other.cpus and mine.memory_mib == other.memory_mib:
        return
    for planned, site in ((x, a), (y, b)):
        if planned is None:
            continue
        name, fit = site.site.name, site.site.settings.fit
        pool = next((pool for pool in site.plan.pools if pool.name == planned.request.queue), None)
        if pool is not None and pool.fixed_sizes:
            yield f"{name} asks for a size that {site.site.executor.words.fixed_sizes} sells"
        elif fit != "request":
            what = "whole instances" if fit == "instance" else "equal parts of an instance"
            yield f"{name} asks for {what} (fit: {fit})"
        if pool is not None and pool.given_per_cpu_mib is not None:
            yield f"on {name} memory comes with the cpus ({pool.given_per_cpu_mib} MiB each)"
        if planned.capped_from_mib is not None:
            yield f"on {name} memory stops growing: {_end(key, planned, site)}"


def _end(key: Key, planned: Attempt, site: Classes) -> str:
    """The limit at which growth ends: that of the profile, or what the queue holds."""
    limit_mib = site.set_limits(key).memory_mib
    if limit_mib is not None and planned.request.memory_mib >= limit_mib:
        return f"the profile limits {site.site.name} to {memory_text(limit_mib)}"
    return f"{planned.request.queue} holds no more"
