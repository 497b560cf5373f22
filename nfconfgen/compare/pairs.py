"""Plan → pairs of sites, each value with a mark: the same, meant to differ, or a finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nfconfgen import jsontext
from nfconfgen.compare.classes import Classes, Key, classes
from nfconfgen.compare.model import Mark, Pair, Value
from nfconfgen.compare.requests import requests
from nfconfgen.plan.model import Plan
from nfconfgen.profile.model import Limits, Param


def pairs(plan: Plan) -> tuple[Pair, ...]:
    """The first site next to each of the others."""
    first, *others = map(classes, plan.sites)
    return tuple(_pair(first, other, plan) for other in others)


def _pair(a: Classes, b: Classes, plan: Plan) -> Pair:
    return Pair(
        a.site.name,
        b.site.name,
        tuple(requests(a, b)),
        tuple(_selectors(a, b)),
        tuple(_params(a, b)),
        tuple(_containers(a, b, plan)),
        tuple(_limits(a, b)),
    )


def _selectors(a: Classes, b: Classes) -> Iterator[Value]:
    """Whether each site has the class, and whether it names it."""
    for key in {**a.tasks, **b.tasks}:
        kind, name = key
        if kind == "default":
            continue
        sides = _has(a, key), _has(b, key)
        mark: Mark = "same"
        if sides[0] != sides[1]:
            mark = "meant" if None in sides else "finding"
        yield Value(kind, name, mark, *sides)


def _has(site: Classes, key: Key) -> str | None:
    if key not in site.tasks:
        return None
    return "named" if site.named(key) else "as default"


def _params(a: Classes, b: Classes) -> Iterator[Value]:
    yield from _mapped("params", a.site.params, b.site.params)
    yield from _mapped("launch", a.site.launch.params, b.site.launch.params)
    mine, other = a.site.launch, b.site.launch
    changed = dict.fromkeys(name for one in (a, b) for name in one.site.launch.warmup if one.warmed(name))
    for name in changed:
        values = mine.warmup.get(name), other.warmup.get(name)
        both = name in mine.warmup and name in other.warmup
        mark: Mark = _mark(*values) if both and a.warmed(name) == b.warmed(name) else "finding"
        yield Value("warmup", name, mark, *values)


def _mapped(group: str, a: Mapping[str, Param], b: Mapping[str, Param]) -> Iterator[Value]:
    for name in {**a, **b}:
        values = a.get(name), b.get(name)
        yield Value(group, name, _mark(*values) if name in a and name in b else "finding", *values)


def _mark(a: Param, b: Param) -> Mark:
    # true and 1 are different params to Nextflow, but equal to Python
    return "same" if jsontext.dumps(a) == jsontext.dumps(b) else "meant"


def _containers(a: Classes, b: Classes, plan: Plan) -> Iterator[Value]:
    definitions = [(site, site.plan.site.executor.stand_ins(site.plan, plan)) for site in (a, b)]
    for key in {**a.tasks, **b.tasks}:
        kind, name = key
        x, y = a.image(key), b.image(key)
        if x is None and y is None:
            continue
        mark: Mark = "same" if x == y else "finding" if key in a.tasks and key in b.tasks else "meant"
        why = [
            f"on {site.site.name} through the job definition {names[task.container.value]}"
            for site, names in definitions
            if (task := site.tasks.get(key)) is not None and task.container and task.container.value in names
        ]
        if mark == "same" and why:
            mark = "meant"
        yield Value(kind, name or "default", mark, x, y, "; ".join(why))


def _limits(a: Classes, b: Classes) -> Iterator[Value]:
    """Those of both sites, and of each class that has its own on one of them."""
    yield from _limited("", a.plan.limits, b.plan.limits)
    for key in {**a.task_plans, **b.task_plans}:
        found = [site.task_plans[key] for site in (a, b) if key in site.task_plans]
        if any(one.limited for one in found):
            yield from _limited(f"{key[0]} {key[1]} ", a.limits(key), b.limits(key))


def _limited(of: str, x: Limits, y: Limits) -> Iterator[Value]:
    for name in ("cpus", "memory_mib", "time_s"):
        values = getattr(x, name), getattr(y, name)
        if values != (None, None):
            yield Value("limits", f"{of}{name}", "same" if values[0] == values[1] else "meant", *values)
