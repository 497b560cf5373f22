"""Findings on the options of Nextflow that a profile gives as they stand: `nextflow` and `groovy` of a site."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from nfconfgen.findings import Finding
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.render.site_config import site_config

_NO_OPTIONS = ("includeConfig", "plugins", "profiles")


def findings(plan: Plan) -> Iterator[Finding]:
    """Options that another key sets, and those that nothing proves."""
    for site in plan.sites:
        run = site.site.run
        if run.nextflow or run.groovy:
            yield from _of_site(site, plan)


def _of_site(site: SitePlan, plan: Plan) -> Iterator[Finding]:
    run = site.site.run
    without = replace(site, site=replace(site.site, run=replace(run, nextflow={}, groovy={})))
    generated = {".".join(path) for path in site_config(without, plan).paths}
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
