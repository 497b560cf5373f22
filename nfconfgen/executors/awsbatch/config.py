"""What only an AWS Batch site has in its outputs: job definitions, and the references to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from nfconfgen import jsontext
from nfconfgen.executors.awsbatch import definitions
from nfconfgen.executors.awsbatch.facts import fargate
from nfconfgen.executors.awsbatch.settings import settings_of
from nfconfgen.executors.awsbatch.unschedulable import waits
from nfconfgen.plan.model import Plan, SitePlan, TaskPlan
from nfconfgen.profile.model import Accelerator
from nfconfgen.render import groovy, process
from nfconfgen.render.environment import render
from nfconfgen.render.groovy import Code
from nfconfgen.render.process import Container, Directives, Setting

if TYPE_CHECKING:
    from nfconfgen.pipeline.model import Scope


def title(site: SitePlan) -> str:
    return f"AWS Batch in {settings_of(site.site).region}"


def containers(site: SitePlan, plan: Plan) -> Container:
    """Our job definition of an image, or the image, from which Nextflow makes a definition."""
    names = definitions.names(plan, site)
    if not names:
        return lambda image: (image, "")
    return lambda image: (f"job-definition://{names[image]}", f"{image}, in launch/job-definitions/")


def directives(site: SitePlan) -> Directives:
    """The request, `accelerator` where the site has GPUs, and on Fargate `disk`: on instances Nextflow ignores it."""
    accelerated, on_fargate = process.accelerated(site), _fargate(site)

    def further(task_plan: TaskPlan, default: TaskPlan | None, request: list[Setting]) -> list[Setting]:
        settings = list(request)
        disk, accelerator = task_plan.task.disk_mib, task_plan.task.accelerator
        inherited = task_plan.task.additive and default is not None and disk == default.task.disk_mib
        if on_fargate and disk is not None and not inherited:
            settings.append(("disk", groovy.memory(fargate.disk_mib(disk.value))))
        if accelerated and process.own_accelerator(task_plan, default):
            settings.append(("accelerator", _gpus(accelerator.value if accelerator is not None else Accelerator(0))))
        return settings

    return further


def _fargate(site: SitePlan) -> bool:
    return any(pool.fixed_sizes for pool in site.pools)


def _gpus(wanted: Accelerator) -> Code:
    if wanted.count == 0:
        return groovy.quote(None)
    count = groovy.quote(wanted.count)
    return Code(f"[request: {count}, type: {groovy.quote(wanted.type)}]") if wanted.type else count


def config_values(site: SitePlan, plan: Plan) -> dict[str, object]:
    return {"fargate": _fargate(site), "ends_unschedulable": not waits(site)}


def launch_values(site: SitePlan, plan: Plan) -> dict[str, object]:
    settings = settings_of(site.site)
    bucket = site.site.work_dir.removeprefix("s3://").partition("/")[0]
    return {"region": settings.region, "bucket": bucket, "definitions": _registered(site, plan)}


def _registered(site: SitePlan, plan: Plan) -> list[dict[str, str]]:
    """What a script must know of each definition to tell whether it is registered."""
    return [
        {
            "region": settings_of(site.site).region,
            "name": made["jobDefinitionName"],
            "hash": made["parameters"][definitions.HASH_PARAMETER],
            "image": image,
        }
        for image, made in definitions.of_images(plan, site).items()
    ]


def files(sites: Sequence[SitePlan], plan: Plan) -> dict[str, str]:
    """launch/job-definitions/NAME.json, one an image, and the script that registers each once in a region."""
    found = {
        f"launch/job-definitions/{made['jobDefinitionName']}.json": jsontext.dumps(made)
        for site in sites
        for made in definitions.of_images(plan, site).values()
    }
    made = {(one["region"], one["name"]): one for site in sites for one in _registered(site, plan)}
    if made:
        text = render("register-job-definitions.sh.j2", source=plan.profile.source, made=list(made.values()))
        found["launch/register-job-definitions.sh"] = text
    return found


_PATHS: tuple[Scope, ...] = (
    ("region",),
    ("client", "storageEncryption"),
    *(("batch", key) for key in ("cliPath", "jobRole", "executionRole", "logsGroup", "platformType")),
    ("batch", "terminateUnschedulableJobs"),
)
"""What a site on AWS Batch may set: one that does not set it here has no use for the pipeline's either."""


def paths(site: SitePlan) -> Iterator[Scope]:
    """What the config of a site sets or decides outside of `process`."""
    yield from (("aws", *path) for path in _PATHS)
    if settings_of(site.site).staging == "fusion":
        yield from (("wave", "enabled"), ("fusion", "enabled"))
