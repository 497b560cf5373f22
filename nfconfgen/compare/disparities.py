"""Findings for differences that neither the loader (params) nor the plan (requests, missing keys) reports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nfconfgen.compare.classes import Classes, Key, classes
from nfconfgen.compare.model import Pair
from nfconfgen.findings import Finding, Place
from nfconfgen.plan.model import Plan
from nfconfgen.profile.checking.checks import given_for
from nfconfgen.profile.credentials import shown
from nfconfgen.profile.model import TaskClass

SHARED = frozenset({"param-parity", "task-parity"})
"""Rules of loader and plan that compare sites."""


def all_findings(others: Sequence[Finding], plan: Plan, pairs: Sequence[Pair]) -> tuple[Finding, ...]:
    """The findings about these sites: those of this module, and those of loader and plan (`others`) that are errors
    or compare sites. The loader also reports on sites that are not compared here."""
    lacking = {
        given_for("launch param" if value.group == "launch" else "param", value.name)
        for pair in pairs
        for value in pair.params
        if value.mark == "finding"
    }
    kept = (
        finding
        for finding in others
        if finding.level == "error"
        or (finding.rule in SHARED and (finding.rule != "param-parity" or finding.message.startswith(tuple(lacking))))
    )
    sites = tuple(map(classes, plan.sites))
    keys = list(dict.fromkeys(key for site in sites for key in site.tasks))
    return tuple(sorted({*kept, *_classes(sites, keys), *_containers(sites, keys), *_warmups(sites)}))


def _classes(sites: Sequence[Classes], keys: Sequence[Key]) -> Iterator[Finding]:
    """A warning for each class that is named for some sites only. A site without any tasks is intended."""
    for key in keys:
        having = [site for site in sites if site.named(key)]
        lacking = [site.site.name for site in sites if key in site.tasks and not site.named(key)]
        if lacking and having and key[0] != "default":
            task = having[0].tasks[key]
            message = (
                f"{task.kind} {task.title} is named for {', '.join(site.site.name for site in having)} but not for "
                f"{', '.join(lacking)}, where the default applies"
            )
            yield Finding(task.place, "class-parity", message, "name it under the shared tasks", "warning")


def _containers(sites: Sequence[Classes], keys: Sequence[Key]) -> Iterator[Finding]:
    """One warning for each place: the container of the default applies to many classes."""
    places: set[Place] = set()
    for key in keys:
        images = [(site, site.tasks[key], name) for site in sites if key in site.tasks and (name := site.image(key))]
        for other, task, name in images[1:]:
            first, first_task, expected = images[0]
            if name == expected:
                continue
            place = _place((first, first_task), (other, task), sites)
            if place not in places:
                places.add(place)
                message = (
                    f"container of {task.title} is {shown(expected)} on {first.site.name} and {shown(name)} on "
                    f"{other.site.name}: their results may differ"
                )
                yield Finding(place, "container-parity", message, "name one image under the shared tasks", "warning")


def _place(first: tuple[Classes, TaskClass], other: tuple[Classes, TaskClass], sites: Sequence[Classes]) -> Place:
    """The place where one of them overrides the container; else, as with a registry, the place of the site."""
    places = [(site, task.container.place) for site, task in (other, first) if task.container is not None]
    if places[0][1] == places[1][1]:
        return other[0].site.place
    starts = sorted(site.site.place for site in sites)
    for site, place in places:
        before = [start for start in starts if start < place]
        if before and before[-1] == site.site.place:
            return place
    return places[0][1]


def _warmups(sites: Sequence[Classes]) -> Iterator[Finding]:
    """A warning for each site whose first run takes all samples while that of another site takes one."""
    for name in dict.fromkeys(name for site in sites for name in site.site.launch.warmup):
        having = [site.site.name for site in sites if site.warmed(name)]
        for site in sites:
            if having and not site.warmed(name):
                message = (
                    f"launch warmup param {shown(name)} is set for {', '.join(having)} but not for "
                    f"{site.site.name}, whose first run is then like any other"
                )
                advice = f"set it under launch: warmup: {site.site.name}"
                yield Finding(site.site.place, "warmup-parity", message, advice, "warning")
