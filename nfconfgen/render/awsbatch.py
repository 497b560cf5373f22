"""What only an AWS Batch site has in its outputs: job definitions, and the references to them."""

from __future__ import annotations

from typing import Any

from nfconfgen import jsontext
from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.profile.model import Batch
from nfconfgen.render import definitions
from nfconfgen.render.process import Container


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


def config_values(site: SitePlan, plan: Plan) -> dict[str, Any]:
    generated = _settings(site).job_definitions == "generated"
    return {"generated": generated, "fargate": any(pool.fixed for pool in site.pools)}


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
