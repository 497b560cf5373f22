"""What only an AWS Batch site has in its outputs: job definitions, and the references to them."""

from __future__ import annotations

from typing import Any

from nfconfgen import jsontext
from nfconfgen.plan.model import Ladder, Plan, SitePlan
from nfconfgen.plan.unschedulable import waits
from nfconfgen.profile.model import Accelerator, Batch
from nfconfgen.render import definitions, groovy, process
from nfconfgen.render.groovy import Code
from nfconfgen.render.process import Container, Directives, Setting


def _settings(site: SitePlan) -> Batch:
    assert isinstance(site.site.settings, Batch)
    return site.site.settings


def title(site: SitePlan) -> str:
    return f"AWS Batch in {_settings(site).region}"


def containers(site: SitePlan, plan: Plan) -> Container:
    """Our job definition of an image, or the image, from which Nextflow makes a definition."""
    names = definitions.names(plan, site)
    if not names:
        return lambda image: (image, "")
    return lambda image: (f"job-definition://{names[image]}", f"{image}, in launch/job-definitions/")


def directives(site: SitePlan) -> Directives:
    """The request, and `accelerator` where the site has GPUs."""
    accelerated = process.accelerated(site)

    def accelerator(ladder: Ladder, default: Ladder | None, request: list[Setting]) -> list[Setting]:
        if not accelerated or not process.own_accelerator(ladder, default):
            return request
        said = ladder.task.accelerator
        return [*request, ("accelerator", _gpus(said.value if said is not None else Accelerator(0)))]

    return accelerator


def _gpus(wanted: Accelerator) -> Code:
    if wanted.count == 0:
        return groovy.quote(None)
    count = groovy.quote(wanted.count)
    return Code(f"[request: {count}, type: {groovy.quote(wanted.type)}]") if wanted.type else count


def config_values(site: SitePlan, plan: Plan) -> dict[str, Any]:
    generated = _settings(site).job_definitions == "generated"
    fargate = any(pool.fixed for pool in site.pools)
    return {"generated": generated, "fargate": fargate, "ends_unschedulable": not waits(site)}


def launch_values(site: SitePlan, plan: Plan) -> dict[str, Any]:
    settings = _settings(site)
    bucket = site.site.work_dir.removeprefix("s3://").partition("/")[0]
    return {"region": settings.region, "bucket": bucket, "definitions": definitions.hashes(plan, site)}


def files(site: SitePlan, plan: Plan) -> dict[str, str]:
    """launch/job-definitions/NAME.json, one an image."""
    return {
        f"launch/job-definitions/{name}.json": jsontext.dumps(definitions.definition(name, image, _settings(site)))
        for image, name in definitions.names(plan, site).items()
    }
