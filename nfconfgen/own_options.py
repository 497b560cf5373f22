"""Findings on the options of Nextflow that a profile gives as they stand: `nextflow` and `groovy` of a site, and
`nextflow` of a task class."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from nfconfgen.findings import Finding
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.profile.model import TaskClass
from nfconfgen.profile.tasks import DIRECTIVES, OF_SITE
from nfconfgen.render.run_sections import PROCESS
from nfconfgen.render.site_config import site_config

_NO_OPTIONS = ("includeConfig", "plugins", "profiles")


def findings(plan: Plan) -> Iterator[Finding]:
    """Options that another key sets, and those that nothing proves."""
    for site in plan.sites:
        run = site.site.run
        if run.nextflow or run.groovy:
            yield from _of_site(site, plan)
        for found in site.task_plans:
            if found.task.nextflow:
                yield from _of_class(found.task, site, plan)


def _generated(site: SitePlan, plan: Plan) -> set[str]:
    """The paths that other keys of the profile set outside selectors."""
    run = replace(site.site.run, nextflow={}, groovy={})
    return {".".join(path) for path in site_config(replace(site, site=replace(site.site, run=run)), plan).paths}


def _of_class(task: TaskClass, site: SitePlan, plan: Plan) -> Iterator[Finding]:
    """Directives that have keys, that hold one another or, in the default, that other keys of the site set."""
    set_elsewhere: set[str] = set()
    if task.kind == "default":
        bare = tuple(replace(found, task=replace(found.task, nextflow=())) for found in site.task_plans)
        set_elsewhere = _generated(replace(site, task_plans=bare), plan)
    names = [name for name, _ in task.nextflow]
    for name, value in task.nextflow:
        key = DIRECTIVES.get(name.partition(".")[0])
        path = f"{PROCESS}{name}"
        other = _overlapping(name, names) or _overlapping(path, set_elsewhere)
        if key is not None or name in OF_SITE:
            message = f"{name} of {task.title} is not set as an option of Nextflow: the plan could not know of it"
            advice = f"write it as {key}, a key of the class" if key else "the executor is that of the site"
            yield Finding(value.place, "own-option", message, advice)
        elif other is not None:
            message = f"{name} and {other} are both set for {task.title} on {site.site.name}, and one holds the other"
            yield Finding(value.place, "own-option", message, "name each directive by its whole path, once")
        elif path in set_elsewhere:
            message = f"{name} is set on {site.site.name} by another key of the profile, for every task"
            yield Finding(value.place, "own-option", message, "change that key, and remove this one")


def _of_site(site: SitePlan, plan: Plan) -> Iterator[Finding]:
    run, generated = site.site.run, _generated(site, plan)
    for path, place in run.places.items():
        if path.partition(".")[0] in _NO_OPTIONS:
            message = f"{path} is no option of Nextflow that a site can set"
            yield Finding(place, "own-option", message, "set it in the pipeline's own config")
        elif (other := _overlapping(path, {*generated, *run.places})) is not None:
            message = f"{path} and {other} are both set on {site.site.name}, and one holds the other"
            yield Finding(place, "own-option", message, "name each option by its whole path, once")
        elif path in run.nextflow and path in generated:
            message = f"{path} is set on {site.site.name} by another key of the profile"
            yield Finding(place, "own-option", message, "change that key, and remove this one")
        elif path in run.groovy and path in run.nextflow:
            message = f"{path} is set on {site.site.name} under nextflow and under groovy"
            yield Finding(place, "own-option", message, "keep one of them")
        elif path in run.groovy and (why := _fault(run.groovy[path])):
            message = f"{path} of {site.site.name} is not one Groovy expression: {why}"
            advice = "Nextflow would reject the config, or read other settings from it: write one value"
            yield Finding(place, "groovy", message, advice)
        elif path in run.groovy:
            replaced = " in place of what is generated" if path in generated else ""
            message = f"{path} of {site.site.name} is set in Groovy{replaced}: nothing about it is proven"
            yield Finding(
                place, "not-proven", message, "nfconfgen verify --pipeline shows what it comes to", "warning"
            )


def _fault(code: str) -> str:
    from nfconfgen.expressions.one_expression import fault  # hardly any profile has Groovy

    return fault(code)


def _overlapping(path: str, others: Collection[str]) -> str | None:
    """A path that holds this one, or that this one holds: the parsers merge, replace or lose one of them."""
    found = (other for other in sorted(others) if other.startswith(f"{path}.") or path.startswith(f"{other}."))
    return next(found, None)
