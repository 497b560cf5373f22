"""What should not differ and nobody else tells: the loader knows params, the plan what fits and what is lacking."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nfconfgen.compare.classes import Classes, Key, classes
from nfconfgen.compare.image_names import image
from nfconfgen.compare.model import Pair
from nfconfgen.compare.pairs import warmed
from nfconfgen.findings import Finding, Place
from nfconfgen.plan.model import Plan
from nfconfgen.profile.checks import given_for
from nfconfgen.profile.credentials import shown
from nfconfgen.profile.model import TaskClass

SHARED = frozenset({"param-parity", "task-parity"})
"""Rules of loader and plan that are about sites beside each other."""


def told(others: Sequence[Finding], plan: Plan, beside: Sequence[Pair]) -> tuple[Finding, ...]:
    """All that is told of these sites: what is found here, and of what loader and plan found all errors, and what is
    about sites beside each other. The loader knows all sites of the profile, also those that are left out here."""
    lacking = {
        given_for("launch param" if value.group == "launch" else "param", value.name)
        for pair in beside
        for value in pair.params
        if value.mark == "finding"
    }
    kept = (
        finding
        for finding in others
        if finding.level == "error"
        or (finding.rule in SHARED and (finding.rule != "param-parity" or finding.message.startswith(tuple(lacking))))
    )
    return tuple(sorted({*kept, *findings(plan)}))


def findings(plan: Plan) -> tuple[Finding, ...]:
    sites = tuple(map(classes, plan.sites))
    keys = list(dict.fromkeys(key for site in sites for key in site.tasks))
    found = {*_classes(sites, keys), *_containers(sites, keys), *_warmups(sites)}
    return tuple(sorted(found))


def _classes(sites: Sequence[Classes], keys: Sequence[Key]) -> Iterator[Finding]:
    """A class that is named for some sites only. A site without any tasks is meant so."""
    for key in keys:
        having = [site for site in sites if site.named(key)]
        lacking = [site.site.name for site in sites if key in site.tasks and not site.named(key)]
        if lacking and having and key[0] != "default":
            task = having[0].tasks[key]
            message = (
                f"{task.kind} {task.title} is named for {', '.join(site.site.name for site in having)} but not for "
                f"{', '.join(lacking)}, where it gets what the default says"
            )
            yield Finding(task.place, "class-parity", message, "name it under the shared tasks", "warning")


def _containers(sites: Sequence[Classes], keys: Sequence[Key]) -> Iterator[Finding]:
    """One finding a place: what the default says holds for every class that says nothing else."""
    told: set[Place] = set()
    for key in keys:
        images = [
            (site, site.tasks[key], name) for site in sites if key in site.tasks and (name := _image(site, key))
        ]
        for other, task, name in images[1:]:
            first, first_task, expected = images[0]
            if name == expected:
                continue
            place = _place((first, first_task), (other, task), sites)
            if place not in told:
                told.add(place)
                message = (
                    f"container of {task.title} is {shown(expected)} on {first.site.name} and {shown(name)} on "
                    f"{other.site.name}: their results may differ"
                )
                yield Finding(place, "container-parity", message, "name one image under the shared tasks", "warning")


def _image(site: Classes, key: Key) -> str | None:
    return image(site.tasks[key], site.plan)


def _place(first: tuple[Classes, TaskClass], other: tuple[Classes, TaskClass], sites: Sequence[Classes]) -> Place:
    """Where the container of one of them is overridden; else, as with a registry, where that site stands."""
    said = [(site, task.container.place) for site, task in (other, first) if task.container is not None]
    if said[0][1] == said[1][1]:
        return other[0].site.place
    starts = sorted(site.site.place for site in sites)
    for site, place in said:
        before = [start for start in starts if start < place]
        if before and before[-1] == site.site.place:
            return place
    return said[0][1]


def _warmups(sites: Sequence[Classes]) -> Iterator[Finding]:
    """A site whose first run would take everything, where that of another takes one sample."""
    for name in dict.fromkeys(name for site in sites for name in site.site.launch.warmup):
        having = [site.site.name for site in sites if warmed(name, site)]
        for site in sites:
            if having and not warmed(name, site):
                message = (
                    f"launch warmup param {shown(name)} is given for {', '.join(having)} but not for "
                    f"{site.site.name}, whose first run is then like any other"
                )
                advice = f"give it under launch: warmup: {site.site.name}"
                yield Finding(site.site.place, "warmup-parity", message, advice, "warning")
