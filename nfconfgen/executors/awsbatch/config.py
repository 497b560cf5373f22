"""What only an AWS Batch site has in its outputs: job definitions, and the references to them."""

from __future__ import annotations

from typing import Any

from nfconfgen import jsontext
from nfconfgen.executors.awsbatch import definitions
from nfconfgen.executors.awsbatch.facts import fargate
from nfconfgen.executors.awsbatch.unschedulable import waits
from nfconfgen.plan.model import Ladder, Plan, SitePlan
from nfconfgen.profile.model import Accelerator, Batch
from nfconfgen.render import groovy, process
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
    """The request, `accelerator` where the site has GPUs, and on Fargate `disk`: on instances Nextflow ignores it."""
    accelerated, on_fargate = process.accelerated(site), _fargate(site)

    def further(ladder: Ladder, default: Ladder | None, request: list[Setting]) -> list[Setting]:
        settings = list(request)
        disk, accelerator = ladder.task.disk_mib, ladder.task.accelerator
        inherited = ladder.task.additive and default is not None and disk == default.task.disk_mib
        if on_fargate and disk is not None and not inherited:
            settings.append(("disk", groovy.memory(fargate.disk_mib(disk.value))))
        if accelerated and process.own_accelerator(ladder, default):
            settings.append(("accelerator", _gpus(accelerator.value if accelerator is not None else Accelerator(0))))
        return settings

    return further


def _fargate(site: SitePlan) -> bool:
    return any(pool.fixed for pool in site.pools)


def _gpus(wanted: Accelerator) -> Code:
    if wanted.count == 0:
        return groovy.quote(None)
    count = groovy.quote(wanted.count)
    return Code(f"[request: {count}, type: {groovy.quote(wanted.type)}]") if wanted.type else count


def everywhere(site: SitePlan) -> list[Setting]:
    """Directives of every task besides: none."""
    return []


def last(site: SitePlan) -> list[tuple[tuple[str, str], tuple[Setting, ...]]]:
    """Selectors behind those of the task classes: none."""
    return []


def config_values(site: SitePlan, plan: Plan) -> dict[str, Any]:
    return {"fargate": _fargate(site), "ends_unschedulable": not waits(site)}


def launch_values(site: SitePlan, plan: Plan) -> dict[str, Any]:
    settings = _settings(site)
    bucket = site.site.work_dir.removeprefix("s3://").partition("/")[0]
    return {"region": settings.region, "bucket": bucket, "definitions": _registered(site, plan)}


def _registered(site: SitePlan, plan: Plan) -> list[dict[str, str]]:
    """What a script must know of each definition to tell whether it is registered."""
    return [
        {
            "region": _settings(site).region,
            "name": made["jobDefinitionName"],
            "hash": made["parameters"][definitions.HASH_PARAMETER],
            "image": image,
        }
        for image, made in definitions.of_images(plan, site).items()
    ]


def files(site: SitePlan, plan: Plan) -> dict[str, str]:
    """launch/job-definitions/NAME.json, one an image."""
    return {
        f"launch/job-definitions/{made['jobDefinitionName']}.json": jsontext.dumps(made)
        for made in definitions.of_images(plan, site).values()
    }
