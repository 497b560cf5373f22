"""Findings on the options of Nextflow that a profile gives as they stand: `nextflow` and `groovy` of a site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nfconfgen.findings import Finding
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.render.site_config import site_config


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
        if path in run.nextflow and path in generated:
            message = f"{path} is set on {site.site.name} by another key of the profile"
            yield Finding(place, "own-option", message, "change that key, and remove this one")
        elif path in run.groovy:
            replaced = " in place of what is generated" if path in generated else ""
            message = f"{path} of {site.site.name} is set in Groovy{replaced}: nothing about it is proven"
            yield Finding(
                place, "not-proven", message, "nfconfgen verify --pipeline shows what it comes to", "warning"
            )
